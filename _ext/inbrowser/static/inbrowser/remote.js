/* The worker in which the machine runs, as functions that return promises. */

export const STOPPED = "The machine has stopped. Reset it, or reload the page.";

export class Remote {
  /** @param told  takes what the worker says unasked, and {stopped: true} when it is no more */
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
