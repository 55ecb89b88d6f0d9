/** `scripts/rules publish`, `rollout`, `status` and `withdraw`. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Argv } from "yargs";
import { systemClock } from "#agent/base/clock.js";
import { LAYERS, type Layer } from "#agent/update/layer.js";
import { verifyWithdrawal } from "#agent/update/withdrawal.js";
import { type BrokerArguments, BrokerLink, withBrokerOptions } from "./broker-link.js";
import { readBundleFile, verifyAsBox } from "./bundle-file.js";
import {
  ask,
  desiredFrom,
  publishContent,
  publishWithdrawal,
  readersOf,
  removeContent,
  retract,
  signedWithdrawal,
} from "./delivery.js";
import { type DeviceReport, FLEET_FILTERS, Fleet } from "./fleet.js";
import { readKeys } from "./key-commands.js";
import { OperatorError } from "./operator-error.js";
import { type RolloutPlan, ringsOf, rollOut } from "./rollout.js";
import { readRootChain } from "./roots.js";
import { devicesText, type Say } from "./say.js";

const list = { type: "string", array: true, default: [] as string[] } as const;

interface BundleArguments extends BrokerArguments {
  readonly bundle: string;
  readonly roots: string;
  readonly url: string | undefined;
  readonly chunks: boolean;
  readonly replaces: string | undefined;
  readonly dryRun: boolean;
}

function withBundleOptions<T>(yargs: Argv<T>) {
  return withBrokerOptions(yargs)
    .positional("bundle", { type: "string", demandOption: true, describe: "Signed bundle" })
    .option("roots", {
      type: "string",
      demandOption: true,
      describe: "File of roots: the bundle is verified first",
    })
    .option("url", { type: "string", describe: "https://… where the same file lies" })
    .option("chunks", { type: "boolean", default: true, describe: "--no-chunks: only the URL" })
    .option("replaces", { type: "string", describe: "Earlier bundle, whose content leaves the broker" })
    .option("dry-run", { type: "boolean", default: false, describe: "Say what would be done" })
    .check(({ chunks, url }) => {
      if (url !== undefined && !url.startsWith("https://")) return "--url must begin with https://.";
      return chunks || url !== undefined || "--no-chunks needs --url.";
    });
}

interface PublishArguments extends BundleArguments {
  readonly device: readonly string[];
  readonly group: readonly string[];
}

export function publishOptions(yargs: Argv) {
  return withBundleOptions(yargs)
    .option("device", { ...list, describe: "Devices that are to have it" })
    .option("group", { ...list, describe: "Groups that are to have it" })
    .example("$0 publish office-7.bundle --roots roots --group offices", "A whole group at once");
}

export async function runPublish(say: Say, args: PublishArguments): Promise<number> {
  const { bytes, desired } = prepared(args);
  const readers = readersOf(args.device, args.group);
  if (!args.dryRun) {
    await withLink(args, async (link) => {
      await putContent(say, link, args, bytes);
      for (const reader of readers) await ask(link, reader, desired);
    });
  }
  say.done({ ...desired, readers }, [
    `${args.dryRun ? "would publish" : "published"} ${desired.layer} ${desired.version} (${bytes.length} bytes) for ${readers.join(", ") || "nobody yet"}`,
  ]);
  return 0;
}

interface RolloutArguments extends BundleArguments {
  readonly device: readonly string[];
  readonly devicesFile: string | undefined;
  readonly rings: string;
  readonly maxFailures: number;
  readonly ringTimeout: number;
  readonly settle: number;
  readonly wait: number;
}

export function rolloutOptions(yargs: Argv) {
  return withBundleOptions(yargs)
    .option("device", { ...list, describe: "Devices; default: all that have told the broker of themselves" })
    .option("devices-file", { type: "string", describe: "File with one device a line" })
    .option("rings", { type: "string", default: "1,10,50,100", describe: "Bounds of the rings in percent" })
    .option("max-failures", { type: "number", default: 0, describe: "Failures that are borne" })
    .option("ring-timeout", { type: "number", default: 120, describe: "Minutes a ring may take" })
    .option("settle", {
      type: "number",
      default: 2,
      describe: "Minutes a ring is looked at after its last confirmation",
    })
    .option("wait", { type: "number", default: 3, describe: "Seconds to hear which devices there are" })
    .check(
      ({ rings }) =>
        percentagesOf(rings) !== undefined || "--rings are rising percentages that end with 100.",
    )
    .example(
      "$0 rollout office-7.bundle --roots roots --rings 2,20,100",
      "2 %, then 20 %, then all; stops by itself",
    );
}

export async function runRollout(say: Say, args: RolloutArguments): Promise<number> {
  const { bytes, desired } = prepared(args);
  const percentages = percentagesOf(args.rings)!;
  const fleet = new Fleet();
  return withLink(
    args,
    async (link) => {
      await link.subscribe(...FLEET_FILTERS);
      // Which ring a device is in does not depend on what it says.
      if (!args.dryRun || args.device.length === 0) await sleep(args.wait * 1000);
      const plan: RolloutPlan = {
        layer: desired.layer,
        version: desired.version,
        percentages,
        devices: devicesFor(args, fleet),
        maxFailures: args.maxFailures,
        ringTimeoutMs: args.ringTimeout * 60_000,
        settleMs: args.settle * 60_000,
      };
      const rings = ringsOf(plan);
      if (args.dryRun) {
        say.done(
          { rings },
          rings.map((ring, i) => `ring ${i + 1} (${percentages[i]} %): ${ring.join(" ") || "-"}`),
        );
        return 0;
      }
      await putContent(say, link, args, bytes);
      const result = await rollOut(plan, {
        fleet,
        ask: (device) => ask(link, device, desired),
        retract: (device) => retract(link, device, desired.layer),
        nowMs: systemClock.monotonicMs,
        pause: (milliseconds) => sleep(milliseconds),
        progress: (line) => say.progress(line),
      });
      const { isDone, confirmed, failed, open, untouched } = result;
      say.done(result, [
        `${isDone ? "done" : "STOPPED"}: ${confirmed.length} confirmed, ${failed.length} failed, ${open.length} open, ${untouched.length} untouched`,
        ...failed.map(({ device, reason }) => `  ${device}: ${reason}`),
        ...(isDone ? [] : ["  Those that have it keep it, unless: scripts/rules withdraw"]),
      ]);
      return isDone ? 0 : 1;
    },
    (topic, payload) => fleet.receive(topic, payload),
  );
}

function percentagesOf(rings: string): number[] | undefined {
  const percentages = rings.split(",").map(Number);
  const isRising = percentages.every((to, i) => to > (percentages[i - 1] ?? 0) && to <= 100);
  return isRising && percentages.at(-1) === 100 ? percentages : undefined;
}

interface StatusArguments extends BrokerArguments {
  readonly wait: number;
}

export function statusOptions(yargs: Argv) {
  return withBrokerOptions(yargs)
    .option("wait", { type: "number", default: 3, describe: "Seconds to listen" })
    .example("$0 status --broker mqtts://monitor.example:8883", "Who runs what");
}

export async function runStatus(say: Say, args: StatusArguments): Promise<number> {
  const fleet = new Fleet();
  await withLink(
    args,
    async (link) => {
      await link.subscribe(...FLEET_FILTERS);
      await sleep(args.wait * 1000);
    },
    (topic, payload) => fleet.receive(topic, payload),
  );
  const { devices } = fleet;
  say.done(devices, [...aligned(devices.map(rowOf)), devicesText(devices.length)]);
  return 0;
}

interface WithdrawArguments extends BrokerArguments {
  readonly layer: Layer;
  readonly withdrawn: number;
  readonly reason: string;
  readonly roots: string | undefined;
  readonly key: readonly string[];
  readonly passphraseFile: string | undefined;
  readonly device: readonly string[];
  readonly group: readonly string[];
  readonly dryRun: boolean;
  readonly wait: number;
}

export function withdrawOptions(yargs: Argv) {
  return withBrokerOptions(yargs)
    .positional("withdrawn", { type: "number", demandOption: true, describe: "Version that is taken back" })
    .option("layer", { choices: LAYERS, default: "vendor" as Layer, describe: "Its layer" })
    .option("reason", { type: "string", demandOption: true, describe: "Why; boxes keep it" })
    .option("key", { ...list, demandOption: true, describe: "Rules keys, as many as sign a bundle" })
    .option("roots", { type: "string", describe: "File of roots: are these keys enough?" })
    .option("passphrase-file", { type: "string", describe: "File with the passphrase of these keys" })
    .option("device", { ...list, describe: "Devices; default: all that have told the broker of themselves" })
    .option("group", { ...list, describe: "Groups" })
    .option("wait", { type: "number", default: 3, describe: "Seconds to hear which devices there are" })
    .option("dry-run", { type: "boolean", default: false, describe: "Say what would be done" })
    .example(
      '$0 withdraw 7 --roots roots --key a.key --reason "false alarms of sid 2024001"',
      "Boxes go back to what was before",
    );
}

export async function runWithdraw(say: Say, args: WithdrawArguments): Promise<number> {
  const { layer, withdrawn: version, reason } = args;
  const keys = readKeys(args.key, args.passphraseFile);
  const envelope = signedWithdrawal({ layer, version, reason }, keys);
  if (args.roots !== undefined) verifyWithdrawal(envelope, readRootChain(args.roots).at(-1)!);
  const fleet = new Fleet();
  await withLink(
    args,
    async (link) => {
      let readers = readersOf(args.device, args.group);
      if (readers.length === 0) {
        await link.subscribe(...FLEET_FILTERS);
        await sleep(args.wait * 1000);
        readers = fleet.devices.map(({ device }) => device);
        if (readers.length === 0) throw nobody();
      }
      if (!args.dryRun) await publishWithdrawal(link, readers, layer, envelope);
      const what = args.dryRun ? "would be withdrawn from" : "is withdrawn from";
      say.done({ layer, version, reason, readers }, [
        `${layer} ${version} ${what} ${readers.join(", ")}`,
        ...(args.dryRun ? [] : ["  scripts/rules status shows who has followed"]),
      ]);
    },
    (topic, payload) => fleet.receive(topic, payload),
  );
  return 0;
}

function prepared(args: BundleArguments) {
  const bytes = readBundleFile(args.bundle);
  verifyAsBox(bytes, readRootChain(args.roots)[0]!, Date.now());
  return { bytes, desired: desiredFrom(bytes, args.url, args.chunks) };
}

async function putContent(say: Say, link: BrokerLink, args: BundleArguments, bytes: Buffer): Promise<void> {
  const desired = desiredFrom(bytes, args.url, args.chunks);
  if (args.chunks) {
    await publishContent(link, bytes, desired, (done, of) => {
      if (done === of || done % 50 === 0) say.progress(`content: ${done} of ${of} chunks`);
    });
  }
  if (args.replaces !== undefined) await removeContent(link, readBundleFile(args.replaces));
}

async function withLink<T>(
  args: BrokerArguments,
  work: (link: BrokerLink) => Promise<T>,
  onMessage: (topic: string, payload: Buffer) => void = () => undefined,
): Promise<T> {
  const link = await BrokerLink.open(args, onMessage);
  try {
    return await work(link);
  } finally {
    await link.close();
  }
}

function devicesFor({ device, devicesFile }: RolloutArguments, fleet: Fleet): readonly string[] {
  if (device.length > 0) return device;
  const devices =
    devicesFile === undefined
      ? fleet.devices.map((report) => report.device)
      : readFileSync(devicesFile, "utf8")
          .split(/\r?\n/)
          .filter((line) => line !== "" && !line.startsWith("#"));
  if (devices.length === 0) throw nobody();
  return devices;
}

function nobody(): OperatorError {
  return new OperatorError("No device has told the broker of itself; name them with --device.");
}

function rowOf({ device, state, verdict, rules }: DeviceReport): string[] {
  const sets = rules?.sets;
  const layers = LAYERS.map((layer) => {
    const set = sets?.active[layer];
    return set ? `${layer} ${set.name} ${set.version}` : "";
  }).filter((text) => text !== "");
  const bad = sets?.bad.at(-1);
  return [
    device,
    state ?? "?",
    verdict ?? "?",
    layers.join(", ") || "-",
    sets === undefined
      ? ""
      : sets.expired.length > 0
        ? "EXPIRED"
        : sets.phase === "confirming"
          ? "confirming"
          : sets.activity,
    bad ? `refused ${bad.layer} ${bad.version}: ${bad.reason}` : "",
  ];
}

/** Rows with their columns below each other. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
