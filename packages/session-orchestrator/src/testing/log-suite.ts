/** Conformance of the ports `log` and `ownership`: the cases every implementation must pass. */
import { appendCases } from "./append-cases.ts";
import { blockCases } from "./block-cases.ts";
import type { LogCase } from "./conformance.ts";
import { listCases } from "./list-cases.ts";
import { readCases } from "./read-cases.ts";

export const logSuite: readonly LogCase[] = [...appendCases, ...readCases, ...blockCases, ...listCases];
