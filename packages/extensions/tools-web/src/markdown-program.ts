/**
 * The program of the converter's thread, as text, so that it needs no file of its own where the package is bundled.
 * It gets the path of the library and the page, and answers with Markdown.
 */
export const markdownProgram = `
const { parentPort, workerData } = require("node:worker_threads");
const TurndownService = require(workerData.library);
const service = new TurndownService({
  headingStyle: "atx",
  bulletListMarker: "-",
  codeBlockStyle: "fenced",
  emDelimiter: "*",
  hr: "---",
});
service.remove(["script", "style", "noscript", "template", "svg", "iframe", "object", "canvas"]);
service.addRule("address", {
  filter: ["a", "img"],
  replacement(content, node) {
    const image = node.nodeName === "IMG";
    const given = node.getAttribute(image ? "src" : "href") || "";
    const text = image ? (node.getAttribute("alt") || "").replace(/\\s+/g, " ") : content;
    let address = "";
    // Addresses become whole ones, to be fetched as they stand; what is no address of the web is left out.
    try { address = new URL(given, workerData.base).href; } catch {}
    if (!/^https?:/.test(address) || (!image && text.trim() === "")) return text;
    return (image ? "!" : "") + "[" + text + "](" + address.replace(/[()\\s]/g, encodeURIComponent) + ")";
  },
});
parentPort.postMessage(service.turndown(workerData.html));
`;
