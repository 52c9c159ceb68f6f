/** For tests: what the writing tools write with. */
import { randomUUID } from "node:crypto";
import { createFileWriter, type FileWriter } from "../file-writer.ts";
import { createKeyedQueue } from "../keyed-queue.ts";
import type { Locate } from "../locate.ts";

export const testWriter = (locate?: Locate): FileWriter =>
  createFileWriter({
    queue: createKeyedQueue(),
    tempName: () => `.dispatch-${randomUUID()}.tmp`,
    ...(locate && { locate }),
  });
