/**
 * Owns how a chain is taken up again after whatever has ended it. The key file says what is sealed; seals and records are held
 * against it. A torn end that was never sealed is cut off, as nobody was told that it is there. What was sealed and does not hold
 * is set aside untouched, and the chain goes on behind the last seal, so that the missing part shows. Where the key itself does not
 * fit, everything is set aside and another chain begins, which the monitor sees.
 */
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
} from "node:fs";
import { join } from "node:path";
import { type Step, syncFolder } from "../base/state-folder.js";
import { type EpochKey, makeKeyPair, readEpochKey, replaceEpochKey } from "./key-file.js";
import { isHintOf, linkOf, ORIGIN, parseLine, recordOf } from "./record.js";
import { parseSeal, type Seal, signSeal } from "./seal.js";
import { HELD_FOLDER, listSegments, parseHeader, readSegment, type SegmentFile } from "./segment.js";

export const SEALS_FILE = "seals.jsonl";
const ASIDE = "aside-";
/** Chains set aside that are kept; of more the oldest go. */
const MAX_ASIDE = 2;

/** Where a chain stands. */
export interface ChainState {
  readonly key: EpochKey;
  /** Last record. */
  readonly n: number;
  readonly link: Buffer;
  /** The segment that grows, if there is one. */
  readonly open: { readonly file: SegmentFile; readonly bytes: number; readonly fromMs: number } | undefined;
  /** What the recovery had to do; told in the record of the start. */
  readonly found: RecoveryFindings;
}

export interface RecoveryFindings {
  /** Octets of a record that was being written when the power went. */
  readonly tornBytes?: number;
  /** File of sealed records that do not hold, set aside. */
  readonly damaged?: string;
  /** Folder into which a chain without a fitting key was moved. */
  readonly setAside?: string;
}

/**
 * Take up the chain of a folder, or begin one.
 *
 * @throws the system's error where the folder cannot be read and written
 */
export function recoverChain(folder: string, device: string, wallMs: number, step: Step): ChainState {
  mkdirSync(join(folder, HELD_FOLDER), { recursive: true, mode: 0o700 });
  const key = readEpochKey(folder);
  const isThere = existsSync(join(folder, "key.json")) || existsSync(join(folder, SEALS_FILE));
  if (key === undefined || key.seal.device !== device || !settleSeals(folder, key.seal)) {
    const setAside = isThere ? putAside(folder, wallMs) : undefined;
    return begin(folder, device, wallMs, step, setAside);
  }
  return { key, ...settleSegments(folder, key.seal) };
}

/** Add a seal behind the others. */
function appendSeal(folder: string, { line }: Seal): void {
  const path = join(folder, SEALS_FILE);
  appendFileSync(path, `${line}\n`, { mode: 0o600 });
  syncFile(path);
  syncFolder(folder);
}

/** All whole lines of the file of seals; empty where there is none. */
export function readSealLines(folder: string): string[] {
  try {
    return readFileSync(join(folder, SEALS_FILE), "utf8").split("\n").slice(0, -1);
  } catch {
    return [];
  }
}

function begin(
  folder: string,
  device: string,
  wallMs: number,
  step: Step,
  setAside: string | undefined,
): ChainState {
  const [own, next] = [makeKeyPair(), makeKeyPair()];
  const seal = signSeal(
    {
      v: 1,
      chain: randomBytes(16).toString("hex"),
      device,
      epoch: 0,
      at: Math.trunc(wallMs),
      first: 1,
      last: 0,
      hash: ORIGIN.toString("hex"),
      previous: "",
      key: own.publicKey,
      next: next.publicKey,
    },
    own.privateKey,
  );
  const key = { privateKey: next.privateKey, seal };
  replaceEpochKey(folder, key, step);
  appendSeal(folder, seal);
  return { key, n: 0, link: ORIGIN, open: undefined, found: setAside === undefined ? {} : { setAside } };
}

/** Bring the file of seals in line with the last seal of the key. False: they are not of one chain. */
export function settleSeals(folder: string, last: Seal): boolean {
  const path = join(folder, SEALS_FILE);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) {
    truncateSync(path, Buffer.byteLength(whole));
    syncFile(path);
  }
  const newest = parseSeal(whole.slice(whole.lastIndexOf("\n", whole.length - 2) + 1, -1));
  if (newest?.digest === last.digest) return true;
  const isNext = newest === undefined ? whole === "" && last.epoch === 0 : last.previous === newest.digest;
  if (isNext) appendSeal(folder, last);
  return isNext;
}

function settleSegments(folder: string, seal: Seal): Omit<ChainState, "key"> {
  const segments = listSegments(folder);
  for (const { path, first, closed } of segments) {
    const isCompressed = segments.some((other) => other.closed && other.first === first);
    if (closed === undefined && isCompressed) rmSync(path);
  }
  const sealed = { n: seal.last, link: Buffer.from(seal.hash, "hex") };
  const newest = segments.filter((file) => existsSync(file.path)).at(-1);
  if (newest === undefined || newest.closed) {
    const isWhole = (newest?.closed?.last ?? 0) === seal.last;
    return { ...sealed, open: undefined, found: isWhole ? {} : { damaged: newest?.name ?? "" } };
  }
  const walk = walkOpen(newest, seal);
  if (walk === undefined) {
    if (newest.first > seal.last) {
      // Begun when the power went: nothing of it was ever told to be there.
      rmSync(newest.path);
      return { ...sealed, open: undefined, found: { tornBytes: newest.bytes } };
    }
    const name = `damaged-${newest.name}`;
    renameSync(newest.path, join(folder, name));
    syncFolder(folder);
    return { ...sealed, open: undefined, found: { damaged: name } };
  }
  const { n, link, bytes, fromMs } = walk;
  const tornBytes = newest.bytes - bytes;
  if (tornBytes > 0) {
    truncateSync(newest.path, bytes);
    syncFile(newest.path);
  }
  return { n, link, open: { file: newest, bytes, fromMs }, found: tornBytes > 0 ? { tornBytes } : {} };
}

/** Walk the segment that grows as far as it holds; undefined where that is not as far as the seal says. */
function walkOpen(file: SegmentFile, seal: Seal) {
  const lines = readSegment(file).split("\n");
  const header = parseHeader(lines[0]!);
  if (header === undefined || header.chain !== seal.chain || header.first !== file.first || lines.length < 2)
    return undefined;
  let link: Buffer = Buffer.from(header.previous, "hex");
  let n = header.first - 1;
  let bytes = Buffer.byteLength(lines[0]!) + 1;
  let fromMs = Number.NaN;
  let isSealMet = n === seal.last && header.previous === seal.hash;
  for (const text of lines.slice(1, -1)) {
    const line = parseLine(text);
    if (line?.json === undefined) break;
    const next = linkOf(link, line.digest);
    const record = recordOf(line.json, n + 1);
    if (!isHintOf(line, next) || record === undefined) break;
    if (Number.isNaN(fromMs)) fromMs = record.at;
    link = next;
    n++;
    bytes += Buffer.byteLength(text) + 1;
    if (n === seal.last) isSealMet = link.toString("hex") === seal.hash;
  }
  return isSealMet ? { n, link, bytes, fromMs } : undefined;
}

function putAside(folder: string, wallMs: number): string {
  const name = `${ASIDE}${String(Math.trunc(wallMs)).padStart(15, "0")}`;
  const target = join(folder, name);
  const others = readdirSync(folder).filter((entry) => entry.startsWith(ASIDE));
  for (const oldest of others.sort().slice(0, Math.max(0, others.length - MAX_ASIDE + 1)))
    rmSync(join(folder, oldest), { recursive: true, force: true });
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(folder)) {
    if (!entry.startsWith(ASIDE) && entry !== "lock") renameSync(join(folder, entry), join(target, entry));
  }
  mkdirSync(join(folder, HELD_FOLDER), { mode: 0o700 });
  syncFolder(target);
  syncFolder(folder);
  return name;
}

function syncFile(path: string): void {
  const fd = openSync(path, "r+");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
