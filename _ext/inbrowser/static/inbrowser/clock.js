/* What runs now, for how long, and how long it usually takes: seen in several places, and not read out each second. */

import { make } from "./dom.js";

const SHORT = 2; // seconds for which nobody wonders

export class Clock {
  constructor() {
    this.faces = [];
  }

  /** Make a place where it is seen. */
  face() {
    const face = make("span", { class: "machine-clock", role: "timer", hidden: "" });
    this.faces.push(face);
    return face;
  }

  /** Begin with a command, seen in one face or several; `usual` is in seconds, if it is known. */
  start(command, usual, ...faces) {
    this.stop();
    const began = performance.now();
    const tick = () => {
      const seconds = Math.round((performance.now() - began) / 1000);
      const often = usual >= SHORT ? `, usually about ${Math.round(usual)} s` : "";
      for (const face of faces) face.replaceChildren(make("code", {}, command), ` … ${seconds} s${often}`);
    };
    for (const face of faces) face.hidden = false;
    tick();
    this.began = began;
    this.ticking = setInterval(tick, 1000);
  }

  /** End; return the seconds. */
  stop() {
    clearInterval(this.ticking);
    for (const face of this.faces) face.hidden = true;
    return (performance.now() - this.began) / 1000;
  }
}
