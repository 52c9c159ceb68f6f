/**
 * Markdown tokens to elements. Nothing ever becomes HTML: a model's raw HTML is shown as the text it is, its images as links,
 * and links lead only where `safeLink` lets them. Reading only a token's known fields, it can draw no other element.
 */
import type { MarkedToken, Token, Tokens } from "marked";
import type { ComponentChildren, JSX } from "preact";
import { CodeBlock } from "./code-block.tsx";
import { decodeEntities } from "./entities.ts";
import { safeLink } from "./safe-link.ts";

export const drawTokens = (tokens: readonly Token[] | undefined): ComponentChildren =>
  tokens?.map((token) => drawToken(token));

/** One token and all in it. What is unknown is shown as it is written. */
export function drawToken(given: Token): ComponentChildren {
  if (given.type === "plain") return <div class="plain">{given.raw}</div>;
  const token = given as MarkedToken;
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "paragraph":
      return <p>{drawTokens(token.tokens)}</p>;
    case "heading":
      return drawHeading(token);
    case "code":
      return <CodeBlock code={token.text} language={language(token.lang)} />;
    case "blockquote":
      return <blockquote>{drawTokens(token.tokens)}</blockquote>;
    case "list":
      return drawList(token);
    case "table":
      return drawTable(token);
    case "hr":
      return <hr />;
    case "html":
      return token.block ? <p>{token.text}</p> : token.text;
    case "text":
      return token.tokens ? drawTokens(token.tokens) : decodeEntities(token.text);
    case "strong":
      return <strong>{drawTokens(token.tokens)}</strong>;
    case "em":
      return <em>{drawTokens(token.tokens)}</em>;
    case "del":
      return <del>{drawTokens(token.tokens)}</del>;
    case "codespan":
      return <code>{token.text}</code>;
    case "br":
      return <br />;
    case "escape":
      return token.text;
    case "link":
      return drawLink(token.href, drawTokens(token.tokens));
    case "image":
      return drawLink(token.href, `🖼 ${token.text || token.href}`);
    case "checkbox":
      return null; // drawn with its item
    default:
      return given.raw;
  }
}

/** The page has headings of its own above these. */
function drawHeading({ depth, tokens }: Tokens.Heading): JSX.Element {
  const children = drawTokens(tokens);
  if (depth <= 1) return <h3>{children}</h3>;
  if (depth === 2) return <h4>{children}</h4>;
  return <h5>{children}</h5>;
}

function drawList({ ordered, start, items }: Tokens.List): JSX.Element {
  const children = items.map((item) => <li key={item.raw}>{drawItem(item)}</li>);
  if (!ordered) return <ul>{children}</ul>;
  return <ol start={typeof start === "number" && Number.isSafeInteger(start) ? start : 1}>{children}</ol>;
}

function drawItem(item: Tokens.ListItem): ComponentChildren {
  if (!item.task) return drawTokens(item.tokens);
  const isDone = item.checked === true;
  return (
    <>
      <span role="img" aria-label={isDone ? "done" : "open"}>
        {isDone ? "☑" : "☐"}
      </span>{" "}
      {drawTokens(item.tokens)}
    </>
  );
}

function drawTable({ header, rows, align }: Tokens.Table): JSX.Element {
  const style = (column: number) => {
    const side = align[column];
    return side === "center" || side === "right" ? `to-${side}` : undefined;
  };
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            {header.map((cell, column) => (
              <th key={column} class={style(column)}>
                {drawTokens(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            <tr key={line}>
              {row.map((cell, column) => (
                <td key={column} class={style(column)}>
                  {drawTokens(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function drawLink(href: string, children: ComponentChildren): JSX.Element {
  const address = safeLink(href);
  if (address === undefined)
    return (
      <span class="no-link" title={href}>
        {children}
      </span>
    );
  return (
    <a href={address} title={address} rel="noopener noreferrer nofollow" target="_blank">
      {children}
    </a>
  );
}

const language = (lang: string | undefined): string | undefined =>
  /^[\w+#.-]{1,30}/.exec(lang ?? "")?.[0] || undefined;
