/* The panel below the page: a terminal of the machine, what it answers to a request, and a button at each block. */

const PATIENCE = 6; // how much longer a command may take than on the lab: the machine is that much slower
const HOST = "probe.localhost";
const STOPPED = "The machine has stopped. Reset it, or reload the page.";

/** Say why the machine cannot run here, or nothing. */
function missing() {
  if (!globalThis.WebAssembly || !globalThis.DecompressionStream || !document.adoptedStyleSheets)
    return "This browser is too old for it: it takes WebAssembly, workers and style sheets made by scripts.";
  if (navigator.deviceMemory < 2) return "It takes about 1 GB of memory, and this device has too little.";
  return "";
}

/** Make an element; functions among its properties listen to events, text and elements go into it. */
function make(name, properties = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties))
    typeof value === "function" ? element.addEventListener(key, value) : element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

/** The worker, as functions that return promises. */
class Remote {
  constructor(url, told) {
    this.worker = new Worker(url, { type: "module" });
    this.open = new Map();
    this.last = 0;
    this.worker.onmessage = ({ data }) => {
      if (!("id" in data)) return told(data);
      const { resolve, reject } = this.open.get(data.id);
      this.open.delete(data.id);
      "error" in data ? reject(new Error(data.error)) : resolve(data.result);
    };
    this.worker.onerror = () => {
      this.stop(STOPPED);
      told({ stopped: true });
    };
  }

  call(call, ...args) {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.open.set(id, { resolve, reject });
      this.worker.postMessage({ call, id, args });
    });
  }

  end() {
    this.worker.terminate();
    this.stop("");
  }

  /** Let what is still to come come to nothing. */
  stop(why) {
    for (const { reject } of this.open.values()) reject(new Error(why));
    this.open.clear();
  }
}

/** Open the panel for a page; `closed` is called once it is gone. */
export async function open(home, page, closed) {
  const status = document.querySelector(".inbrowser [role=status]");
  const why = missing();
  if (why) {
    status.textContent = why;
    return closed();
  }
  status.textContent = "";
  const course = await (await fetch(new URL(`pages/${page}.json`, home))).json();
  if (document.querySelectorAll(".in-machine").length !== course.blocks.length) {
    status.textContent = "This page has changed since it was loaded. Reload it.";
    return closed();
  }
  const style = make("link", { rel: "stylesheet", href: new URL(course.lab.style, home) });
  const styled = new Promise((onload, onerror) => Object.assign(style, { onload, onerror }));
  document.head.append(style);
  const all = [import(new URL(course.lab.terminal, home)), import(new URL(course.lab.fit, home)), styled];
  const [{ Terminal }, { FitAddon }] = await Promise.all(all).catch((error) => {
    style.remove();
    throw error;
  });
  const panel = new Panel(home, course, { Terminal, FitAddon });
  panel.closed = () => {
    style.remove();
    closed();
  };
  await panel.start();
}

class Panel {
  constructor(home, course, { Terminal, FitAddon }) {
    Object.assign(this, { home, course, asked: 0 });
    this.status = make("output", { class: "machine-status" });
    this.progress = make("progress", { max: 1, value: 0, "aria-label": "download" });
    this.screens = [1, 2].map((n) => make("div", { class: "machine-screen", role: "group", "aria-label": `Terminal ${n}` }));
    this.tabs = [0, 1].map((n) => make("button", { type: "button", click: () => this.show(n) }, `Terminal ${n + 1}`));
    this.answer = make("pre", { class: "machine-answer", role: "status", "aria-label": "answer", tabindex: 0, hidden: "" });
    this.address = make("input", { value: `http://${HOST}/`, "aria-label": "address", spellcheck: "false", autocapitalize: "off" });
    const bar = make(
      "div",
      { class: "machine-bar" },
      make("div", { role: "group", "aria-label": "terminals" }, ...this.tabs),
      this.status,
      this.progress,
      make("button", { type: "button", click: () => this.press(this.shown, "\x03"), title: "Ctrl-C" }, "Interrupt"),
      make("button", { type: "button", click: () => this.start(), title: "to where the page begins" }, "Reset"),
      make("button", { type: "button", click: () => this.close() }, "Close"),
    );
    const request = make("form", { class: "machine-request", submit: (event) => this.ask(event) }, make("span", {}, "GET"), this.address, make("button", {}, "Send"));
    const keydown = (event) => this.move(event, bar, request);
    this.element = make("section", { class: "machine", "aria-label": "A machine in your browser", keydown }, bar, ...this.screens, request, this.answer);
    document.body.append(this.element);
    document.documentElement.classList.add("with-machine");
    const fontFamily = getComputedStyle(document.querySelector("pre")).fontFamily;
    this.fits = [];
    this.sheets = [];
    this.terminals = this.screens.map((screen, n) => {
      const terminal = new Terminal({ fontSize: 14, fontFamily, screenReaderMode: true });
      this.fits.push(new FitAddon());
      terminal.loadAddon(this.fits[n]);
      this.sheets.push(...withoutInlineStyles(() => terminal.open(screen)));
      terminal.onData((keys) => this.press(n, keys));
      terminal.attachCustomKeyEventHandler((event) => event.key !== "F6");
      return terminal;
    });
    this.show(0);
    this.watch = new ResizeObserver(() => this.fit());
    for (const screen of this.screens) this.watch.observe(screen);
    this.themes = [new MutationObserver(() => this.paint()), matchMedia("(prefers-color-scheme: dark)")];
    this.themes[0].observe(document.body, { attributeFilter: ["data-theme"] });
    this.themes[1].onchange = () => this.paint();
    this.paint();
    this.steps = this.blocks();
  }

  /** Give the terminal the page's colours. */
  paint() {
    const { color, backgroundColor } = getComputedStyle(this.element);
    const theme = { foreground: color, background: backgroundColor, cursor: color, selectionBackground: "#8886" };
    for (const terminal of this.terminals) terminal.options.theme = theme;
  }

  /** Tab belongs to the shell. F6 goes from one part of a window to the next, as elsewhere: buttons, terminal, request. */
  move(event, bar, request) {
    if (event.key !== "F6") return;
    event.preventDefault();
    const screen = this.screens[this.shown];
    const parts = [bar, screen, request];
    const now = parts.findIndex((part) => part.contains(event.target));
    const next = parts.at((now + (event.shiftKey ? -1 : 1)) % parts.length);
    next.querySelector(next === screen ? "textarea" : "button[aria-pressed=true], input").focus();
  }

  /** Show a terminal, from 0. */
  show(n) {
    this.shown = n;
    this.screens.forEach((screen, m) => (screen.hidden = m !== n));
    this.tabs.forEach((tab, m) => tab.setAttribute("aria-pressed", m === n));
    this.fit();
  }

  /** Have both terminals as many columns and rows as the one that is shown has room for. */
  fit() {
    const room = this.fits[this.shown].proposeDimensions();
    if (!room?.cols || !room.rows) return;
    const [{ cols, rows }] = this.terminals;
    if (room.cols === cols && room.rows === rows) return;
    for (const terminal of this.terminals) terminal.resize(room.cols, room.rows);
    this.remote?.call("resize", room.cols, room.rows).catch(() => {});
  }

  /** Begin where the page begins, on a new machine. */
  async start() {
    this.remote?.end();
    this.terminals.forEach((terminal) => terminal.reset());
    this.show(0);
    this.steps.forEach((step) => step.reset());
    this.answer.hidden = true;
    this.progress.value = 0;
    this.ready(false);
    this.progress.hidden = false;
    this.say("Downloading the machine");
    const remote = (this.remote = new Remote(new URL("worker.js", this.home), ({ terminal, seen, progress, stopped }) => {
      if (stopped) {
        this.say(STOPPED);
        this.ready(false);
      }
      if (seen) this.terminals[terminal].write(seen);
      if (progress) this.progress.value = progress;
      if (progress === 1) this.say("Starting");
    }));
    try {
      const { lab, state } = this.course;
      const { debian, kernel, apache, mod_wsgi, v86 } = lab.versions;
      const { cols: columns, rows } = this.terminals[0];
      await remote.call("open", { lab: new URL("lab/", this.home).href, names: lab, state, columns, rows });
      await remote.call("resize", this.terminals[0].cols, this.terminals[0].rows); // the window may have changed meanwhile
      this.say(`Debian ${debian} · Linux ${kernel} · Apache ${apache} · mod_wsgi ${mod_wsgi} · v86 ${v86}. F6 leaves the terminal.`);
      this.ready(true);
      if (!document.activeElement.matches("textarea, input")) this.terminals[0].focus();
    } catch (error) {
      if (this.remote !== remote) return; // it has been reset
      if (error.message) this.say(error.message);
      remote.end();
    }
    this.progress.hidden = true;
  }

  say(text) {
    this.status.textContent = text;
  }

  /** Let the blocks' buttons be pressed, or not. */
  ready(now) {
    for (const { button } of this.steps) button.setAttribute("aria-disabled", !now); // it keeps the focus
  }

  press(terminal, keys) {
    if (terminal === this.running && keys !== "\x03") return; // it would be taken for the block's next command
    this.remote?.call("press", terminal, keys).catch(() => {});
  }

  /** Put a button at each block that does something to the machine. */
  blocks() {
    const shown = [...document.querySelectorAll(".in-machine")];
    return this.course.blocks.map((block, n) => new Step(this, shown[n], block, n + 1, this.course.blocks.length));
  }

  /** Send a request to the machine's port 80 and show all that comes. */
  async ask(event) {
    event.preventDefault();
    this.answer.hidden = false;
    this.answer.textContent = "";
    const number = ++this.asked;
    const [, host, path = "/"] = /^http:\/\/([^/:?#\s]+)(\/[^#\s]*)?$/.exec(this.address.value) ?? [];
    const came = host ? this.remote.call("ask", path, host) : "It takes an address that begins with http:// and has no port.";
    const text = await Promise.resolve(came).catch((error) => error.message);
    if (number === this.asked) this.answer.textContent = text;
  }

  close() {
    this.remote?.end();
    this.watch.disconnect();
    this.themes[0].disconnect();
    this.themes[1].onchange = null;
    this.steps.forEach((step) => step.element.remove());
    this.terminals.forEach((terminal) => terminal.dispose());
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !this.sheets.includes(sheet));
    this.element.remove();
    document.documentElement.classList.remove("with-machine");
    this.closed();
  }
}

/** What is done with one block. */
class Step {
  constructor(panel, shown, block, number, count) {
    Object.assign(this, { panel, shown, block });
    const name = block.path ? `Write ${block.path.split("/").at(-1)}` : "Run";
    this.button = make("button", { type: "button", "aria-label": `${number} ${name}, of ${count} blocks`, click: () => this.go() }, `${number} ${name}`);
    this.verdict = make("output");
    this.element = make("div", { class: "machine-step" }, this.button);
    if (block.path) this.element.append(make("button", { type: "button", click: () => this.edit(), "aria-label": `Edit block ${number}` }, "Edit"));
    this.element.append(this.verdict);
    const whole = shown.closest(".literal-block-wrapper") ?? shown; // with its caption
    const ran = whole.nextElementSibling;
    (ran?.matches(".snippet-verdict") ? ran : whole).after(this.element);
  }

  forget() {
    this.verdict.replaceChildren();
    delete this.element.dataset.verdict;
  }

  /** Be as the page has it: no verdict, and no file that was changed. */
  reset() {
    this.forget();
    this.editor?.remove();
    this.editor = null;
  }

  /** Let the file be changed before it is written. */
  edit() {
    if (this.editor) return this.editor.focus();
    this.editor = make("textarea", { rows: this.block.text.split("\n").length, spellcheck: "false", "aria-label": this.block.path });
    this.editor.value = this.block.text;
    this.element.append(this.editor);
    this.editor.focus();
  }

  async go() {
    const { panel, block } = this;
    const { remote } = panel;
    if (this.button.ariaDisabled === "true") return;
    this.forget();
    panel.ready(false);
    this.verdict.textContent = "…";
    try {
      if (block.path) await this.write();
      else await this.run();
    } catch (error) {
      if (error.message) this.tell("different", error.message);
    }
    if (panel.remote === remote) panel.ready(true);
  }

  async write() {
    const text = this.editor?.value ?? this.block.text;
    await this.panel.remote.call("write", this.block.path, text);
    this.tell("same", text === this.block.text ? "written" : "written, with your changes");
  }

  async run() {
    const { steps, terminal, limit } = this.block;
    const seconds = limit * PATIENCE;
    const { panel } = this;
    panel.show(terminal - 1);
    for (const step of steps) {
      panel.running = terminal - 1;
      const { good, lines, status, stopped } = await panel.remote.call("step", step, terminal, seconds).finally(() => (panel.running = null));
      if (good) continue;
      const what = stopped ? `stopped after ${seconds} s` : `not as shown${status === step.status ? "" : `, exit status ${status}`}`;
      return this.tell("different", what, [`$ ${step.command ?? ""}`, ...lines].join("\n"));
    }
    this.tell("same", "as shown");
  }

  tell(verdict, text, detail) {
    this.element.dataset.verdict = verdict;
    this.verdict.replaceChildren(text);
    if (detail) this.verdict.append(make("pre", { tabindex: 0 }, detail));
  }
}

/** Let the terminal make its style sheets where a page allows none in its text: they become sheets of the document. */
function withoutInlineStyles(open) {
  const sheets = [];
  const create = document.createElement;
  document.createElement = function (name, ...rest) {
    let element = create.call(this, name, ...rest);
    if (name === "style") {
      element = create.call(this, "template");
      const sheet = new CSSStyleSheet();
      document.adoptedStyleSheets.push(sheet);
      sheets.push(sheet);
      Object.defineProperty(element, "textContent", { set: (text) => sheet.replaceSync(text), get: () => "" });
    }
    return element;
  };
  try {
    open();
  } finally {
    document.createElement = create;
  }
  return sheets;
}
