/** Attachments as parts of a message: pictures that models take, and text. Read anew for each request: they may be large. */
import type { ProviderRequest } from "@dispatch/kernel";
import type { Shown } from "./encode/encode-message.ts";

/** What chat completions take as pictures (https://platform.openai.com/docs/guides/images-vision). */
const pictures: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const textType = /^text\/|^application\/(?:.+\+)?(?:json|xml|yaml|toml|javascript)$/;
/** Of all that one request shows, in bytes: providers take little more, and a request is one string in memory. */
const maxShownBytes = 33_554_432;
/** Longer text is no attachment but a file to work with. */
const maxTextBytes = 262_144;

/** Pictures among what is shown. */
export interface Attached {
  readonly shown: Shown;
  readonly pictures: number;
}

export const nothingAttached: Attached = { shown: new Map(), pictures: 0 };

/**
 * Looks at every message; reads only what is attached, the newest first, as much as a request may show. `withPictures`: false
 * when the model takes none.
 */
export async function showAttachments(
  { messages, attachment: read }: Pick<ProviderRequest, "messages" | "attachment">,
  withPictures: boolean,
): Promise<Attached> {
  if (!read) return nothingAttached;
  const wanted = wantedIn(messages);
  if (wanted.size === 0) return nothingAttached;
  const shown = new Map<string, object>();
  let count = 0;
  let left = maxShownBytes;
  for (const [id, { mimeType, times }] of [...wanted].reverse()) {
    const isPicture = pictures.has(mimeType);
    if (isPicture ? !withPictures : !textType.test(mimeType)) continue;
    const bytes = await read(id);
    if (!bytes) continue;
    left -= bytes.byteLength * times;
    if (left < 0) break;
    const part = isPicture ? pictureOf(mimeType, bytes) : textOf(mimeType, bytes);
    if (!part) continue;
    shown.set(id, part);
    if (isPicture) count++;
  }
  return { shown, pictures: count };
}

/** What is attached and how often, in the order in which each was last. */
function wantedIn(messages: ProviderRequest["messages"]): Map<string, { mimeType: string; times: number }> {
  const wanted = new Map<string, { mimeType: string; times: number }>();
  for (const { role, chunks } of messages) {
    if (role !== "user") continue;
    for (const chunk of chunks) {
      if (chunk.type !== "image") continue;
      const { attachmentId: id, mimeType } = chunk;
      const times = (wanted.get(id)?.times ?? 0) + 1;
      wanted.delete(id);
      wanted.set(id, { mimeType, times });
    }
  }
  return wanted;
}

const pictureOf = (mimeType: string, bytes: Uint8Array): object => ({
  type: "image_url",
  image_url: { url: `data:${mimeType};base64,${Buffer.from(bytes).toString("base64")}` },
});

function textOf(mimeType: string, bytes: Uint8Array): object | undefined {
  if (bytes.byteLength > maxTextBytes) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { type: "text", text: `[An attachment (${mimeType})]\n${text}` };
  } catch {
    return undefined; // no UTF-8: the model is told that it cannot see it
  }
}
