/* The panel: a terminal of the machine, what it answers to a request, and buttons at each block. */

import { Clock } from "./clock.js";
import { button, make } from "./dom.js";
import { Done } from "./kept.js";
import { Layout } from "./layout.js";
import { Remote, STOPPED } from "./remote.js";
import { Request } from "./request.js";
import { Step, notRun } from "./step.js";
import { Work, claim } from "./tab.js";
import { Terminals } from "./terminals.js";

const ADDRESS = "http://localhost/"; // where the page asks for nothing

/** Say why the machine cannot run here, or nothing. */
function missing() {
  if (!globalThis.WebAssembly || !globalThis.DecompressionStream || !document.adoptedStyleSheets)
    return "This browser is too old: the machine needs WebAssembly, workers and style sheets made by scripts.";
  if (navigator.deviceMemory < 2) return "The machine needs about 1 GB of memory, and this device has too little.";
  return "";
}

/**
 * Open the panel for a page.
 * @param closed  called once it is gone
 * @param status  the element that says why it cannot be opened
 * @param blocks  what is done with the page's blocks, where the page's file does not say
 */
export async function open(home, page, closed, status = document.querySelector(".inbrowser [role=status]"), blocks = null) {
  const free = missing() ? null : await claim();
  const refuse = (why) => {
    status.textContent = why;
    free?.();
    closed();
  };
  if (!free) return refuse(missing() || "The machine is already running in another tab, and a second one would need as much memory again. Close the first one there.");
  status.textContent = "";
  const style = make("link", { rel: "stylesheet" });
  try {
    const course = await (await fetch(new URL(`pages/${page}.json`, home))).json();
    course.blocks = blocks ?? course.blocks;
    if (document.querySelectorAll(".in-machine").length !== course.blocks.length) return refuse("This page has changed since it was loaded. Reload it.");
    style.href = new URL(course.lab.style, home);
    const styled = new Promise((onload, onerror) => Object.assign(style, { onload, onerror }));
    document.head.append(style);
    const all = [import(new URL(course.lab.terminal, home)), import(new URL(course.lab.fit, home)), styled];
    const [{ Terminal }, { FitAddon }] = await Promise.all(all);
    const panel = new Panel(home, page, course, { Terminal, FitAddon });
    panel.closed = () => {
      style.remove();
      free();
      closed();
    };
    await panel.start();
  } catch (error) {
    style.remove();
    free();
    throw error;
  }
}

class Panel {
  constructor(home, page, course, made) {
    Object.assign(this, { home, course, work: new Work(), clock: new Clock(), steps: [] });
    this.done = new Done(page, course.blocks.map(({ digest }) => digest));
    this.terminals = new Terminals(made, (n, keys) => this.press(n, keys), (columns, rows) => this.remote?.call("resize", columns, rows).catch(() => {}));
    this.request = new Request(course.address ?? ADDRESS, (path, host) => this.remote.call("ask", path, host));
    this.layout = new Layout(() => this.terminals.fit());
    this.status = make("output", { class: "machine-status" });
    this.face = this.clock.face();
    this.progress = make("progress", { max: 1, value: 0, "aria-label": "download" });
    this.forget = button("Forget what I have done", () => this.forgetAll(), { class: "machine-forget" });
    this.bar = make(
      "div",
      { class: "machine-bar" },
      this.terminals.group,
      make("div", { class: "machine-said" }, this.status, this.face),
      this.progress,
      this.forget,
      button("Interrupt", () => this.press(this.terminals.shown, "\x03"), { title: "Ctrl-C" }),
      button("Reset", () => this.reset(), { title: "to where the page begins" }),
      this.layout.side,
      this.layout.fold,
      button("Close", () => this.close()),
    );
    const keydown = (event) => this.move(event);
    this.element = make("section", { class: "machine", "aria-label": "A machine in your browser", keydown });
    this.element.append(this.layout.grip, this.bar, ...this.terminals.screens, this.request.form, this.request.answer);
    document.body.append(this.element);
    this.terminals.open();
    this.layout.open(this.element);
    const shown = [...document.querySelectorAll(".in-machine")];
    this.steps = course.blocks.map((block, n) => new Step(this, shown[n], block, n + 1, course.blocks.length));
    this.update();
  }

  /** Tab belongs to the shell. F6 goes from one part of a window to the next, as elsewhere: buttons, terminal, request. */
  move(event) {
    if (event.key !== "F6") return;
    event.preventDefault();
    const { screen } = this.terminals;
    const parts = this.element.classList.contains("folded") ? [this.bar] : [this.bar, screen, this.request.form];
    const now = parts.findIndex((part) => part.contains(event.target));
    const next = parts.at((now + (event.shiftKey ? -1 : 1)) % parts.length);
    next.querySelector(next === screen ? "textarea" : "button[aria-pressed=true], input").focus();
  }

  /** Begin where the page begins, on a new machine. */
  async start() {
    this.remote?.end();
    this.clock.stop();
    this.work.end();
    this.terminals.reset();
    this.steps.forEach((step) => step.reset());
    this.request.close();
    this.progress.value = 0;
    this.update();
    this.ready(false);
    this.progress.hidden = false;
    this.say("Downloading the machine");
    const remote = (this.remote = new Remote(new URL("worker.js", this.home), (told) => this.heard(told)));
    try {
      const { lab, state, pack } = this.course;
      const { debian, kernel, apache, mod_wsgi, v86 } = lab.versions;
      await remote.call("open", { lab: new URL("lab/", this.home).href, names: lab, state, pack, ...this.terminals.size });
      const { columns, rows } = this.terminals.size; // the window may have changed meanwhile
      await remote.call("resize", columns, rows);
      this.say(`Debian ${debian} · Linux ${kernel} · Apache ${apache} · mod_wsgi ${mod_wsgi} · v86 ${v86}. F6 leaves the terminal.`);
      this.ready(true);
      if (!document.activeElement.matches("textarea, input")) this.terminals.focus();
    } catch (error) {
      if (this.remote !== remote) return; // it has been reset
      if (error.message) this.say(error.message);
      remote.end();
    }
    this.progress.hidden = true;
  }

  /** Take what the worker says unasked. */
  heard({ terminal, seen, progress, stopped, lacks }) {
    if (seen) this.terminals.write(terminal, seen);
    if (progress) this.progress.value = progress;
    if (progress === 1) this.say("Starting");
    if (lacks !== undefined) this.lacks(lacks);
    if (!stopped) return;
    this.say(STOPPED);
    this.work.end();
    this.ready(false);
  }

  /** Say that a file cannot be had, where the reader looks; or that it has come after all. */
  lacks(why) {
    this.say(why || "The file has arrived.");
    this.element.classList.toggle("lacks", Boolean(why));
  }

  say(text) {
    this.status.textContent = text;
  }

  /** Let the blocks' buttons be pressed, or not. */
  ready(now) {
    for (const step of this.steps) step.ready(now);
  }

  press(terminal, keys) {
    if (terminal === this.running && keys !== "\x03") return; // it would be taken for the block's next command
    this.work.begin();
    this.remote?.call("press", terminal, keys).catch(() => {});
  }

  /** Say which blocks before one were not run on this machine, or nothing. */
  missed(step) {
    return notRun(this.steps.filter(({ number, passed }) => number < step.number && !passed).map(({ number }) => number));
  }

  /** Run what has not run yet, up to a block, until one does not come out as shown. */
  async runTo(last) {
    if (last.toHere.ariaDisabled === "true") return;
    for (const step of this.steps.slice(0, last.number)) {
      if (step.passed && step !== last) continue;
      step.element.scrollIntoView({ block: "nearest" });
      if (!(await step.go())) return;
    }
  }

  /** Take note of a block that has ended. */
  told(step) {
    if (step.passed) this.done.add(step.block.digest);
    const passed = this.steps.filter((one) => one.passed).length;
    this.say(`Block ${step.number}: ${step.passed ? "as shown" : "not as shown"}. ${passed} of ${this.steps.length} have run on this machine.`);
    this.update();
  }

  update() {
    for (const step of this.steps) step.offer(Boolean(this.missed(step)));
    this.forget.hidden = !this.done.any;
  }

  forgetAll() {
    this.done.forget();
    for (const step of this.steps) if (!step.element.dataset.verdict) step.forget();
    this.update();
    this.bar.querySelector("[aria-pressed=true]").focus(); // the button is gone
    this.say("Forgotten.");
  }

  reset() {
    if (this.work.mayGo("Reset the machine?")) this.start();
  }

  close() {
    if (!this.work.mayGo("Close the machine?")) return;
    this.work.end();
    this.remote?.end();
    this.clock.stop();
    this.steps.forEach((step) => step.element.remove());
    this.terminals.close();
    this.layout.close();
    this.element.remove();
    this.closed();
  }
}
