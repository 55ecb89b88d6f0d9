/** `scripts/rules keygen` and `scripts/rules root`: signing keys, and who may sign what. */
import type { KeyObject } from "node:crypto";
import type { Argv } from "yargs";
import { encodeRoots } from "#agent/update/bundle.js";
import type { TrustedRoot } from "#agent/update/root-document.js";
import { writeWhole } from "./bundle-file.js";
import { makeKeyFiles, type PublicKeyFile, readPrivateKey, readPublicKey } from "./key-file.js";
import { OperatorError } from "./operator-error.js";
import { passphraseSource } from "./passphrase.js";
import { draftOf, firstRoot, followingRoot, type RootDraft, readRootChain } from "./roots.js";
import type { Say } from "./say.js";
import { dayFrom } from "./time.js";

interface KeygenArguments {
  readonly name: string;
  readonly passphraseFile: string | undefined;
  readonly open: boolean;
}

export function keygenOptions(yargs: Argv) {
  return yargs
    .positional("name", { type: "string", demandOption: true, describe: "Writes NAME.key and NAME.pub" })
    .option("passphrase-file", { type: "string", describe: "Its first line seals the key" })
    .option("open", {
      type: "boolean",
      default: false,
      describe: "Do not seal the key (tests, hardware stores)",
    })
    .example("$0 keygen keys/root-1", "A sealed key; on a machine without network for the root");
}

export function runKeygen(say: Say, { name, passphraseFile, open }: KeygenArguments): void {
  const passphrase = open ? undefined : passphraseSource(passphraseFile, "Passphrase for the new key: ")();
  const keyId = makeKeyFiles(name, passphrase);
  say.done({ keyId, privateKey: `${name}.key`, publicKey: `${name}.pub` }, [
    `${name}.key  keep it secret${open ? "; IT IS NOT SEALED" : ", sealed under the passphrase"}`,
    `${name}.pub  key ${keyId}`,
  ]);
}

interface RootArguments {
  readonly file: string;
  readonly rootKey: readonly string[];
  readonly rootThreshold: number | undefined;
  readonly rulesKey: readonly string[];
  readonly rulesThreshold: number | undefined;
  readonly removeRulesKey: readonly string[];
  readonly removeRootKey: readonly string[];
  readonly floorVendor: number | undefined;
  readonly floorSite: number | undefined;
  readonly days: number;
  readonly key: readonly string[];
  readonly passphraseFile: string | undefined;
}

const list = { type: "string", array: true, default: [] as string[] } as const;

export function rootOptions(yargs: Argv) {
  return yargs
    .positional("file", {
      type: "string",
      demandOption: true,
      describe: "File of roots; made where it is missing",
    })
    .option("root-key", { ...list, describe: "Public keys that may sign the next root, in addition" })
    .option("root-threshold", { type: "number", describe: "How many of them must" })
    .option("rules-key", { ...list, describe: "Public keys that may sign rules, in addition" })
    .option("rules-threshold", { type: "number", describe: "How many of them must" })
    .option("remove-rules-key", { ...list, describe: "Key ids (or beginnings) that may no longer" })
    .option("remove-root-key", { ...list, describe: "The same for the next root" })
    .option("floor-vendor", { type: "number", describe: "Boxes take no vendor version below it" })
    .option("floor-site", { type: "number", describe: "Boxes take no site version below it" })
    .option("days", { type: "number", default: 3650, describe: "How long the root is valid" })
    .option("key", {
      ...list,
      demandOption: true,
      describe: "Private keys to sign with: those of the last root and of the new",
    })
    .option("passphrase-file", { type: "string", describe: "Passphrase of these keys" })
    .example(
      "$0 root roots --root-key r1.pub r2.pub --root-threshold 2 --rules-key a.pub --key r1.key r2.key",
      "The first root",
    )
    .example(
      "$0 root roots --rules-key b.pub --remove-rules-key 3f9a --floor-vendor 41 --key r1.key r2.key",
      "A rules key was lost: the next root; every later bundle carries it",
    );
}

export function runRoot(say: Say, args: RootArguments): void {
  const chain = chainOf(args.file);
  const last = chain.at(-1);
  const draft = draftFrom(args, last);
  const keys = readKeys(args.key, args.passphraseFile);
  const root = last === undefined ? firstRoot(draft, keys) : followingRoot(last, draft, keys);
  writeWhole(args.file, encodeRoots([...chain, root]));
  const { version, expires, roles } = root.root;
  say.done({ version, expires, roles }, [
    `${args.file}: root ${version}, valid until ${expires}`,
    `  next root: ${roles.root.threshold} of ${roles.root.keys.length} keys; rules: ${roles.rules.threshold} of ${roles.rules.keys.length} keys`,
  ]);
}

/** Private keys; all have the passphrase of the file or variable, or each is asked for. */
export function readKeys(paths: readonly string[], passphraseFile: string | undefined): KeyObject[] {
  return paths.map((path) =>
    readPrivateKey(path, passphraseSource(passphraseFile, `Passphrase of ${path}: `)),
  );
}

function chainOf(file: string): TrustedRoot[] {
  try {
    return readRootChain(file);
  } catch (error) {
    if (error instanceof OperatorError && error.message.includes("ENOENT")) return [];
    throw error;
  }
}

function draftFrom(args: RootArguments, last: TrustedRoot | undefined): RootDraft {
  const before = last && draftOf(last);
  const root = keysOf(before?.root.keys ?? [], args.rootKey, args.removeRootKey);
  const rules = keysOf(before?.rules.keys ?? [], args.rulesKey, args.removeRulesKey);
  return {
    created: new Date().toISOString(),
    expires: dayFrom(args.days),
    root: { keys: root, threshold: args.rootThreshold ?? before?.root.threshold ?? 1 },
    rules: { keys: rules, threshold: args.rulesThreshold ?? before?.rules.threshold ?? 1 },
    floors: {
      vendor: args.floorVendor ?? before?.floors.vendor ?? 0,
      site: args.floorSite ?? before?.floors.site ?? 0,
    },
  };
}

function keysOf(
  before: readonly PublicKeyFile[],
  added: readonly string[],
  removed: readonly string[],
): PublicKeyFile[] {
  for (const beginning of removed) {
    if (beginning.length < 4 || !before.some(({ keyId }) => keyId.startsWith(beginning))) {
      throw new OperatorError(`No key begins with ${beginning} (give at least four characters).`);
    }
  }
  const kept = before.filter(({ keyId }) => !removed.some((beginning) => keyId.startsWith(beginning)));
  const keys = new Map(kept.map((key) => [key.keyId, key]));
  for (const path of added) {
    const key = readPublicKey(path);
    keys.set(key.keyId, key);
  }
  return [...keys.values()];
}
