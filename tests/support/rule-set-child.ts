/**
 * A process that takes a rule set into force, confirms it and goes back, and that is cut at one of its steps: killed, or with the
 * power of its disk. Its argument is `RuleSetChildSettings` as JSON.
 */
import { RuleSetDesk } from "../../agent/update/rule-set-desk.js";
import { cutPower } from "./power-disk.js";
import { NOW_MS, READER } from "./rule-bundles.js";

export interface RuleSetChildSettings {
  readonly folder: string;
  readonly rootFile: string;
  /** Undefined: nothing is installed. */
  readonly bundle?: string;
  readonly goesBack?: boolean;
  /** Cut at this step, counted from 0; undefined: never. */
  readonly cutAt?: number;
  /** Where the disk is mounted whose power is cut; undefined: the process is killed. */
  readonly disk?: string | undefined;
}

/** Do the work; `onStep` is told the name and number of every step. */
export async function runRuleSetWork(
  { folder, rootFile, bundle, goesBack }: RuleSetChildSettings,
  onStep: (name: string) => void,
): Promise<RuleSetDesk> {
  const desk = new RuleSetDesk({ folder, rootFile, reader: READER, wallMs: () => NOW_MS, step: onStep });
  const ports = {
    compile: async () => undefined,
    tryOut: async () => undefined,
    adopt: async () => undefined,
  };
  desk.begin();
  await desk.resume(ports);
  if (bundle !== undefined) await desk.install(bundle, "test", ports);
  await desk.confirm();
  if (goesBack) await desk.goBack("rolled_back", "test", "test", ports);
  return desk;
}

async function main(argument: string): Promise<void> {
  const settings = JSON.parse(argument) as RuleSetChildSettings;
  let steps = 0;
  await runRuleSetWork(settings, () => {
    if (steps++ !== settings.cutAt) return;
    if (settings.disk !== undefined) cutPower(settings.disk);
    process.kill(process.pid, "SIGKILL");
    // The signal may take a moment; nothing is done in it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
}

if (process.argv[2]?.startsWith("{")) await main(process.argv[2]);
