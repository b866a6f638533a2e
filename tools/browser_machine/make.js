/* Makes the saved states of the machine: boots it, takes it through what its pages start from, and saves each end.

   node make.js COURSES, in the folder with vmlinuz, initrd, fs.json, files/ and node_modules. COURSES is a JSON file:
   [{"state": "install", "course": [...]}, ...], each going on where the one before it ended. */

import { readFileSync, writeFileSync } from "node:fs";
import { V86 } from "v86";
import { Machine, hardware, until } from "./machine.js";

const began = Date.now();
const say = (text) => console.log(`browser-machine: ${((Date.now() - began) / 1000).toFixed(0)} s: ${text}`);

const emulator = new V86({
  ...hardware,
  wasm_path: "node_modules/v86/build/v86.wasm",
  bios: { url: "bios.bin" },
  vga_bios: { url: "vgabios.bin" },
  bzimage: { url: "vmlinuz" },
  initrd: { url: "initrd" },
  cmdline: "tsc=reliable mitigations=off random.trust_cpu=on nosmp init_on_free=1 console=ttyS0 quiet",
  filesystem: { baseurl: "files/", basefs: "fs.json" },
  autostart: true,
});
let console_ = "";
emulator.add_listener("serial0-output-byte", (byte) => (console_ += String.fromCharCode(byte)));
const machine = new Machine(emulator);

/** Do what a page says, and insist that it comes out as shown. */
async function go(course) {
  for (const block of course) {
    if (block.path) await machine.write(block.path, block.text);
    for (const step of block.steps ?? []) {
      const { good, status, lines } = await machine.step(step, block.terminal, 240);
      if (!good) throw new Error(`${block.id}: $ ${step.command}\n  exit status ${status}\n${lines.join("\n")}`);
    }
  }
}

const as_root = async (command, seconds = 240) => {
  const { status, output } = await machine.control(command, seconds);
  if (status) throw new Error(`${command}: ${status}\n${output}`);
  return output;
};

/* What a reader's first commands need is in memory. What else was there is zeros (init_on_free), which weigh nothing. */
const WARM = [
  "systemctl restart apache2",
  "echo 3 >/proc/sys/vm/drop_caches",
  "apachectl -t && systemctl reload apache2 && curl -s http://localhost/",
  "date; tee --version; grep . /etc/hosts; tail --version; pgrep x; true",
  "setpriv --reuid=reader --regid=reader --init-groups sudo systemctl is-active apache2",
  "systemctl --quiet stop dbus.service", // its socket starts it when it is asked for
  "echo | base64 -d | perl -e 'open F, \">/dev/urandom\"; syswrite F, <STDIN>; ioctl F, 0x5207, 0'",
];

try {
  const booted = await until(() => machine.terminals.every(({ reads }) => reads), 300, (check) => machine.terminals.forEach((it) => (it.told = check)));
  if (!booted) throw new Error(`it does not boot:\n${console_.slice(-2000)}`);
  await as_root("systemctl is-system-running --wait");
  say("booted");
  const sizes = {};
  for (const { state, course } of JSON.parse(readFileSync(process.argv[2]))) {
    await go(course);
    say(`taken through ${state}`);
    // The next page begins in a new terminal, after a reboot.
    await as_root("rm -rf /tmp/* /var/tmp/*; rm -f /home/reader/.bash_history; pkill -HUP -u reader bash; true");
    for (const command of WARM) await as_root(command);
    await emulator.stop();
    writeFileSync(`${state}.state`, new Uint8Array(await emulator.save_state()));
    await emulator.run();
    say(`saved ${state}`);
  }
  writeFileSync("versions", await as_root("uname -r; cat /etc/debian_version; apache2 -v | head -1; python3 -V; dpkg-query -W -f '${Version}\\n' libapache2-mod-wsgi-py3"));
  process.exit(0);
} catch (error) {
  console.error(`browser-machine: ${error.message ?? error}`);
  process.exit(1);
}
