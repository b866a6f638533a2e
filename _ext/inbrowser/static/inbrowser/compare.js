/* Compares what came with what a page shows: _ext/snippets/transcript.py and runner/screen.py, in the reader's browser.
   tests/browser/test_in_browser.py tries the same cases on both. */

const ANY = "...";
const COLUMNS = 100; // where the cursor can be sent; a line may be longer
const WIDTH = 4000; // columns of a line that are kept
const CUT = " [a longer line]";
const TOKEN = new RegExp(
  [
    /([^\x00-\x1f\x7f]+)/,
    /\x1b\[([0-9]*)(?:;[0-9]*)?([CDGK])/,
    /\x1b\[[0-?]*[ -\/]*[@-~]?/, // another sequence, or the beginning of one
    /\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)/, // a title and the like
    /\x1b[ -\/]*[0-~]?/,
    /([\x00-\x1f\x7f])/,
  ]
    .map((one) => one.source)
    .join("|"),
  "g",
);

/** Return the lines that a terminal would show, as far as the lessons' commands need it: no cursor that moves up. */
export function rendered(output) {
  return trimmed(output.split("\n").map(drawn));
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

/** Draw a line: a character takes one column. */
function drawn(line) {
  let row = [];
  let column = 0;
  for (const [, text, number, does, control] of line.matchAll(TOKEN)) {
    const steps = Math.max(Number(number), 1);
    if (text) {
      while (row.length < column) row.push(" ");
      for (const sign of text) if (column <= WIDTH) row[column++] = sign;
    } else if (control === "\r") column = 0;
    else if (control === "\b") column = Math.max(column - 1, 0);
    else if (control === "\t") column = Math.min(column - (column % 8) + 8, WIDTH + 1);
    else if (does === "C") column = Math.max(column, Math.min(column + steps, COLUMNS - 1));
    else if (does === "D") column = Math.max(column - steps, 0);
    else if (does === "G") column = Math.min(steps, COLUMNS) - 1;
    else if (does === "K" && Number(number) === 2) row = [];
    else if (does === "K" && !Number(number)) row.length = Math.min(row.length, column);
  }
  const kept = row.slice(0, WIDTH).join("").replace(/(?! )[\p{C}\p{Z}]/gu, "\ufffd").trimEnd();
  return row.length > WIDTH ? kept + CUT : kept;
}
