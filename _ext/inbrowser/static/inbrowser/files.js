/* The guest's files: parts of them from the pack of what lessons read, others whole from the site, one by one. */

const AGAIN = 2000; // milliseconds until a file that did not come is asked for again
const UNIT = 1 << 15; // bytes, in which it is noted what was read

const noted = new Map();

/** Return what was read so far: units of files, by their names. `make record-lessons` asks for it. */
export function reads() {
  return Object.fromEntries([...noted].map(([name, units]) => [name, [...units].sort((a, b) => a - b)]));
}

export class Files {
  /**
   * Stand between the emulator and its files.
   *
   * @param storage  the emulator's, which is asked for files by their names
   * @param home     where they are on the site
   * @param lacks    is told that a file cannot be had (true), and that it has come after all (false)
   */
  constructor(storage, home, lacks) {
    Object.assign(this, { storage, home, lacks, lacking: new Set(), coming: new Map(), pack: Promise.resolve(new Map()) });
    storage.read = (...args) => this.read(...args);
  }

  async read(name, offset, count, size) {
    const end = Math.min(offset + count, size);
    note(name, offset, end);
    const there = await this.storage.storage.read(name, offset, count, size);
    if (there) return there;
    for (const [at, bytes] of (await this.pack).get(name) ?? [])
      if (at <= offset && end <= at + bytes.length) return bytes.subarray(offset - at, end - at);
    if (!this.coming.has(name)) this.coming.set(name, this.whole(name, size).finally(() => this.coming.delete(name)));
    return (await this.coming.get(name)).subarray(offset, end);
  }

  async whole(name, size) {
    for (;;) {
      try {
        const answer = await fetch(this.home + name);
        if (!answer.ok) throw new Error(`${answer.status}`);
        const whole = this.unpacked(await answer.arrayBuffer(), size);
        this.lack(name, false);
        await this.storage.cache(name, whole);
        return whole;
      } catch {
        this.lack(name, true);
        await new Promise((later) => setTimeout(later, AGAIN)); // the guest waits for it
      }
    }
  }

  lack(name, now) {
    const before = this.lacking.size;
    now ? this.lacking.add(name) : this.lacking.delete(name);
    if (!before !== !this.lacking.size) this.lacks(now);
  }

  /** Take the pack that is to come; without it each file is fetched by itself. */
  take(pack, size) {
    this.pack = pack.then((bytes) => parts(this.unpacked(bytes, size))).catch(() => new Map());
  }

  unpacked(bytes, size) {
    return new Uint8Array(this.storage.zstd_decompress(size, new Uint8Array(bytes)));
  }
}

function note(name, offset, end) {
  if (!noted.has(name)) noted.set(name, new Set());
  for (let unit = Math.floor(offset / UNIT); unit * UNIT < end; unit++) noted.get(name).add(unit);
}

/** Read a pack: the length of its table in four bytes, the table, {name: [[offset, length], ...]}, and what it lists. */
function parts(pack) {
  const length = new DataView(pack.buffer).getUint32(0, true);
  const table = JSON.parse(new TextDecoder().decode(pack.subarray(4, 4 + length)));
  let at = 4 + length;
  const found = new Map();
  for (const [name, rows] of Object.entries(table))
    found.set(name, rows.map(([offset, count]) => [offset, pack.subarray(at, (at += count))]));
  return found;
}
