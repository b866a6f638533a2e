/* Compares what came with what a page shows: _ext/snippets/transcript.py and lab/blocks.py, in the reader's browser.
   tests/browser/test_in_browser.py tries the same cases on both. */

const ANY = "...";

/** Return the lines that a terminal would show, as far as the lessons' commands need it: no cursor that moves up. */
export function rendered(output) {
  const lines = output
    .replace(/\x1b\[[0-?]*[ -\/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_=>]/g, "")
    .replace(/\r+\n/g, "\n")
    .split("\n")
    .map((line) => expanded(line.split("\r").reduce((before, after) => after + before.slice(after.length))));
  return trimmed(lines);
}

/** Compare output with what the page shows: "..." is any lines, or inside a line any text of it. */
export function matches(shown, came) {
  came = trimmed(came);
  const parts = split(trimmed(shown), ANY);
  const first = parts.shift();
  if (!parts.length) return same(first, came);
  const last = parts.pop();
  let at = first.length;
  const end = came.length - last.length;
  if (end < at || !same(first, came.slice(0, at)) || !same(last, came.slice(end))) return false;
  for (const part of parts) {
    let found = at;
    while (found <= end - part.length && !same(part, came.slice(found, found + part.length))) found++;
    if (found > end - part.length) return false;
    at = found + part.length;
  }
  return true;
}

function lineMatches(shown, came) {
  const parts = shown.split(ANY);
  const first = parts.shift();
  if (!parts.length) return shown === came;
  const last = parts.pop();
  let at = first.length;
  const end = came.length - last.length;
  if (end < at || !came.startsWith(first) || !came.endsWith(last)) return false;
  for (const part of parts) {
    const found = came.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function same(shown, came) {
  return shown.length === came.length && shown.every((line, n) => lineMatches(line, came[n]));
}

function split(lines, at) {
  const parts = [[]];
  for (const line of lines) line === at ? parts.push([]) : parts.at(-1).push(line);
  return parts;
}

function trimmed(lines) {
  lines = lines.map((line) => line.trimEnd());
  while (lines.length && !lines.at(-1)) lines.pop();
  return lines;
}

function expanded(line) {
  let column = 0;
  return line.replace(/[^\t]*\t/g, (text) => {
    column += text.length - 1;
    const blanks = 8 - (column % 8);
    column += blanks;
    return text.slice(0, -1) + " ".repeat(blanks);
  });
}
