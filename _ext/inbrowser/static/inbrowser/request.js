/* The panel's last line: a request to the machine's port 80, and all of what it answers. */

import { button, make } from "./dom.js";

const HTML = /^content-type:\s*text\/html\b/im;
const KINDS = { 2: "good", 4: "bad", 5: "bad" };
const TAG = /<[^<>]+>/g;
const FORBIDDEN = /(?<=^<\/?|\s)(style|on\w+)(?=[\s=>])/gi;
const HARMLESS = ["colspan", "dir", "lang", "rowspan"]; // attributes

export class Request {
  /**
   * @param address  what the line begins with
   * @param ask      takes path and host, and promises the text of the answer
   */
  constructor(address, ask) {
    Object.assign(this, { ask, asked: 0 });
    this.address = make("input", { value: address, "aria-label": "address", spellcheck: "false", autocapitalize: "off" });
    this.form = make("form", { class: "machine-request", submit: (event) => this.send(event) }, make("span", {}, "GET"), this.address, make("button", {}, "Send"));
    this.code = make("output", { class: "machine-code" });
    this.views = ["Page", "Text"].map((name) => button(name, () => this.show(name)));
    this.choice = make("div", { role: "group", "aria-label": "answer as" }, ...this.views);
    this.page = make("iframe", { sandbox: "", title: "the answer as a page" });
    this.text = make("pre", { tabindex: 0, "aria-label": "the answer as text" });
    this.answer = make("div", { class: "machine-answer", role: "group", "aria-label": "answer", hidden: "" }, make("div", {}, this.code, this.choice), this.page, this.text);
  }

  /** Send what the line says and show all that comes. */
  async send(event) {
    event.preventDefault();
    const number = ++this.asked;
    this.show("Text");
    this.tell("…", "");
    const [, host, path = "/"] = /^http:\/\/([^/:?#\s]+)(\/[^#\s]*)?$/.exec(this.address.value) ?? [];
    if (!host) return this.tell("Type an address that begins with http:// and has no port.", "");
    try {
      const came = await this.ask(path, host);
      if (number === this.asked) this.came(came);
    } catch (error) {
      if (number === this.asked) this.tell(error.message, "");
    }
  }

  came(answer) {
    const [status] = answer.split(/\r?\n/, 1);
    const [, head, body] = /^([^]*?)\r?\n\r?\n([^]*)$/.exec(answer) ?? [null, answer, ""];
    const page = HTML.test(head);
    this.tell(status, answer, KINDS[/^\S+ (\d)/.exec(status)?.[1]]);
    this.choice.hidden = !page;
    this.page.srcdoc = page ? plain(body) : "";
    this.show(page ? "Page" : "Text");
  }

  tell(status, text, kind = "") {
    this.answer.hidden = false;
    this.code.textContent = status;
    this.code.dataset.kind = kind;
    this.text.textContent = text;
    this.choice.hidden = true;
  }

  /** Show the answer as a page or as text. */
  show(name) {
    this.views.forEach((view) => view.setAttribute("aria-pressed", view.textContent === name));
    this.page.hidden = name !== "Page";
    this.text.hidden = name !== "Text";
  }

  close() {
    this.answer.hidden = true;
    this.asked++; // what is still to come is of no use
  }
}

/** Return a page's headings, text and tables alone: its scripts, styles, links and pictures would come to nothing here. */
function plain(html) {
  // The policy of the page around it complains of each style and handler, even where they are only read.
  const allowed = html.replace(TAG, (tag) => tag.replace(FORBIDDEN, "template"));
  const page = new DOMParser().parseFromString(allowed, "text/html");
  for (const it of page.querySelectorAll("script, template, link, meta, base, iframe, object, embed")) it.remove();
  for (const it of page.querySelectorAll("img")) it.replaceWith(it.alt);
  for (const it of page.querySelectorAll("*"))
    for (const { name } of [...it.attributes]) if (!HARMLESS.includes(name)) it.removeAttribute(name);
  return `<!doctype html>${page.documentElement.outerHTML}`;
}
