/**
 * The main job from end to end on one machine: a capture with a story is played to an agent, which matches rules, keeps
 * detections in SQLite and publishes incidents over an embedded broker to a monitor.
 *
 * Ends by itself: 0 when the monitor has everything, 1 otherwise.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import yargs from "yargs";
import {
  type Language,
  languageOf,
  type MessageKey,
  type MessageParams,
  translate,
} from "#agent/base/language.js";
import { writeStory } from "../story/story.js";
import { BrokerProcess } from "./broker-process.js";
import { Child } from "./child.js";
import { countUnsent, readMonitor } from "./outcome.js";
import { summarise } from "./summary.js";

const AGENT = fileURLToPath(new URL("../../main.js", import.meta.url));
const MONITOR = fileURLToPath(new URL("../monitor/main.js", import.meta.url));
/** How long the whole play may take before something is wrong. */
const PLAY_LIMIT_MS = 50_000;
/** Of the time that the play takes. */
const CUT_AFTER_SHARE = 0.45;
const CUT_MS = 4000;
/** Packet time of the story, seconds. */
const STORY_S = 900;

interface DemoOptions {
  readonly language: Language;
  readonly folder: string;
  readonly isKept: boolean;
  readonly pullsCable: boolean;
  readonly speed: number;
}

class Demo {
  readonly #options: DemoOptions;
  readonly #broker = new BrokerProcess();
  readonly #log: string[] = [];
  #children: Child[] = [];

  constructor(options: DemoOptions) {
    this.#options = options;
  }

  async play(): Promise<number> {
    const { folder, language, pullsCable } = this.#options;
    const path = (name: string): string => join(folder, name);
    const facts = writeStory(path("office.pcap"));
    this.#say("demo.title");
    this.#say("demo.parts", { frames: facts.frames });
    const port = await this.#broker.start();
    const url = `mqtt://127.0.0.1:${port}`;
    writeFileSync(path("sekisho.yaml"), this.#configuration(url));
    const monitor = this.#start(
      MONITOR,
      ["--url", url, "--db", path("monitor.db"), "--lang", language],
      (line) => print(line),
    );
    let markEnd: () => void = () => undefined;
    const hasPlayed = new Promise<void>((done) => {
      markEnd = done;
    });
    const agent = this.#start(
      AGENT,
      ["run", "--config", path("sekisho.yaml"), "--lang", language],
      (line) => {
        this.#log.push(line);
        if (line.includes("the capture file has come to its end")) markEnd();
      },
    );
    const cable = pullsCable ? this.#pullCable() : Promise.resolve();
    await Promise.race([Promise.all([hasPlayed, cable]), agent.exited, sleep(PLAY_LIMIT_MS)]);
    // The last counts are on their way; the agent sends what is left while it stops.
    await sleep(1000);
    const agentCode = await agent.stop(8000);
    await monitor.stop(5000);
    await this.#broker.stop();
    writeFileSync(path("agent.log"), `${this.#log.join("\n")}\n`);
    const unsent = await countUnsent(path("sekisho.db"));
    const { messages, incidents } = await readMonitor(path("monitor.db"));
    for (const line of summarise(language, incidents, facts.insideDevices)) print(line);
    if (agentCode !== 0 || unsent > 0 || incidents.length === 0) {
      process.stderr.write(`${this.#log.join("\n")}\nagent exit code ${agentCode}, unsent ${unsent}\n`);
      return 1;
    }
    this.#say("demo.result.complete", { messages });
    if (this.#options.isKept) this.#say("demo.kept", { folder });
    return 0;
  }

  /** Leave no process and no folder behind. */
  async clean(): Promise<void> {
    for (const child of this.#children) if (!child.hasExited) child.kill();
    await this.#broker.stop();
    if (!this.#options.isKept) rmSync(this.#options.folder, { recursive: true, force: true });
  }

  async #pullCable(): Promise<void> {
    await sleep((CUT_AFTER_SHARE * STORY_S * 1000) / this.#options.speed);
    this.#say("demo.cable_pulled");
    await this.#broker.cut(CUT_MS);
    this.#say("demo.cable_back");
  }

  #start(script: string, args: readonly string[], onLine: (line: string) => void): Child {
    const child = new Child(script, args, onLine);
    this.#children.push(child);
    return child;
  }

  /** YAML is a superset of JSON. */
  #configuration(url: string): string {
    const { folder, language, speed } = this.#options;
    return JSON.stringify({
      device: { id: "demo-box" },
      home_net: ["192.168.10.0/24"],
      capture: { file: join(folder, "office.pcap"), speed },
      store: { path: join(folder, "sekisho.db"), budget_mib: 16 },
      uplink: { url },
      language,
    });
  }

  #say(key: MessageKey, params: MessageParams = {}): void {
    print(translate(this.#options.language, key, params));
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const language = languageOf(process.argv, process.env);
const describe = (key: MessageKey): { describe: string } => ({ describe: translate(language, key) });
const args = await yargs(process.argv.slice(2))
  .scriptName("scripts/demo")
  .locale(language)
  .option("lang", { choices: ["ja", "en"] as const, ...describe("cli.lang") })
  .option("pull-cable", { type: "boolean", default: false, ...describe("demo.option.pull_cable") })
  .option("keep", { type: "string", ...describe("demo.option.keep") })
  .option("speed", { type: "number", default: STORY_S / 20, ...describe("demo.option.speed") })
  .example("$0", translate(language, "demo.example.plain"))
  .example("$0 --pull-cable --lang ja", translate(language, "demo.example.cable"))
  .strict()
  .parseAsync();
if (args.keep !== undefined) mkdirSync(args.keep, { recursive: true });
const demo = new Demo({
  language,
  folder: args.keep === undefined ? mkdtempSync(join(tmpdir(), "sekisho-demo-")) : resolve(args.keep),
  isKept: args.keep !== undefined,
  pullsCable: args.pullCable,
  speed: args.speed,
});
// Whoever ends the demo from outside must not leave its agent and broker running on their own.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    void demo.clean().finally(() => process.exit(128 + constants.signals[signal]));
  });
}
try {
  process.exitCode = await demo.play();
} finally {
  await demo.clean();
}
