/* Stands in for v86: consoles that answer as the guest's do, and files that are read when a command names them. */

export class V86 {
  constructor({ filesystem }) {
    const queues = Array.from({ length: 8 }, () => ({ has_request: () => true }));
    Object.assign(this, { heard: new Map(), filesystem, network_adapter: {} });
    this.v86 = { cpu: { devices: { virtio_console: { virtio: { queues } } } } };
    this.bus = { send: (event, data) => this.sent(event, data) };
    this.fs9p = {
      storage: { storage: { read: async () => null }, cache: async () => {}, zstd_decompress: (size, bytes) => bytes.slice().buffer },
    };
  }

  add_listener(event, listener) {
    this.heard.set(event, listener);
    if (event === "emulator-loaded") listener();
  }

  async run() {}

  say(console, text) {
    this.heard.get(`virtio-console${console}-output-bytes`)(new TextEncoder().encode(text));
  }

  async sent(event, data) {
    const [, console, input] = /^virtio-console(\d)-(input)?/.exec(event);
    if (!input) return;
    const text = new TextDecoder().decode(data);
    if (console === "2") return this.say(2, `\x1e${text.split(" ")[0]} 0\x1e`);
    const command = /\x1b\[200~(.*)\x1b\[201~/.exec(text)?.[1];
    if (!command) return;
    this.say(console, "\x1b]133;C\x1b\\");
    const [, name, size] = /^read (\S+) (\d+)/.exec(command) ?? [];
    const bytes = name && (await this.fs9p.storage.read(name, 0, Number(size), Number(size)));
    this.say(console, `${bytes?.length ?? command}\r\n\x1b]133;D;0\x1b\\\x1b[?2004h`);
  }
}
