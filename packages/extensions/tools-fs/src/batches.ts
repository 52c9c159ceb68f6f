/** Groups what an async sequence yields, so that the matcher's thread is asked about many things at once. */
import type { Matcher } from "./matcher.ts";
import type { Found } from "./walk.ts";

/** Groups of `size`, the last one smaller. */
export async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Those of `found` that the matcher's glob takes, in order. */
export async function* taken(found: AsyncIterable<Found>, matcher: Matcher): AsyncGenerator<Found> {
  for await (const batch of batches(found, 256)) {
    const wanted = await matcher.filter(batch.map(({ below }) => below));
    yield* batch.filter((_, index) => wanted[index] === true);
  }
}
