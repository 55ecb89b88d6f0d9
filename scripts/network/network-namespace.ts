/**
 * A cable of one's own: a veth pair whose far end lies in a network namespace, so that tests and benchmarks can send real
 * frames to an interface without touching the machine's network. Needs root, iproute2 and tcpreplay.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";

let count = 0;

/** Why there can be no namespace here, or undefined. */
export function namespaceObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  if (spawnSync("tcpreplay", ["--version"]).error) return "needs tcpreplay";
  const name = uniqueName("probe");
  const { status, error, stderr } = spawnSync("ip", ["netns", "add", name], { encoding: "utf8" });
  if (error) return "needs iproute2 (ip netns)";
  if (status !== 0) return `needs network namespaces: ${stderr.trim()}`;
  execFileSync("ip", ["netns", "delete", name]);
  return undefined;
}

export class NetworkNamespace {
  readonly name = uniqueName("ns");
  /** The end to capture on, in the namespace of this process. */
  readonly nearInterface = uniqueName("n");
  /** The end to send from, inside the namespace. */
  readonly farInterface = uniqueName("f");
  readonly #children: ChildProcess[] = [];

  /** @param mtuBytes the kernel's ring has a slot of this size for each packet, so a large one holds few */
  constructor(mtuBytes = 1500) {
    ip("netns", "add", this.name);
    ip(
      "link",
      "add",
      this.nearInterface,
      "type",
      "veth",
      "peer",
      "name",
      this.farInterface,
      "netns",
      this.name,
    );
    // Without an address of its own neither end says anything by itself.
    const settings = ["addrgenmode", "none", "mtu", String(mtuBytes), "up"];
    ip("link", "set", this.nearInterface, ...settings);
    ip("-n", this.name, "link", "set", this.farInterface, ...settings);
  }

  /** Start a program inside the namespace; `remove` kills it. */
  start(program: string, ...parameters: readonly string[]): ChildProcess {
    const child = spawn("ip", ["netns", "exec", this.name, program, ...parameters], { stdio: "ignore" });
    this.#children.push(child);
    return child;
  }

  /** Send the frames of a pcap file from the far end, once. */
  replay(path: string, packetsPerSecond: number): void {
    execFileSync(
      "ip",
      [
        ...["netns", "exec", this.name, "tcpreplay", "--quiet"],
        ...["--intf1", this.farInterface, `--pps=${packetsPerSecond}`, path],
      ],
      { stdio: "pipe" },
    );
  }

  /** Send the frames of a pcap file from the far end, over and over, for `seconds` at most; without a rate as fast as it goes. */
  flood(path: string, seconds: number, packetsPerSecond?: number): ChildProcess {
    const rate = packetsPerSecond === undefined ? "--topspeed" : `--pps=${packetsPerSecond}`;
    return this.start(
      "tcpreplay",
      ...["--quiet", "--intf1", this.farInterface, rate, "--preload-pcap"],
      ...["--loop=0", `--duration=${seconds}`, path],
    );
  }

  setNearUp(isUp: boolean): void {
    ip("link", "set", this.nearInterface, isUp ? "up" : "down");
  }

  setFarUp(isUp: boolean): void {
    ip("-n", this.name, "link", "set", this.farInterface, isUp ? "up" : "down");
  }

  /** Pull the cable out for good. */
  deleteInterfaces(): void {
    ip("link", "delete", this.nearInterface);
  }

  remove(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    spawnSync("ip", ["link", "delete", this.nearInterface]);
    ip("netns", "delete", this.name);
  }
}

/** Interface names have at most 15 characters. */
function uniqueName(kind: string): string {
  return `sk${kind}${process.pid}-${++count}`;
}

function ip(...parameters: readonly string[]): void {
  execFileSync("ip", parameters, { stdio: "pipe" });
}
