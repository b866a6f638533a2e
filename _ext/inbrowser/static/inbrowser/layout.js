/* Where the panel is: below the text or beside it, how much of the window it has, folded or not. It is kept. */

import { button, make } from "./dom.js";
import { keep, kept } from "./kept.js";

const NAME = "machine-layout";
const WIDE = "(min-width: 75em)"; // 1200 px: there is room beside the text
const LEAST = 15; // per cent of the window
const MOST = 85;
const STEP = 5; // that a key moves it

export class Layout {
  /** @param changed  is told when there is more room or less */
  constructor(changed) {
    this.changed = changed;
    this.chosen = { beside: false, folded: false, ...kept(NAME) };
    this.wide = matchMedia(WIDE);
    this.wide.onchange = () => this.apply();
    this.grip = make("div", {
      class: "machine-grip",
      role: "separator",
      tabindex: 0,
      "aria-label": "size of the panel",
      "aria-valuemin": LEAST,
      "aria-valuemax": MOST,
      title: "Drag it, or use the arrow keys",
      keydown: (event) => this.key(event),
      pointerdown: (event) => this.grip.setPointerCapture(event.pointerId),
      pointermove: (event) => this.grip.hasPointerCapture(event.pointerId) && this.drag(event),
    });
    this.fold = button("Fold", () => this.choose({ folded: !this.chosen.folded }), { title: "show only this line" });
    this.side = button("Beside", () => this.choose({ beside: !this.chosen.beside }), { title: "beside the text, not below it" });
  }

  /** Begin with the panel's element, once it is in the document. */
  open(element) {
    this.element = element;
    this.watch = new ResizeObserver(() => this.cover());
    this.watch.observe(element);
    document.documentElement.classList.add("with-machine");
    this.apply();
  }

  get beside() {
    return this.chosen.beside && this.wide.matches;
  }

  get size() {
    return this.beside ? "width" : "height";
  }

  choose(what) {
    Object.assign(this.chosen, what);
    keep(NAME, this.chosen);
    this.apply();
  }

  apply() {
    const { beside, size, chosen } = this;
    const { folded } = chosen;
    const root = document.documentElement;
    root.classList.toggle("machine-beside", beside && !folded);
    this.element.classList.toggle("folded", folded);
    for (const one of ["width", "height"])
      chosen[one] ? root.style.setProperty(`--machine-${one}`, `${chosen[one]}${one === "width" ? "vw" : "vh"}`) : root.style.removeProperty(`--machine-${one}`);
    this.fold.setAttribute("aria-expanded", !folded);
    this.side.setAttribute("aria-pressed", beside);
    this.side.hidden = !this.wide.matches;
    this.grip.hidden = folded;
    this.grip.setAttribute("aria-orientation", size === "width" ? "vertical" : "horizontal");
    this.grip.setAttribute("aria-valuenow", this.share());
    this.cover();
    this.changed();
  }

  /** Tell the page how much of its end the panel covers; one more, for scrolling may stop a part of a pixel early. */
  cover() {
    const covered = this.element.offsetWidth < innerWidth ? 0 : this.element.offsetHeight + 1;
    document.documentElement.style.setProperty("--machine-covers", `${covered}px`);
  }

  /** The per cent of the window that the panel has. */
  share() {
    const { offsetWidth, offsetHeight } = this.element;
    return Math.round(100 * (this.beside ? offsetWidth / innerWidth : offsetHeight / innerHeight));
  }

  drag({ clientX, clientY }) {
    this.resize(100 * (this.beside ? 1 - clientX / innerWidth : 1 - clientY / innerHeight));
  }

  key(event) {
    const now = this.share();
    const to = { ArrowUp: now + STEP, ArrowLeft: now + STEP, ArrowDown: now - STEP, ArrowRight: now - STEP, Home: LEAST, End: MOST }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.resize(to);
  }

  resize(share) {
    this.choose({ [this.size]: Math.round(Math.min(MOST, Math.max(LEAST, share))) });
  }

  close() {
    this.watch.disconnect();
    this.wide.onchange = null;
    const root = document.documentElement;
    root.classList.remove("with-machine", "machine-beside");
    for (const name of ["width", "height", "covers"]) root.style.removeProperty(`--machine-${name}`);
  }
}
