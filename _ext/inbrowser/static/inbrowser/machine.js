/* A machine in an emulator, and how a page talks to it: the same in a reader's browser and in node, where it is made.

   Terminals are the guest's hvc0 and hvc1, with marks in the stream that say where a command's output begins and ends
   (OSC 133; tools/browser_machine/guest has the shell's side). On hvc2 a shell of root's takes what the page itself needs. */

import { matches, rendered } from "./compare.js";

/** What the machine is: a saved state fits this, and this release of v86, and no other. */
export const hardware = {
  memory_size: 128 << 20,
  vga_memory_size: 1 << 20,
  virtio_console: true,
  net_device: { type: "virtio", relay_url: "fetch" }, // for requests of the page's to the guest; the guest has no route
  preserve_mac_from_state_image: true, // the guest takes no frames for another address
  disable_speaker: true,
  disable_keyboard: true,
  disable_mouse: true,
};

const TERMINALS = 2; // hvc0 and hvc1, the page's terminals 1 and 2
const CONTROL = 2;
const MARK = /\x1b\]133;(?:(C)|D;(\d+))\x1b\\|\x1b\[\?2004h/g; // the last: the shell reads a line
const MARKED = 32; // characters that no mark reaches
const RELOADS = /\b(reload|restart|start|stop|graceful)\b/;
const GONE = "for p; do while kill -0 $p 2>/dev/null; do sleep .1; done; done";
const INTERRUPT = "^C";
const CHUNK = 2048; // bytes that a console takes at once
const utf8 = new TextEncoder();

export class MachineError extends Error {}

export class Machine {
  /**
   * @param emulator  a V86 with a virtio console
   * @param seen      told of each piece of what a terminal shows: (number, from 0, and bytes)
   */
  constructor(emulator, seen = () => {}) {
    this.emulator = emulator;
    this.terminals = Array.from({ length: TERMINALS }, (_, number) => new Terminal(emulator, number, seen));
    this.input = new Input(emulator, CONTROL);
    this.answers = "";
    this.asked = 0;
    this.busy = Promise.resolve();
    const text = new TextDecoder();
    emulator.add_listener(`virtio-console${CONTROL}-output-bytes`, (bytes) => {
      this.answers += text.decode(bytes, { stream: true });
      this.answered?.();
    });
  }

  /** Have root run a command that no reader sees; return its status and output. Its turn comes after earlier ones. */
  control(command, seconds = 60) {
    const turn = this.busy.then(() => this.controlled(command, seconds));
    this.busy = turn.catch(() => {});
    return turn;
  }

  async controlled(command, seconds) {
    const name = `c${++this.asked}`;
    this.answers = "";
    const end = new RegExp(`\\x1e${name} (\\d+)\\x1e`);
    this.input.send(`${name} ${base64(utf8.encode(command))}\n`);
    const found = await until(() => end.exec(this.answers), seconds, (check) => (this.answered = check));
    if (!found) throw new MachineError(`the machine does not answer after ${seconds} s`);
    return { status: Number(found[1]), output: this.answers.slice(0, found.index) };
  }

  /** Write a file as an editor would: in the reader's home as the reader, elsewhere as root. */
  async write(path, text) {
    const data = base64(utf8.encode(text));
    const quoted = `'${path.replaceAll("'", `'\\''`)}'`;
    const as = path.startsWith("/home/reader/") ? "setpriv --reuid=reader --regid=reader --clear-groups " : "";
    const { status, output } = await this.control(`echo ${data} | base64 -d | ${as}tee ${quoted} >/dev/null`);
    if (status) throw new MachineError(output.trim().replace(/^.*?tee: /, ""));
  }

  /**
   * Do one step of a transcript and compare what comes; an Apache that was asked to replace its processes gets the time.
   *
   * @param step  {command, shown, status, keeps}: the command may be "^C", or null for lines of one that runs
   * @returns {Promise<{good: boolean, lines: string[], status: ?number, stopped: boolean}>}
   */
  async step({ command, shown, status, keeps }, terminal = 1, seconds = 60) {
    const shell = this.terminals[terminal - 1];
    const fits = command === INTERRUPT && !status ? [0, 130] : [status];
    if (command === null || keeps) {
      if (keeps) await shell.type(command);
      const up = () => !shown.length || matches(shown, rendered(shell.output));
      await until(() => up() || shell.status !== null, seconds, (check) => (shell.told = check));
      const lines = rendered(command === null ? shell.taken() : shell.output);
      if (up()) shell.taken();
      return { good: shell.status === null && matches(shown, lines), lines, status: shell.status, stopped: false };
    }
    const old = RELOADS.test(command) ? await this.workers() : [];
    if (command === INTERRUPT) shell.interrupt();
    else await shell.type(command);
    const stopped = !(await shell.ended(seconds));
    if (stopped) {
      shell.interrupt();
      if (!(await shell.ended(10))) throw new MachineError(`the command runs for more than ${seconds} s and does not end with Ctrl-C`);
    }
    const lines = rendered(command === INTERRUPT ? shell.taken().replace(/^\^C(\r*\n)?/, "") : shell.taken());
    if (old.length && shell.status === 0) await this.control(`timeout 20 sh -c '${GONE}' - ${old.join(" ")}`);
    const good = !stopped && fits.includes(shell.status) && matches(shown, lines);
    return { good, lines, status: shell.status, stopped };
  }

  /** Return the processes of Apache that take requests, those of its daemons too. */
  async workers() {
    const { output } = await this.control("pid=$(cat /run/apache2/apache2.pid 2>/dev/null) && pgrep -P $pid");
    return output.trim().split(/\s+/).filter(Boolean);
  }

  /** Ask the guest's port 80, with a connection of the page's own; return what came, whole. */
  ask(path, host, seconds = 60) {
    return new Promise((resolve, reject) => {
      const connection = this.emulator.network_adapter.connect(80);
      const text = new TextDecoder();
      let came = "";
      const end = (none) => {
        clearTimeout(over);
        connection.close();
        came ? resolve(came) : reject(new MachineError(none));
      };
      const over = setTimeout(end, seconds * 1000, `No answer after ${seconds} s.`);
      const closed = () => end("No answer: nothing listens on port 80.");
      connection.on("connect", () =>
        connection.write(utf8.encode(`GET ${path} HTTP/1.0\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)),
      );
      connection.on("data", (bytes) => (came += text.decode(bytes, { stream: true })));
      connection.on("shutdown", closed);
      connection.on("close", closed);
    });
  }

  /** After a restore: the shells wait, the time is now, and no two machines have the same random numbers. */
  async wake(random) {
    for (const terminal of this.terminals) terminal.reads = true;
    await this.control(
      `date -s @${Math.floor(Date.now() / 1000)} >/dev/null\n` +
        `echo ${base64(random)} | base64 -d | perl -e 'open F, ">/dev/urandom"; syswrite F, <STDIN>; ioctl F, 0x5207, 0'`,
    );
  }
}

/** A shell on a console: marks in its stream say where the output of a command begins and ends. */
class Terminal {
  constructor(emulator, number, seen) {
    Object.assign(this, { emulator, number, input: new Input(emulator, number), unread: "", output: "", begun: false, status: 0, reads: false });
    const text = new TextDecoder();
    emulator.add_listener(`virtio-console${number}-output-bytes`, (bytes) => {
      seen(number, bytes);
      this.read(text.decode(bytes, { stream: true }));
    });
  }

  /** Press keys. */
  press(keys) {
    this.input.send(keys);
  }

  /** Have as many columns and rows as the window. */
  resize(columns, rows) {
    this.emulator.bus.send(`virtio-console${this.number}-resize`, [columns, rows]);
  }

  /** Type a command as if pasted, when the shell waits for one. Until it ends its `status` is null. */
  async type(command) {
    if (!(await until(() => this.reads, 10, (check) => (this.told = check))))
      throw new MachineError("the terminal does not wait for a command: end what runs there with Interrupt");
    Object.assign(this, { output: "", begun: false, status: null, reads: false });
    this.press(`\x05\x15\x1b[200~${command}\x1b[201~\r`); // in place of what is half typed
  }

  interrupt() {
    this.press("\x03");
  }

  /** Wait until the command has ended; tell whether it has. */
  ended(seconds) {
    return until(() => this.status !== null, seconds, (check) => (this.told = check));
  }

  /** Take the output that has come. */
  taken() {
    const { output } = this;
    this.output = "";
    return output;
  }

  read(text) {
    this.unread += text;
    MARK.lastIndex = 0;
    let at = 0;
    for (let mark; (mark = MARK.exec(this.unread)); at = MARK.lastIndex) {
      this.keep(this.unread.slice(at, mark.index));
      this.reads = !mark[1] && !mark[2] && !this.begun; // a program may ask for pasted text in marks too
      if (mark[1]) Object.assign(this, { begun: true, output: "", status: null });
      if (mark[2]) Object.assign(this, { begun: false, status: Number(mark[2]) });
    }
    const rest = this.unread.slice(at);
    const part = rest.indexOf("\x1b", Math.max(0, rest.length - MARKED));
    const whole = part < 0 ? rest.length : part;
    this.keep(rest.slice(0, whole));
    this.unread = rest.slice(whole);
    this.told?.();
  }

  keep(text) {
    if (this.begun) this.output += text;
  }
}

/** Wait until a condition holds, which is looked at whenever something has come; return what it gave, or nothing. */
export function until(condition, seconds, listen) {
  return new Promise((resolve) => {
    const end = (found) => {
      clearTimeout(over);
      listen(null);
      resolve(found);
    };
    const over = setTimeout(end, seconds * 1000, null);
    const check = () => {
      const found = condition();
      if (found) end(found);
    };
    listen(check);
    check();
  });
}

/** The way into a console. The emulator throws away what comes while the guest has no buffer for it; here it waits. */
class Input {
  constructor(emulator, number) {
    Object.assign(this, { emulator, number, waiting: new Uint8Array(0) });
  }

  send(text) {
    this.waiting = Uint8Array.from([...this.waiting, ...utf8.encode(text)]);
    clearTimeout(this.later);
    this.pass();
  }

  pass() {
    const queue = this.emulator.v86.cpu.devices.virtio_console.virtio.queues[this.number && 2 * this.number + 2];
    for (; this.waiting.length && queue.has_request(); this.waiting = this.waiting.slice(CHUNK))
      this.emulator.bus.send(`virtio-console${this.number}-input-bytes`, this.waiting.slice(0, CHUNK));
    if (this.waiting.length) this.later = setTimeout(() => this.pass(), 20);
  }
}

function base64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
