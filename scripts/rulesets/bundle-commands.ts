/** `scripts/rules build`, `sign`, `verify` and `diff`. */
import { existsSync } from "node:fs";
import type { Argv } from "yargs";
import { keyIdOf, publicBytesOf } from "#agent/base/signing-key.js";
import { LAYERS, type Layer } from "#agent/update/layer.js";
import { roleOf } from "#agent/update/root-document.js";
import { readRoots } from "#agent/update/root-file.js";
import type { SigningRole } from "#agent/update/signed-document.js";
import {
  assembleBundle,
  type BundleFile,
  decodeBundle,
  encodeBundle,
  readBundleFile,
  signBundle,
  verifyAsBox,
  writeWhole,
} from "./bundle-file.js";
import { type Filters, gatherContent } from "./content.js";
import { type BundleDifference, bundleDifference } from "./difference.js";
import { readKeys } from "./key-commands.js";
import { OperatorError } from "./operator-error.js";
import { readRootChain } from "./roots.js";
import type { Say } from "./say.js";
import { dayFrom } from "./time.js";

const list = { type: "string", array: true, default: [] as string[] } as const;
const roots = { type: "string", demandOption: true, describe: "File of roots (scripts/rules root)" } as const;
const keys = { ...list, describe: "Private keys to sign with" } as const;
const passphrase = { type: "string", describe: "File with the passphrase of these keys" } as const;

interface BuildArguments extends Filters {
  readonly path: readonly string[];
  readonly out: string;
  readonly roots: string;
  readonly name: string;
  readonly layer: Layer;
  readonly version: number | undefined;
  readonly previous: string | undefined;
  readonly days: number;
  readonly tests: readonly string[];
  readonly device: readonly string[];
  readonly group: readonly string[];
  readonly minimumAgent: string;
  readonly key: readonly string[];
  readonly passphraseFile: string | undefined;
  readonly dryRun: boolean;
}

export function buildOptions(yargs: Argv) {
  return yargs
    .positional("path", {
      type: "string",
      array: true,
      demandOption: true,
      describe: "Rule files, lists, configuration, or folders",
    })
    .option("out", { type: "string", demandOption: true, describe: "Bundle to write" })
    .option("roots", roots)
    .option("name", { type: "string", demandOption: true, describe: "Name of the rule set" })
    .option("layer", {
      choices: LAYERS,
      default: "vendor" as Layer,
      describe: "vendor: instead of the shipped rules; site: in addition",
    })
    .option("set-version", { type: "number", describe: "Default: one above --previous, else 1" })
    .option("previous", { type: "string", describe: "Bundle before this one: its version, and what changes" })
    .option("days", { type: "number", default: 30, describe: "How long boxes may take it for the newest" })
    .option("tests", {
      ...list,
      describe: "Folders of tests that must pass on each box (sekisho rules test)",
    })
    .option("device", { ...list, describe: "Only for these devices" })
    .option("group", { ...list, describe: "Only for these groups" })
    .option("minimum-agent", { type: "string", default: "0.1.0", describe: "Oldest agent that may take it" })
    .option("disable-conf", { type: "string", describe: "Rules to switch off" })
    .option("enable-conf", { type: "string", describe: "Rules to switch on" })
    .option("drop-conf", { type: "string", describe: "Rules that are to say drop" })
    .option("modify-conf", { type: "string", describe: "Rules to change" })
    .option("key", keys)
    .option("passphrase-file", passphrase)
    .option("dry-run", { type: "boolean", default: false, describe: "Say what would be written" })
    .example(
      "$0 build rules/ lists/ --tests rules/tests --name office --roots roots --key a.key --out office-7.bundle --previous office-6.bundle",
      "The next version, signed",
    );
}

export function runBuild(say: Say, args: BuildArguments): void {
  const previous = args.previous === undefined ? undefined : decodeBundle(readBundleFile(args.previous));
  const gathered = gatherContent(args.path, args.tests, args);
  const version = args.version ?? (previous?.manifest.version ?? 0) + 1;
  if (previous && version <= previous.manifest.version) {
    throw new OperatorError(
      `Version ${version} is not above ${previous.manifest.version}; boxes would refuse it.`,
    );
  }
  const draft = {
    layer: args.layer,
    name: args.name,
    version,
    created: new Date().toISOString(),
    expires: dayFrom(args.days),
    minimumAgent: args.minimumAgent,
    targets: { devices: [...args.device], groups: [...args.group] },
  };
  const unsigned = assembleBundle(readRootChain(args.roots), draft, gathered.content);
  const bundle = signedWith(unsigned, args.key, args.passphraseFile);
  const difference = previous && bundleDifference(previous, bundle);
  const bytes = encodeBundle(bundle);
  if (!args.dryRun) writeWhole(args.out, bytes);
  const summary = summaryOf(bundle, bytes.length);
  say.done(
    {
      ...summary,
      changes: gathered.changes,
      passedOver: gathered.passedOver,
      problems: gathered.problems,
      difference,
    },
    [
      `${args.dryRun ? "would write " : ""}${args.out}: ${args.name} ${version} (${args.layer}), ${summary.parts} files, ${bytes.length} bytes`,
      ...signatureLines(bundle, args.out),
      ...Object.entries(gathered.changes).map(([kind, count]) => `  ${count} rules ${kind}`),
      ...gathered.passedOver.map((path) => `  passed over: ${path}`),
      ...gathered.problems.map(({ file, line, reason }) => `  ${file}:${line}: ${reason}`),
      ...(difference ? differenceLines(difference) : []),
    ],
  );
}

interface SignArguments {
  readonly bundle: string;
  readonly key: readonly string[];
  readonly passphraseFile: string | undefined;
}

export function signOptions(yargs: Argv) {
  return yargs
    .positional("bundle", { type: "string", demandOption: true, describe: "Bundle; signed in place" })
    .option("key", { ...keys, demandOption: true })
    .option("passphrase-file", passphrase)
    .example("$0 sign office-7.bundle --key b.key", "The second of two signers");
}

export function runSign(say: Say, { bundle: path, key, passphraseFile }: SignArguments): void {
  const bundle = signedWith(decodeBundle(readBundleFile(path)), key, passphraseFile);
  const bytes = encodeBundle(bundle);
  writeWhole(path, bytes);
  say.done(summaryOf(bundle, bytes.length), [`${path} is signed`, ...signatureLines(bundle, path)]);
}

/** Signs with keys that the bundle's own root names: with any other signature boxes would refuse all of it. */
function signedWith(
  bundle: BundleFile,
  paths: readonly string[],
  passphraseFile: string | undefined,
): BundleFile {
  const { keys } = rulesRole(bundle);
  return readKeys(paths, passphraseFile).reduce((signed, key, i) => {
    const keyId = keyIdOf(publicBytesOf(key)!);
    if (!keys.has(keyId)) {
      const known = [...keys.keys()].map((id) => `${id.slice(0, 16)}…`).join(", ");
      throw new OperatorError(
        `${paths[i]} (${keyId.slice(0, 16)}…) may not sign rules; the root names ${known}.`,
      );
    }
    return signBundle(signed, key);
  }, bundle);
}

function rulesRole({ head }: BundleFile): SigningRole {
  return roleOf(readRoots(head).at(-1)!.root, "rules");
}

function signatureLines(bundle: BundleFile, path: string): string[] {
  const { threshold } = rulesRole(bundle);
  const { length } = bundle.signed.signatures;
  const line = `  ${length} of ${threshold} signatures that are needed`;
  return length < threshold ? [`${line}; the next signer: scripts/rules sign ${path} --key …`] : [line];
}

interface VerifyArguments {
  readonly bundle: string;
  readonly roots: string;
}

export function verifyOptions(yargs: Argv) {
  return yargs
    .positional("bundle", { type: "string", demandOption: true, describe: "Bundle" })
    .option("roots", roots)
    .example(
      "$0 verify office-7.bundle --roots roots",
      "As a box would that was given the first of these roots",
    );
}

export function runVerify(say: Say, { bundle: path, roots: rootFile }: VerifyArguments): void {
  if (!existsSync(rootFile)) throw new OperatorError(`${rootFile} is missing.`);
  const bytes = readBundleFile(path);
  const chain = readRootChain(rootFile);
  verifyAsBox(bytes, chain[0]!, Date.now());
  const bundle = decodeBundle(bytes);
  const summary = summaryOf(bundle, bytes.length);
  say.done(summary, [
    `${path} is valid: ${summary.name} ${summary.version} (${summary.layer}), until ${summary.expires}`,
    `  ${summary.parts} files, ${summary.bytes} bytes`,
    ...signatureLines(bundle, path),
  ]);
}

interface DiffArguments {
  readonly before: string;
  readonly after: string;
}

export function diffOptions(yargs: Argv) {
  return yargs
    .positional("before", { type: "string", demandOption: true, describe: "Bundle" })
    .positional("after", { type: "string", demandOption: true, describe: "Bundle" })
    .example("$0 diff office-6.bundle office-7.bundle", "What changes");
}

export function runDiff(say: Say, { before, after }: DiffArguments): void {
  const difference = bundleDifference(
    decodeBundle(readBundleFile(before)),
    decodeBundle(readBundleFile(after)),
  );
  say.done(difference, differenceLines(difference));
}

const SHOWN = 20;

function differenceLines({ from, to, files, rules }: BundleDifference): string[] {
  const part = (mark: string, names: readonly string[]): string[] => {
    const more = names.length - SHOWN;
    return [
      ...names.slice(0, SHOWN).map((name) => `  ${mark} ${name}`),
      ...(more > 0 ? [`  ${mark} … and ${more} more`] : []),
    ];
  };
  const counts = (name: string, { added, removed, changed }: BundleDifference["rules"]) =>
    `${name}: ${added.length} added, ${removed.length} removed, ${changed.length} changed`;
  return [
    `version ${from} → ${to}`,
    counts("files", files),
    ...part("+", files.added),
    ...part("-", files.removed),
    ...part("~", files.changed),
    counts("rules", rules),
    ...part("+", rules.added),
    ...part("-", rules.removed),
    ...part("~", rules.changed),
  ];
}

/** What a machine wants to know of a bundle. */
export function summaryOf({ manifest, signed }: BundleFile, bytes: number) {
  const { name, layer, version, created, expires, minimumAgent, targets, parts } = manifest;
  const signatures = signed.signatures.map(({ keyId }) => keyId);
  return {
    name,
    layer,
    version,
    created,
    expires,
    minimumAgent,
    targets,
    parts: parts.length,
    bytes,
    signatures,
  };
}
