import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TurnDelta } from "../contracts/turn.ts";
import { createBlocks, type SealedBlock } from "./blocks.ts";

const high = "\ud83d";
const low = "\ude00";
const smile = high + low;

function open(maxLength = 64) {
  const deltas: TurnDelta[] = [];
  const sealed: SealedBlock[] = [];
  const blocks = createBlocks({
    stepId: "s",
    maxLength,
    blockId: (index) => `b${index}`,
    delta: (delta) => void deltas.push(delta),
    sealed: (block) => void sealed.push(block),
  });
  return {
    blocks,
    deltas,
    sealed,
    shown: (block: string) => deltas.filter((d) => d.block === block).map((d) => d.text),
  };
}

describe("blocks", () => {
  it("are sealed when the kind changes and at the end; nothing open seals nothing", () => {
    const { blocks, sealed } = open();
    blocks.seal();
    blocks.append("text", "a");
    blocks.append("text", "b");
    blocks.append("reasoning", "c");
    blocks.seal();
    blocks.seal();
    expect(sealed).toEqual([
      { type: "text", block: "b0", text: "ab" },
      { type: "reasoning", block: "b1", text: "c" },
    ]);
  });

  it("are continued when full, as often as one piece needs, and not before more comes", () => {
    const { blocks, sealed, deltas } = open(4);
    blocks.append("text", "abcd");
    expect(sealed).toEqual([]);
    blocks.append("text", "efghij");
    blocks.seal();
    expect(sealed).toEqual([
      { type: "text", block: "b0", text: "abcd" },
      { type: "text", block: "b1", text: "efgh", continues: "b0" },
      { type: "text", block: "b2", text: "ij", continues: "b1" },
    ]);
    expect(deltas.at(-1)).toEqual({ kind: "text", block: "b2", stepId: "s", continues: "b1", text: "ij" });
  });

  it("do not continue one another across a seal", () => {
    const { blocks, sealed } = open(4);
    blocks.append("text", "abcd");
    blocks.seal();
    blocks.append("text", "e");
    blocks.seal();
    expect(sealed[1]).toEqual({ type: "text", block: "b1", text: "e" });
  });

  it.each([
    ["the partner comes", [`a${high}`, `${low}b`], ["a", `${smile}b`], [`a${smile}b`]],
    ["another character comes", [`a${high}`, "b"], ["a", `${high}b`], [`a${high}b`]],
    ["the block ends", [`a${high}`], ["a", high], [`a${high}`]],
    ["it comes alone", [high, low], [smile], [smile]],
    ["the block is full", [`abc${high}`, low], ["abc"], ["abc", smile]],
    ["a pair would be cut", [`abc${smile}`], ["abc"], ["abc", smile]],
  ])("hold back half a pair until %s", (_, pieces, shown, texts) => {
    const { blocks, sealed, shown: shownOf } = open(4);
    for (const piece of pieces) blocks.append("text", piece);
    blocks.seal();
    expect(shownOf("b0")).toEqual(shown);
    expect(sealed.map(({ text }) => text)).toEqual(texts);
  });

  it("end with their provider data, even when empty", () => {
    const { blocks, sealed, deltas } = open();
    blocks.append("reasoning", "", { redacted: true });
    blocks.append("reasoning", "a", 1);
    blocks.append("reasoning", "b");
    blocks.append("text", "", 2);
    expect(sealed).toEqual([
      { type: "reasoning", block: "b0", text: "", providerData: { redacted: true } },
      { type: "reasoning", block: "b1", text: "a", providerData: 1 },
      { type: "reasoning", block: "b2", text: "b" },
      { type: "text", block: "b3", text: "", providerData: 2 },
    ]);
    expect(deltas.map(({ text }) => text)).toEqual(["a", "b"]);
  });

  it("give every code unit once, in order, within the limit, and split no pair (property)", () => {
    const piece = fc
      .array(fc.constantFrom("a", high, low, smile, "é"), { maxLength: 12 })
      .map((units) => units.join(""));
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 9 }), (pieces, maxLength) => {
        const { blocks, sealed, shown } = open(maxLength);
        for (const text of pieces) blocks.append("text", text);
        blocks.seal();
        const all = pieces.join("");
        expect(sealed.map(({ text }) => text).join("")).toBe(all);
        sealed.forEach(({ block, text, continues }, index) => {
          expect(shown(block).join("")).toBe(text);
          expect(text.length).toBeLessThanOrEqual(Math.max(2, maxLength));
          expect(continues).toBe(index === 0 ? undefined : `b${index - 1}`);
        });
        let at = 0;
        for (const cut of sealed.flatMap(({ block }) => shown(block))) {
          at += cut.length;
          expect(/[\ud800-\udbff]$/.test(all.slice(0, at)) && /^[\udc00-\udfff]/.test(all.slice(at))).toBe(
            false,
          );
        }
      }),
    );
  });
});
