/** From a call to the conversation that works for it, and how that one stands. */
import type { ConversationRow } from "@dispatch/wire";
import type { JSX } from "preact";
import { dotOf, dotWords, titleOf } from "../live/list/rows.ts";
import { hashOf } from "../live/route.ts";

export function ChildLink({ child }: { readonly child: ConversationRow }): JSX.Element {
  const dot = dotOf(child);
  return (
    <a class="tool-child" href={hashOf(child.id)}>
      <span class={`dot ${dot}`} role="img" aria-label={dotWords[dot]} />
      <span class="tool-child-title">{titleOf(child)}</span>
      {dot === "asking" ? <span class="row-asks">asks you</span> : <span>open the child</span>}
    </a>
  );
}
