/* What is kept in this browser from one visit to the next: nothing, where that is refused. */

const BLOCKS = "done:"; // and a page's name: the digests of its blocks that came out as shown
const LESSON = "lesson-done:"; // and a page's name: the day on which all of them had

/** Return what is kept under a name. */
export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Keep something that JSON can say. */
export function keep(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // this browser keeps nothing, or has no room left
  }
}

/** The blocks of a page that are done, on this visit or an earlier one. */
export class Done {
  constructor(page, blocks) {
    Object.assign(this, { page, blocks });
    const before = kept(BLOCKS + page);
    this.all = new Set(Array.isArray(before) ? before.filter((one) => blocks.includes(one)) : []);
  }

  get any() {
    return this.all.size > 0;
  }

  has(block) {
    return this.all.has(block);
  }

  add(block) {
    this.all.add(block);
    keep(BLOCKS + this.page, [...this.all]);
    if (!this.blocks.every((one) => this.all.has(one))) return;
    try {
      localStorage.setItem(LESSON + this.page, new Date().toISOString().slice(0, 10));
    } catch {
      // as above
    }
    tell();
  }

  /** Forget it for all pages. */
  forget() {
    this.all.clear();
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith(BLOCKS) || name.startsWith(LESSON)) localStorage.removeItem(name);
    } catch {
      // there is nothing
    }
    tell();
  }
}

/** Tell the page's other scripts: the sidebar marks the lessons that are done. */
function tell() {
  dispatchEvent(new Event("lesson-done"));
}
