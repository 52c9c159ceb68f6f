/**
 * Operations on a conversation that answer the same when they are repeated under their key: a repeat that comes late must not
 * stop, reset or close what began after the first.
 */
import type { CallContext } from "../ports/sessions.ts";
import type { Parts } from "./parts.ts";

/** The answer is kept after the operation: a crash in between makes the repeat do it again. Only successes are kept. */
export async function keyed<T>(
  { idempotency, conversations }: Pick<Parts, "idempotency" | "conversations">,
  operation: string,
  id: string,
  body: unknown,
  call: CallContext | undefined,
  job: () => Promise<T>,
): Promise<T> {
  if (call?.idempotencyKey === undefined) return job();
  const { answer } = await idempotency.once(operation, { id, body }, call, async (key) => {
    const first = await job();
    await conversations.use(id, ({ mailbox }) =>
      mailbox.run(() => ({
        records: [],
        sync: true,
        idempotency: () => key?.row(first),
        answer: () => undefined,
      })),
    );
    return first;
  });
  return answer;
}
