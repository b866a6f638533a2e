/* What concerns the tab as a whole: that it alone has a machine, and that it does not go without a question. */

/** Take the one machine that a browser has room for; promise what gives it back, or nothing where another tab has it. */
export function claim() {
  if (!navigator.locks) return Promise.resolve(() => {}); // the page did not come by HTTPS
  return new Promise((taken) =>
    navigator.locks.request("machine", { ifAvailable: true }, (lock) => {
      if (!lock) return taken(null);
      return new Promise((free) => taken(free));
    }),
  );
}

/** Whether something would be lost with the machine; while it would, the browser asks before the page goes. */
export class Work {
  constructor() {
    this.ask = (event) => event.preventDefault();
  }

  begin() {
    this.begun = true;
    addEventListener("beforeunload", this.ask);
  }

  end() {
    this.begun = false;
    removeEventListener("beforeunload", this.ask);
  }

  /** Ask, if something would be lost; tell whether it may. */
  mayGo(question) {
    return !this.begun || confirm(`${question} You will lose what you did in it.`);
  }
}
