/** Names made from others: steps of a turn, messages of a step. Apart from the schemas, so that a bundle carries no validator. */

/** `<turnId>#<n>`, n from 0: one model call and its tools. */
export const stepIdOf = (turnId: string, n: number): string => `${turnId}#${n}`;

/** The turn a step belongs to. */
export const turnIdOfStep = (stepId: string): string => stepId.slice(0, stepId.lastIndexOf("#"));

/** One assistant message per step. */
export const assistantMessageId = (stepId: string): string => `${stepId}.a`;

/** One tool message per step. */
export const toolMessageId = (stepId: string): string => `${stepId}.t`;
