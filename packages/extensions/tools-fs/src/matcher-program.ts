/**
 * What the matcher's thread runs. It is a text, so that it starts the same way from source, from a build and inside a
 * bundle; it sees nothing but what it is sent: two regular expressions, paths, and bytes of files.
 */
export const matcherProgram = `
"use strict";
const { parentPort, workerData } = require("node:worker_threads");
const { glob, pattern, maxText } = workerData;
const pathTest = glob && new RegExp(glob.source, glob.flags);
const lineTest = pattern && new RegExp(pattern.source, pattern.flags);

const wanted = (path) => pathTest.test(glob.on === "name" ? path.slice(path.lastIndexOf("/") + 1) : path);

function hitsIn(bytes, room) {
  const text = new TextDecoder().decode(bytes);
  const hits = [];
  for (let from = 0, line = 1; from < text.length && hits.length < room; line++) {
    const at = text.indexOf("\\n", from);
    const end = at === -1 ? text.length : at;
    const content = text.slice(from, text[end - 1] === "\\r" && end > from ? end - 1 : end);
    from = end + 1;
    const column = content.search(lineTest);
    if (column === -1) continue;
    // The window begins a little before a match that a cut at the line's beginning would hide.
    const start = column < maxText ? 0 : column - 60;
    hits.push({ line, text: content.slice(start, start + maxText), before: start > 0, after: start + maxText < content.length });
  }
  return hits;
}

parentPort.on("message", ({ paths, files, room }) => {
  if (paths) return parentPort.postMessage(paths.map(wanted));
  let left = room;
  const replies = files.map((bytes) => {
    const hits = hitsIn(bytes, left);
    left -= hits.length;
    return hits;
  });
  parentPort.postMessage(replies);
});
`;
