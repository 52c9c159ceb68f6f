import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeText, isTextType, parseContentType } from "./decode.ts";
import { present } from "./present.ts";
import { stripTags } from "./strip-tags.ts";

describe("types and characters", () => {
  it.each([
    ['Text/HTML; Charset="ISO-8859-1"', { type: "text/html", charset: "ISO-8859-1" }],
    ["text/plain;format=flowed; charset=utf-8", { type: "text/plain", charset: "utf-8" }],
    [undefined, { type: "", charset: undefined }],
  ])("%j", (header, parsed) => expect(parseContentType(header)).toEqual(parsed));

  it("knows what is text", () => {
    for (const type of [
      "text/csv",
      "application/json",
      "application/ld+json",
      "application/atom+xml",
      "image/svg+xml",
      "",
    ])
      expect(isTextType(type)).toBe(true);
    for (const type of [
      "image/png",
      "application/pdf",
      "application/octet-stream",
      "video/mp4",
      "font/woff2",
    ])
      expect(isTextType(type)).toBe(false);
  });

  it.each<[string, Uint8Array, string | undefined, string]>([
    ["UTF-8 by default", Buffer.from("é€"), "text/html", "é€"],
    ["the header's name", Buffer.from([0xe9]), "text/plain; charset=latin1", "é"],
    [
      "the page's own name",
      Buffer.from('<meta charset="windows-1252">\x80', "latin1"),
      "text/html",
      '<meta charset="windows-1252">€',
    ],
    ["a mark before all else", Buffer.from("\uFEFFé", "utf16le"), "text/plain; charset=latin1", "é"],
    ["a name nobody knows", Buffer.from("é"), "text/plain; charset=klingon", "é"],
  ])("%s", (_name, bytes, header, text) => expect(decodeText(bytes, parseContentType(header))).toBe(text));
});

describe("stripTags", () => {
  it.each([
    ["<p>One</p><p>Two <b>bold</b></p>", "One\n\nTwo bold"],
    ["<head><title>x</title></head><body>y<script>if (a < b) {}</script>z</body>", "x\nyz"],
    ["a<!-- <p> -->b", "ab"],
    ["1 &lt; 2 &amp;&amp; &#x41;&#66; &euro; &nope;", "1 < 2 && AB &euro; &nope;"],
    ["a<br>b<br/>c", "a\nb\nc"],
    ["<svg><text>no</text></svg>yes", "yes"],
    ["text <unclosed", "text"],
    ["&#xd800;&#1114112;", "&#xd800;&#1114112;"],
  ])("%j", (html, text) => expect(stripTags(html)).toBe(text));

  it("leaves no tag, whatever it is given", () => {
    const part = fc.constantFrom(
      "<p>",
      "</p>",
      "<script>",
      "</script>",
      "<!--",
      "-->",
      "a",
      " ",
      "<",
      ">",
      "&lt;",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const html = parts.join("");
        expect(stripTags(html.replaceAll("&lt;", ""))).not.toMatch(/<\/?p>|<!--.*-->/);
      }),
    );
  });

  it("is quick on pages made to be slow", () => {
    const began = performance.now();
    for (const piece of ["<", "<!--", "<script>", "&#", "<p", "\n \n"]) stripTags(piece.repeat(300_000));
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

describe("present", () => {
  const shown = {
    status: 200,
    statusText: "OK",
    url: "https://a/",
    type: "text/plain",
    notes: [],
    maxTextBytes: 100,
  };

  it("puts the facts first", () => {
    expect(present({ ...shown, text: "x" })).toEqual({ output: "(200 OK; https://a/; text/plain)\n\nx" });
    expect(present({ ...shown, status: 404, statusText: "", type: "", text: "" })).toEqual({
      output: "(404; https://a/; no type given)\n\n(no text)",
      isError: true,
    });
  });

  it("cuts between characters and at lines, and says so", () => {
    expect(present({ ...shown, text: "€".repeat(40) })).toEqual({
      output: `(200 OK; https://a/; text/plain; cut: 1 of 1 lines are shown)\n\n${"€".repeat(33)}`,
      truncated: true,
    });
    const { output } = present({ ...shown, maxTextBytes: 10_000, text: "x\n".repeat(1_000) });
    expect(output).toContain("cut: 490 of 1001 lines are shown");
    expect(output.split("\n").length).toBeLessThanOrEqual(492);
  });
});
