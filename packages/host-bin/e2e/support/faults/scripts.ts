/** Random turns: text, reasoning and tool calls at random paces, scripted inside their own prompts. */
import { calls, type Reply, reasoning, reply, scriptedPrompt, text } from "@dispatch/provider-openai/testing";
import type { Dice } from "./dice.ts";

const letters = ["alpha ", "beta\n", "😀", "é", "**x** ", "</b>", '"', "\\", "𝒳 ", "\u2028", "long words "];

function words(dice: Dice): string {
  // Now and then more than a block holds.
  const count = dice.chance(2) ? 9_000 : 1 + dice.roll(120);
  return Array.from({ length: count }, () => dice.pick(letters)).join("");
}

const pace = (dice: Dice) => ({ chunks: 1 + dice.roll(40), everyMs: dice.roll(9) });

function call(dice: Dice, label: string) {
  return dice.pick([
    { name: "read_file", args: { path: "a.txt", offset: 1 + dice.roll(3) } },
    { name: "list_files", args: { path: "." } },
    {
      name: "run_command",
      args: { argv: ["sh", "-c", `for n in 1 2 3; do echo ${label} $n; sleep 0.02; done`] },
    },
    { name: "read_file", args: { path: `missing-${label}.txt` } },
  ]);
}

/** The prompt of a turn that plays itself: one to four steps, the last one without calls. */
export function randomTurn(dice: Dice, label: string): string {
  const steps = dice.roll(4);
  const replies: Reply[] = [];
  for (let step = 0; step <= steps; step++) {
    const thoughts = dice.chance(30) ? [reasoning(words(dice), pace(dice))] : [];
    const said = step === steps || dice.chance(70) ? [text(words(dice), pace(dice))] : [];
    const called =
      step === steps
        ? []
        : [calls(...Array.from({ length: 1 + dice.roll(3) }, (_, n) => call(dice, `${label}-${step}-${n}`)))];
    replies.push(reply(...thoughts, ...said, ...called));
  }
  return scriptedPrompt(replies, `${label}:`);
}
