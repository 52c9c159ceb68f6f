/** One conversation of a round: somebody sends turns until they are acknowledged, others watch, all over a bad network. */
import { apiOf } from "../api.ts";
import type { Dice } from "./dice.ts";
import { pause } from "./patience.ts";
import { randomTurn } from "./scripts.ts";
import type { Acknowledged } from "./truth.ts";
import { type Place, startViewer, type Viewer } from "./viewers.ts";

export interface Sequence {
  readonly id: string;
  readonly viewers: readonly Viewer[];
  /** So far; all once `sent` has resolved. */
  readonly acknowledged: readonly Acknowledged[];
  /** What the sender was answered last, for whoever asks why it takes so long. */
  readonly answered: () => string;
  /** Rejects when a message is refused for good. */
  readonly sent: Promise<void>;
  /** The sender sends nothing any more, however long it is not acknowledged. */
  giveUp(): void;
}

export function startSequence(place: Place, dice: Dice): Sequence {
  const id = place.conversationId;
  const viewers = Array.from({ length: 2 + dice.roll(4) }, (_, n) =>
    startViewer(place, `${id} viewer ${n}`, dice.fork()),
  );
  const acknowledged: Acknowledged[] = [];
  let answered = "nothing";
  let givenUp = false;
  const sent = (async () => {
    for (let turn = 0, turns = 1 + dice.roll(3); turn < turns; turn++) {
      await pause(dice.roll(200));
      const key = `${id}-${turn}`;
      const message = randomTurn(dice, key);
      while (!givenUp) {
        const found = await attempt(place, message, key, (what) => {
          answered = what;
        });
        if (found) {
          acknowledged.push(found);
          break;
        }
        await pause(100);
      }
    }
  })();
  return {
    id,
    viewers,
    acknowledged,
    answered: () => answered,
    sent,
    giveUp() {
      givenUp = true;
    },
  };
}

/** Sends it once, through the bad network, under its key; undefined: to be tried again. */
async function attempt(
  { url, token, conversationId }: Place,
  message: string,
  key: string,
  tell: (answer: string) => void,
): Promise<Acknowledged | undefined> {
  const headers = { prefer: "respond-async", "idempotency-key": key };
  let status: number;
  let answer: Omit<Acknowledged, "text">;
  try {
    const response = await apiOf({ url, token }).request(
      "POST",
      "/chat",
      { message, conversationId },
      headers,
    );
    status = response.status;
    answer = (await response.json()) as Omit<Acknowledged, "text">;
  } catch (error) {
    tell(String(error)); // the network
    return undefined;
  }
  tell(`${status} ${JSON.stringify(answer)}`);
  if (status === 202) return { ...answer, text: message };
  if (again.has(status)) return undefined;
  throw new Error(`${key} was refused: ${status} ${JSON.stringify(answer)}`);
}

/** A turn runs; it stops; a request got stuck half-way. */
const again = new Set([408, 409, 503]);
