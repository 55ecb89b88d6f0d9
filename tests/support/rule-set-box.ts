/** Boxes with an agent that takes rule sets: folder, configuration, operator, bundles, and the commands of both sides. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CaptureWriter } from "../../agent/sensor/capture/capture-writer.js";
import type { Content } from "../../scripts/rulesets/bundle-file.js";
import { dnsQuery, TYPE_A } from "../../scripts/story/dns.js";
import { ethernet, ipv4, udp } from "./frames.js";
import { Operator } from "./rule-bundles.js";
import { MAIN } from "./sekisho-process.js";

const TOOL = fileURLToPath(new URL("../../dist/scripts/rulesets/main.js", import.meta.url));
const run = promisify(execFile);

/** Any name at all. */
export const LOUD =
  'alert dns any any -> any any (msg:"Any name"; dns.query; pcre:"/./"; sid:7100; rev:1;)\n';

/** A folder of the operator: roots, the rules key, bundles. */
export class OperatorFolder {
  readonly operator = new Operator();

  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "roots"), this.operator.rootFile(), { mode: 0o600 });
    const { privateKey } = this.operator.rulesKeys[0]!;
    writeFileSync(join(folder, "rules.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
  }

  /** A bundle that is valid now. @returns its path */
  bundle(version: number, content: readonly Content[]): string {
    const path = join(this.folder, `${version}.bundle`);
    const times = {
      created: new Date().toISOString(),
      expires: new Date(Date.now() + 86_400_000).toISOString(),
    };
    writeFileSync(path, this.operator.bytes({ version, ...times }, content));
    return path;
  }

  /** `scripts/rules` in this folder. @returns code and standard output */
  async rules(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    return await finished(process.execPath, [TOOL, ...args], this.folder);
  }
}

/** A box's folder with its configuration. */
export class BoxFolder {
  readonly config: string;

  /** @param settings of the configuration, over those that every box of a test has */
  constructor(
    readonly folder: string,
    readonly device: string,
    settings: object,
  ) {
    mkdirSync(join(folder, "data"), { recursive: true });
    this.config = join(folder, "sekisho.yaml");
    const usual = {
      device: { id: device },
      store: { path: join(folder, "data/sekisho.db") },
      control: { socket: join(folder, "c.sock") },
    };
    writeFileSync(this.config, JSON.stringify({ ...usual, ...settings }));
  }

  /** `sekisho rules …` on the box. */
  async sekisho(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    return await finished(process.execPath, [MAIN, ...args, "--config", this.config], this.folder);
  }
}

async function finished(program: string, args: readonly string[], cwd: string) {
  const env = { PATH: process.env.PATH, LANG: "C.UTF-8" };
  try {
    const { stdout, stderr } = await run(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    return { code, out: stdout ?? "", err: stderr ?? "" };
  }
}

/** A capture of questions for names, one every `everyUs`. */
export function questions(count: number, nameOf: (index: number) => string, everyUs: number): Uint8Array {
  const writer = new CaptureWriter(1, 512 * 1024 * 1024);
  for (let i = 0; i < count; i++) {
    const source = `192.168.10.${2 + (i % 200)}`;
    const query = udp(
      { sourcePort: 1024 + (i % 60_000), destinationPort: 53 },
      dnsQuery(i & 0xffff, nameOf(i), TYPE_A),
    );
    const frame = ethernet(ipv4({ source, destination: "192.168.10.1" }, query));
    writer.append(frame, 0, frame.length, frame.length, 1_700_000_000_000_000 + i * everyUs);
  }
  return writer.file();
}
