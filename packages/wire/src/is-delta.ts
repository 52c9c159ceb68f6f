/** Tells the two kinds of events apart. Apart from the schemas, so that a bundle of the reducer carries no validator. */
import type { Delta, DispatchEvent } from "./events.ts";

export const isDelta = (event: DispatchEvent): event is Delta => "at" in event && !("seq" in event);
