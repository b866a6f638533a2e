/* The panel's two terminals, one of them shown: as wide as there is room, in the page's colours. */

import { button, make } from "./dom.js";

export class Terminals {
  /**
   * @param made     {Terminal, FitAddon}, xterm's classes
   * @param pressed  takes keys: (number of the terminal, from 0, and text)
   * @param resized  is told of new columns and rows
   */
  constructor({ Terminal, FitAddon }, pressed, resized) {
    Object.assign(this, { Terminal, FitAddon, pressed, resized, shown: 0 });
    this.screens = [1, 2].map((n) => make("div", { class: "machine-screen", role: "group", "aria-label": `Terminal ${n}` }));
    this.tabs = [0, 1].map((n) => button(`Terminal ${n + 1}`, () => this.show(n)));
    this.group = make("div", { role: "group", "aria-label": "terminals" }, ...this.tabs);
  }

  /** Begin, once the screens are in the document. */
  open() {
    const fontFamily = getComputedStyle(document.querySelector("pre")).fontFamily;
    this.fits = [];
    this.sheets = [];
    this.all = this.screens.map((screen, n) => {
      const terminal = new this.Terminal({ fontSize: 14, fontFamily, screenReaderMode: true });
      this.fits.push(new this.FitAddon());
      terminal.loadAddon(this.fits[n]);
      this.sheets.push(...withoutInlineStyles(() => terminal.open(screen)));
      terminal.onData((keys) => this.pressed(n, keys));
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
  }

  /** The columns and rows of both. */
  get size() {
    const [{ cols, rows }] = this.all;
    return { columns: cols, rows };
  }

  /** The element of the terminal that is shown. */
  get screen() {
    return this.screens[this.shown];
  }

  /** Show a terminal, from 0. */
  show(n) {
    this.shown = n;
    this.screens.forEach((screen, m) => (screen.hidden = m !== n));
    this.tabs.forEach((tab, m) => tab.setAttribute("aria-pressed", m === n));
    this.fit();
  }

  write(n, bytes) {
    this.all[n].write(bytes);
  }

  focus() {
    this.all[this.shown].focus();
  }

  reset() {
    this.all.forEach((terminal) => terminal.reset());
    this.show(0);
  }

  /** Give the terminals the page's colours. */
  paint() {
    const { color, backgroundColor } = getComputedStyle(this.screens[0].parentElement);
    const theme = { foreground: color, background: backgroundColor, cursor: color, selectionBackground: "#8886" };
    for (const terminal of this.all) terminal.options.theme = theme;
  }

  /** Have both as many columns and rows as the one that is shown has room for. */
  fit() {
    const room = this.fits[this.shown].proposeDimensions();
    if (!room?.cols || !room.rows) return;
    const { columns, rows } = this.size;
    if (room.cols === columns && room.rows === rows) return;
    for (const terminal of this.all) terminal.resize(room.cols, room.rows);
    this.resized(room.cols, room.rows);
  }

  close() {
    this.watch.disconnect();
    this.themes[0].disconnect();
    this.themes[1].onchange = null;
    this.all.forEach((terminal) => terminal.dispose());
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !this.sheets.includes(sheet));
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
