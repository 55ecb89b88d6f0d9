/**
 * Suricata in a chroot, one process for a file of rules, fed with captures over its control socket; its flows, thresholds
 * and bits are fresh for each. Run so that a run repeats: no randomised sizes, checksums not verified, IDS mode.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createConnection, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { VariableGroups } from "#agent/config/variables-file.js";

/** Where everything lies inside of the chroot; each run has a folder of its own there. */
const PLACE = "/tmp/oracle";
const WORK = `work-${process.pid}`;
const POLL_MS = 50;
const START_POLLS = 4000;
const MAX_REASON = 160;
const MAX_DATA_BYTES = 1 << 20;
const SETTINGS = [
  "app-layer.protocols.tls.ja3-fingerprints=yes",
  "app-layer.protocols.tls.ja4-fingerprints=yes",
  "stream.reassembly.randomize-chunk-size=no",
  "app-layer.protocols.http.libhtp.default-config.randomize-inspection-sizes=no",
];

export interface SuricataOptions {
  readonly chroot: string;
  readonly rules: string;
  readonly groups: VariableGroups | undefined;
  readonly classification: string | undefined;
  /** Further `name=value` of suricata.yaml. */
  readonly settings: readonly string[];
}

/** Runs captures; `output(capture)` is where the EVE lines of each lie afterwards, `log` what it said while loading. */
export class Suricata {
  readonly #options: SuricataOptions;
  readonly #root: string;
  readonly #outputs = new Map<string, string>();

  constructor(options: SuricataOptions) {
    this.#options = options;
    this.#root = join(options.chroot, PLACE);
    mkdirSync(join(this.#root, "captures"), { recursive: true });
  }

  /** @throws Error where Suricata does not start */
  async run(captures: readonly string[]): Promise<void> {
    const work = join(this.#root, WORK);
    rmSync(work, { recursive: true, force: true });
    mkdirSync(join(work, "log"), { recursive: true });
    const suricata = this.#start();
    try {
      const socket = await this.#connect(suricata);
      const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
      const ask = async (message: object): Promise<unknown> => {
        socket.write(`${JSON.stringify(message)}\n`);
        const { value } = await answers.next();
        return JSON.parse(String(value ?? "{}")).message;
      };
      await ask({ version: "0.2" });
      for (const [index, capture] of captures.entries()) {
        const output = `${PLACE}/${WORK}/out/${index}`;
        mkdirSync(join(this.#options.chroot, output), { recursive: true });
        this.#outputs.set(capture, join(this.#options.chroot, output, "eve.json"));
        await ask({
          command: "pcap-file",
          arguments: { filename: this.#inside(capture), "output-dir": output },
        });
      }
      while (!isIdle(await ask({ command: "pcap-file-number" }), await ask({ command: "pcap-current" })))
        await sleep(POLL_MS);
      await ask({ command: "shutdown" });
      socket.destroy();
    } finally {
      await ended(suricata);
    }
  }

  /** Remove what the runs have left. */
  dispose(): void {
    rmSync(join(this.#root, WORK), { recursive: true, force: true });
  }

  output(capture: string): string {
    return this.#outputs.get(capture) ?? "";
  }

  /** Rules that did not load, by sid, with what Suricata said before it gave them up. */
  refused(): Map<number, string> {
    const log = readFileSync(join(this.#root, `${WORK}/log/suricata.log`), "utf8");
    const refused = new Map<number, string>();
    let reason = "";
    for (const line of log.split("\n")) {
      const said = /(?:Error|Warning): (.*)/.exec(line)?.[1];
      if (said === undefined) continue;
      const sid = [...line.matchAll(/[;(\s]sid\s*:\s*(\d+)/g)].at(-1)?.[1];
      if (sid === undefined || !said.includes("error parsing signature")) reason = said;
      else {
        refused.set(Number(sid), reason.slice(0, MAX_REASON));
        reason = "";
      }
    }
    return refused;
  }

  #start(): ChildProcess {
    const { chroot, rules, classification, groups, settings } = this.#options;
    // Data sets lie beside the rules that name them.
    for (const name of readdirSync(dirname(rules))) {
      const { size } = statSync(join(dirname(rules), name));
      if (size <= MAX_DATA_BYTES && !name.endsWith(".pcap"))
        copyFile(join(dirname(rules), name), join(this.#root, WORK, name));
    }
    copyFileSync(rules, join(this.#root, `${WORK}/test.rules`));
    const all = ["runmode=single", ...SETTINGS, ...settings];
    if (classification !== undefined) {
      copyFileSync(classification, join(this.#root, `${WORK}/classification.config`));
      all.push(`classification-file=${PLACE}/${WORK}/classification.config`);
    }
    for (const [name, value] of Object.entries(groups?.addressGroups ?? {}))
      all.push(`vars.address-groups.${name}=${value}`);
    for (const [name, value] of Object.entries(groups?.portGroups ?? {}))
      all.push(`vars.port-groups.${name}=${value}`);
    const given = all.flatMap((setting) => ["--set", setting]);
    const place = [
      "-l",
      `${PLACE}/${WORK}/log`,
      "--data-dir",
      `${PLACE}/${WORK}`,
      "-S",
      `${PLACE}/${WORK}/test.rules`,
    ];
    return spawn(
      "chroot",
      [chroot, "suricata", "-k", "none", ...given, ...place, `--unix-socket=${PLACE}/${WORK}/socket`],
      {
        stdio: "ignore",
      },
    );
  }

  async #connect(process: ChildProcess): Promise<Socket> {
    const path = join(this.#root, `${WORK}/socket`);
    for (let i = 0; i < START_POLLS && process.exitCode === null; i++) {
      await sleep(POLL_MS);
      if (!existsSync(path)) continue;
      const socket = createConnection(path);
      const isThere = await new Promise<boolean>((resolve) => {
        socket.once("connect", () => resolve(true));
        socket.once("error", () => resolve(false));
      });
      if (isThere) return socket;
    }
    throw new Error(`Suricata did not start: see ${join(this.#root, `${WORK}/log/suricata.log`)}`);
  }

  /** The capture inside of the chroot, under a name made of its bytes. */
  #inside(capture: string): string {
    const bytes = readFileSync(capture);
    const name = `captures/${createHash("sha1").update(bytes).digest("hex")}.pcap`;
    if (!existsSync(join(this.#root, name))) writeFileSync(join(this.#root, name), bytes);
    return `${PLACE}/${name}`;
  }
}

function copyFile(from: string, to: string): void {
  if (statSync(from).isFile()) copyFileSync(from, to);
}

function isIdle(waiting: unknown, current: unknown): boolean {
  return waiting === 0 && /^"?None"?$/.test(String(current));
}

function ended(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return Promise.resolve();
  const timer = setTimeout(() => process.kill("SIGKILL"), 20_000);
  return new Promise((resolve) => {
    process.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
