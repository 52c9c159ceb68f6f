import fc from "fast-check";
import { Lexer } from "marked";
import { Fragment } from "preact";
import { expect, test } from "vitest";
import { CodeBlock } from "./code-block.tsx";
import { drawTokens } from "./draw-tokens.tsx";

interface Drawn {
  readonly type: unknown;
  readonly props: Readonly<Record<string, unknown>>;
}

/** Every element that would be made, with its attributes; components by name with what they are given. */
function elements(children: unknown): Drawn[] {
  if (Array.isArray(children)) return children.flatMap(elements);
  if (typeof children !== "object" || children === null) return [];
  const { type, props } = children as Drawn;
  return [...(type === Fragment ? [] : [{ type, props }]), ...elements(props.children)];
}
function texts(children: unknown): string {
  if (Array.isArray(children)) return children.map(texts).join("");
  if (typeof children !== "object" || children === null) return children == null ? "" : String(children);
  const { props } = children as Drawn;
  return texts(props.children ?? props.code);
}
const draw = (text: string) => drawTokens(new Lexer({ gfm: true }).lex(text));

const tags = new Set(
  "p h3 h4 h5 blockquote ul ol li div table thead tbody tr th td hr strong em del code br a span".split(" "),
);
const attributes = new Set(["children", "class", "start", "title", "role", "aria-label"]);

/** Only known elements with known attributes, and links only to web and mail. */
function expectHarmless(text: string): void {
  for (const { type, props } of elements(draw(text))) {
    if (typeof type === "function") {
      expect(type).toBe(CodeBlock);
      expect(Object.keys(props).filter((name) => props[name] !== undefined)).toSatisfy((names: string[]) =>
        names.every((name) => name === "code" || name === "language"),
      );
      continue;
    }
    expect(tags).toContain(type);
    if (type === "a") {
      expect(props.href).toMatch(/^(https?|mailto):/);
      expect(props).toMatchObject({ rel: "noopener noreferrer nofollow", target: "_blank" });
    }
    for (const name of Object.keys(props))
      if (type !== "a" || !["href", "rel", "target"].includes(name)) expect(attributes).toContain(name);
  }
}

const hostile = [
  "<img src=x onerror=alert(1)>",
  '<script>fetch("https://evil.example")</script>',
  "<svg/onload=alert(1)>",
  "<iframe src=javascript:alert(1)></iframe>",
  '<a href="javascript:alert(1)">x</a>',
  "<style>*{background:url(https://evil.example)}</style>",
  "<form action=https://evil.example><button>x</button></form>",
  "<details open ontoggle=alert(1)>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java&#10;script:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](<javascript:alert(1)>)",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](vbscript:x)",
  "[x]: javascript:alert(1)\n\n[x]",
  "<javascript:alert(1)>",
  "![x](https://evil.example/pixel.png)",
  "![x](data:image/svg+xml,<svg onload=alert(1)>)",
  "![x](javascript:alert(1))",
  "[![x](https://evil.example/a.png)](javascript:alert(1))",
  '[x](https://a.example "onmouseover=alert(1)")',
  "```html\n<img src=x onerror=alert(1)>\n```",
  "`<img src=x onerror=alert(1)>`",
  "<!-- --><img src=x onerror=alert(1)>-->",
  "| <img src=x onerror=alert(1)> |\n|---|\n| [x](javascript:1) |",
  "- [x] <script>1</script>\n- [ ] [y](javascript:1)",
  "# <b>h</b>\n> <i>q</i>",
];

test.each(hostile)("%j draws nothing but text", (text) => {
  expectHarmless(text);
  const drawn = elements(draw(text)).map(({ type }) => type);
  for (const tag of ["img", "script", "svg", "iframe", "style", "form"]) expect(drawn).not.toContain(tag);
});

test("raw HTML is shown as it is written", () => {
  expect(texts(draw("a <b>x</b> c"))).toBe("a <b>x</b> c");
  expect(texts(draw("<img src=x onerror=alert(1)>"))).toContain("onerror");
});

test("a picture is a link to it, and loads nothing", () => {
  const [link] = elements(draw("![cat](https://example.com/cat.png)")).filter(({ type }) => type === "a");
  expect(link?.props.href).toBe("https://example.com/cat.png");
});

test("character references are decoded in text and not in code", () => {
  expect(texts(draw("a &amp; b &lt;c&gt; &#x2014; &unknown; `&amp;`"))).toBe("a & b <c> — &unknown; &amp;");
});

const bits = fc.constantFrom(
  ...hostile,
  "\n",
  "\n\n",
  "- ",
  "> ",
  "**",
  "`",
  "[",
  "](",
  ")",
  "<",
  ">",
  "![",
  "|",
  "javascript:",
  "&#106;",
  '"',
);
test("no mixture of them draws anything else", () =>
  fc.assert(
    fc.property(fc.array(bits, { maxLength: 20 }), (parts) => expectHarmless(parts.join(""))),
    { numRuns: 1_000 },
  ));
