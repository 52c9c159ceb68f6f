import { expect, test } from "vitest";
import { safeLink } from "./safe-link.ts";

test.each([
  ["https://example.com/a?b#c", "https://example.com/a?b#c"],
  ["HTTP://EXAMPLE.com", "http://example.com/"],
  ["mailto:a@example.com", "mailto:a@example.com"],
  ["https://аpple.com", "https://xn--pple-43d.com/"],
])("%s leads to %s", (href, to) => expect(safeLink(href)).toBe(to));

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "java\tscript:alert(1)",
  "\u0001javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "data:image/svg+xml;base64,PHN2Zz4=",
  "vbscript:msgbox(1)",
  "file:///etc/passwd",
  "blob:https://example.com/1",
  "about:blank",
  "//example.com/x",
  "/conversations",
  "#login=abc",
  "src/a.ts",
  "https://good.example@evil.example/",
  "",
])("%j leads nowhere", (href) => expect(safeLink(href)).toBeUndefined());
