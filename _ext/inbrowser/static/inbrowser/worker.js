/* The machine, in a thread of its own: the page stays quick while it computes.

   A message {call, id, args} is answered by {id, result} or {id, error}; {terminal, seen: bytes}, {progress: share} and
   {lacks: whether a file cannot be had} come unasked. */

import { Files } from "./files.js";
import { Machine, MachineError, hardware } from "./machine.js";

const LACKS = "The machine needs a file from this site but cannot get it. Are you online?";

let machine;
let files;

const calls = {
  open: async ({ lab, names, state, pack, columns, rows }) => {
    const [{ V86 }, code, bytes] = await Promise.all([emulator(lab + names.emulator), unpacked(lab + names.wasm), fetched(lab, state, (progress) => postMessage({ progress }))]);
    const running = new V86({
      ...hardware,
      wasm_fn: async (env) => (await WebAssembly.instantiate(code, env)).instance.exports,
      initial_state: { buffer: bytes.buffer },
      filesystem: { baseurl: `${lab}files/` },
    });
    await new Promise((resolve, reject) => {
      running.add_listener("emulator-loaded", resolve);
      addEventListener("unhandledrejection", ({ reason }) => reject(reason)); // it tells nobody else what went wrong
    });
    running.network_adapter.fetch = async () => {
      throw new Error("this machine has no network"); // v86's own would ask the web
    };
    quick(running.v86);
    files = new Files(running.fs9p.storage, `${lab}files/`, (lacks) => postMessage({ lacks: lacks && LACKS }));
    if (pack) files.take(fetched(lab, pack), pack.size);
    machine = new Machine(running, (terminal, seen) => postMessage({ terminal, seen }));
    await running.run();
    await machine.wake(crypto.getRandomValues(new Uint8Array(64)));
    for (const terminal of machine.terminals) {
      terminal.resize(columns, rows);
      terminal.press("\x0c"); // Ctrl-L: the prompt, which was shown before the state was saved
    }
  },
  // While it starts, keys go nowhere.
  press: (terminal, keys) => machine?.terminals[terminal].press(keys),
  resize: (columns, rows) => machine?.terminals.forEach((terminal) => terminal.resize(columns, rows)),
  step: (...args) => online(there().step(...args)),
  write: (...args) => online(there().write(...args)),
  ask: (...args) => online(there().ask(...args)),
};

function there() {
  if (!machine) throw new MachineError("The machine is not ready yet.");
  return machine;
}

/** Where something came to nothing because a file did, say that. */
async function online(doing) {
  const came = await doing.catch((error) => {
    throw files.lacking.size ? new MachineError(LACKS) : error;
  });
  if (files.lacking.size && came?.good === false) throw new MachineError(LACKS);
  return came;
}

/** Say what went wrong in a reader's words. */
const said = (error) => (error instanceof RangeError ? "There is not enough memory for the machine. Close other pages and try again." : String(error?.message ?? error));

addEventListener("message", async ({ data: { call, id, args } }) => {
  try {
    postMessage({ id, result: await calls[call](...args) });
  } catch (error) {
    postMessage({ id, error: said(error) });
  }
});

/** Import v86, which would make a worker from a blob to be called back soon: no policy of a page should allow that. */
async function emulator(url) {
  const { Worker } = globalThis;
  globalThis.Worker = undefined;
  try {
    return await import(url);
  } catch {
    throw new MachineError("The emulator could not be loaded. Are you online?");
  } finally {
    globalThis.Worker = Worker;
  }
}

/** Fetch the emulator's code; few hosts compress it, so it lies there compressed. */
async function unpacked(url) {
  const answer = await fetch(url).catch(() => ({}));
  if (!answer.ok) throw new MachineError("The emulator could not be loaded. Are you online?");
  return new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** Have the emulator called back at once where it asks for that: a timer would let four milliseconds pass. */
function quick(v86) {
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = ({ data }) => v86.yield_callback(data);
  v86.yield = (milliseconds, tick) => {
    if (milliseconds < 1) port1.postMessage(tick);
    else setTimeout(() => v86.yield_callback(tick), milliseconds);
  };
}

/** Download a saved state or a pack, tell how far it is, and make sure that it is whole. */
async function fetched(lab, { file, bytes, sha256 }, progress = () => {}) {
  const data = new Uint8Array(bytes);
  let at = 0;
  try {
    const answer = await fetch(lab + file);
    if (!answer.ok) throw new MachineError(`${answer.status}`);
    for (const reader = answer.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > bytes) throw new MachineError("longer than it should be");
      data.set(value, at);
      at += value.length;
      progress(at / bytes);
    }
  } catch (error) {
    throw new MachineError(`The machine could not be downloaded (${error.message}). Try again.`);
  }
  // Where a page may not compute digests, which is where it did not come by HTTPS, the length has to do.
  const digest = crypto.subtle ? hex(await crypto.subtle.digest("SHA-256", data)) : sha256;
  if (at !== bytes || digest !== sha256) throw new MachineError("The machine that was downloaded does not belong to this page. Reload the page and try again.");
  return data;
}

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
