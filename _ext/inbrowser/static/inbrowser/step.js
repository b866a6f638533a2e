/* What is done with one block of the page, and the buttons for it. */

import { button, make } from "./dom.js";

const PATIENCE = 6; // how much longer a command may take than on the lab: the machine is that much slower

export class Step {
  /**
   * @param panel   what the blocks share: the machine, the terminals, the clock, which blocks were run
   * @param shown   the block's element on the page
   * @param block   what the page does with it
   * @param number  its number, from 1
   * @param count   of how many
   */
  constructor(panel, shown, block, number, count) {
    Object.assign(this, { panel, block, number, passed: false });
    const name = block.path ? `Write ${block.path.split("/").at(-1)}` : "Run";
    this.button = button(`${number} ${name}`, () => this.go(), { "aria-label": `${number} ${name}, of ${count} blocks` });
    this.toHere = button("Run to here", () => panel.runTo(this), { "aria-label": `Run to block ${number}`, hidden: "" });
    this.clock = panel.clock.face();
    this.verdict = make("output");
    this.element = make("div", { class: "machine-step" }, this.button, this.toHere);
    if (block.path) this.element.append(button("Edit", () => this.edit(), { "aria-label": `Edit block ${number}` }));
    this.element.append(this.clock, this.verdict);
    const whole = shown.closest(".literal-block-wrapper") ?? shown; // with its caption
    const ran = whole.nextElementSibling;
    (ran?.matches(".snippet-verdict") ? ran : whole).after(this.element);
    this.forget();
  }

  /** Whether the file was changed. */
  get changed() {
    return Boolean(this.editor) && this.editor.value !== this.block.text;
  }

  forget() {
    this.verdict.replaceChildren(this.panel.done.has(this.block.digest) ? "done before" : "");
    delete this.element.dataset.verdict;
  }

  /** Be as the page has it: no verdict, and no file that was changed. */
  reset() {
    this.passed = false;
    this.forget();
    this.editor?.remove();
    this.editor = null;
  }

  /** Let the file be changed before it is written. */
  edit() {
    if (this.editor) return this.editor.focus();
    const input = () => this.panel.work.begin();
    this.editor = make("textarea", { rows: this.block.text.split("\n").length, spellcheck: "false", "aria-label": this.block.path, input });
    this.editor.value = this.block.text;
    this.element.append(this.editor);
    this.editor.focus();
  }

  /** Let the buttons be pressed, or not: they keep the focus. */
  ready(now) {
    for (const one of [this.button, this.toHere]) one.setAttribute("aria-disabled", !now);
  }

  /** Offer to run what comes before it too, or not; who has just taken the offer keeps a place. */
  offer(now) {
    if (!now && document.activeElement === this.toHere) this.button.focus({ preventScroll: true });
    this.toHere.hidden = !now;
  }

  /** Do it; tell whether it came out as shown. */
  async go() {
    const { panel, block } = this;
    const { remote } = panel;
    if (this.button.ariaDisabled === "true") return false;
    const missed = panel.missed(this);
    this.forget();
    panel.ready(false);
    panel.work.begin();
    this.verdict.textContent = "…";
    let came;
    try {
      came = await (block.path ? this.write() : this.run());
    } catch (error) {
      came = error.message && { text: error.message };
    }
    panel.clock.stop();
    if (panel.remote !== remote) return false; // it has been reset
    if (came) this.tell(came.good ? "same" : "different", missed ? `${came.text}; ${missed}` : came.text, came.detail);
    panel.ready(true);
    return this.passed;
  }

  async write() {
    const text = this.editor?.value ?? this.block.text;
    await this.panel.remote.call("write", this.block.path, text);
    return { good: true, text: this.changed ? "written, with your changes" : "written" };
  }

  async run() {
    const { steps, terminal, limit } = this.block;
    const seconds = Math.round(limit * PATIENCE);
    const { panel } = this;
    const took = [];
    panel.terminals.show(terminal - 1);
    for (const step of steps) {
      panel.running = terminal - 1;
      panel.clock.start(step.command ?? "", step.usual, this.clock, panel.face);
      const { good, lines, status, stopped } = await panel.remote.call("step", step, terminal, seconds).finally(() => (panel.running = null));
      took.push(panel.clock.stop().toFixed(1));
      if (good) continue;
      return { text: wrong(step, status, stopped && seconds), detail: [`$ ${step.command ?? ""}`, ...lines].join("\n") };
    }
    this.element.dataset.took = took.join(" ");
    return { good: true, text: "as shown" };
  }

  tell(verdict, text, detail) {
    this.element.dataset.verdict = verdict;
    this.verdict.replaceChildren(make("span", {}, text));
    if (detail) this.verdict.append(make("pre", { tabindex: 0 }, detail));
    this.passed = verdict === "same";
    this.panel.told(this);
  }
}

/** Say what is not as the page shows it. */
function wrong(step, status, stopped) {
  if (stopped) return `stopped after ${stopped} s`;
  if (status === step.status) return "not as shown";
  return status === null ? "not as shown so far, and still running" : `not as shown, exit status ${status}`;
}

/** Say which blocks before one were not run, by their numbers. */
export function notRun(numbers) {
  if (!numbers.length) return "";
  const last = numbers.at(-1);
  return numbers.length === 1 ? `block ${last} has not run yet` : `blocks ${numbers.slice(0, -1).join(", ")} and ${last} have not run yet`;
}
