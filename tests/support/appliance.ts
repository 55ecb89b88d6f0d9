/**
 * A box to install on: a throw-away copy of this machine (an overlay over its root, kept in memory) that is booted with
 * systemd in a container with a network of its own. What is done in it leaves no trace here.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why no box can be made here; undefined where one can. */
export function whyNoAppliance(): string | undefined {
  if (process.getuid?.() !== 0) return "root is needed";
  for (const program of ["/usr/bin/systemd-nspawn", "/usr/bin/node", "/usr/bin/perl"]) {
    if (!existsSync(program)) return `${program} is not installed`;
  }
  // The box runs the system's Node, and native modules are built for the one that runs this.
  const modules = execFileSync("/usr/bin/node", ["-p", "process.versions.modules"], {
    encoding: "utf8",
  }).trim();
  if (modules !== process.versions.modules) return `/usr/bin/node is another version than ${process.version}`;
  return undefined;
}

const PROBE_UNIT = `[Unit]
After=sysinit.target dbus.socket
[Service]
Type=oneshot
TimeoutStartSec=1140
ExecStart=/bin/bash /probe/script
StandardOutput=append:/probe/log
StandardError=append:/probe/log
ExecStopPost=/bin/systemctl --no-block poweroff
`;
const PROBE_TARGET = `[Unit]
Requires=sysinit.target dbus.socket
After=sysinit.target dbus.socket
Wants=probe.service
`;

export class Appliance {
  readonly #folder: string;
  readonly #name: string;
  /** The box's root as seen from here. */
  readonly root: string;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "sekisho-box-"));
    this.#name = `skbox${process.pid % 100_000}`;
    this.root = join(this.#folder, "root");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1g", "tmpfs", this.#folder]);
    for (const part of ["root", "upper", "work"]) mkdirSync(join(this.#folder, part));
    const layers = `lowerdir=/,upperdir=${join(this.#folder, "upper")},workdir=${join(this.#folder, "work")}`;
    execFileSync("mount", ["-t", "overlay", "overlay", "-o", layers, this.root]);
    const units = join(this.root, "etc/systemd/system");
    rmSync(join(this.root, "probe"), { recursive: true, force: true });
    mkdirSync(join(this.root, "probe"));
    writeFileSync(join(units, "probe.service"), PROBE_UNIT);
    writeFileSync(join(units, "probe.target"), PROBE_TARGET);
    rmSync(join(units, "default.target"), { force: true });
    symlinkSync("/etc/systemd/system/probe.target", join(units, "default.target"));
  }

  /**
   * Boot, run a bash script in the box as root, switch off.
   *
   * The box's interface is `host0` (192.168.77.2/24); the other end of its cable is this machine, which pings it now and then.
   *
   * @returns what the script printed
   */
  run(script: string, timeoutMs: number): string {
    const log = join(this.root, "probe/log");
    rmSync(log, { force: true });
    const path = join(this.root, "probe/script");
    writeFileSync(path, `${NETWORK}\n${script}`);
    chmodSync(path, 0o755);
    const cable = `ve-${this.#name}`.slice(0, 15);
    const bash = `
      (for i in $(seq 2400); do
        ip link show ${cable} >/dev/null 2>&1 && ip link set ${cable} up && ip addr replace 192.168.77.1/24 dev ${cable} &&
          ping -c 1 -W 1 192.168.77.2 >/dev/null 2>&1
        sleep 0.5
      done) & cable=$!
      systemd-nspawn -q -D '${this.root}' -b --register=no --keep-unit --machine=${this.#name} --network-veth </dev/null >/dev/null 2>'${this.#folder}/boot.log'
      kill $cable; wait`;
    const { error } = spawnSync("bash", ["-c", bash], { timeout: timeoutMs, killSignal: "SIGKILL" });
    const printed = existsSync(log) ? readFileSync(log, "utf8") : "";
    if (error) throw new Error(`the box did not finish in ${timeoutMs} ms; it printed:\n${printed}`);
    return printed;
  }

  /** Take the box away with everything in it. */
  remove(): void {
    execFileSync("umount", ["-R", this.root]);
    execFileSync("umount", [this.#folder]);
    rmSync(this.#folder, { recursive: true });
  }
}

const NETWORK = `ip link set host0 up
ip addr add 192.168.77.2/24 dev host0
ip route add default via 192.168.77.1`;
