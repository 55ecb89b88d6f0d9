/** Owns the end of a segment: the same text, compressed with Brotli, under a name that says which records and times it holds. */
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { type Step, syncFolder } from "../base/state-folder.js";
import { closedName, readSegment, type SegmentFile } from "./segment.js";

const compress = promisify(brotliCompress);

/** @returns octets written; 0 where the segment holds no record yet */
export async function compressSegment(
  file: SegmentFile,
  folder: string,
  step: Step | undefined,
): Promise<number> {
  const text = readSegment(file);
  const times = [...text.matchAll(/^[0-9a-f]{16} \{"n":(\d+),"at":(-?\d+)/gm)];
  const [last, at] = [Number(times.at(-1)?.[1]), times.map((match) => Number(match[2]))];
  if (times.length === 0) return 0;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 };
  const packed = await compress(text, { params });
  const fromMs = at.reduce((least, one) => Math.min(least, one));
  const toMs = at.reduce((most, one) => Math.max(most, one));
  const name = closedName(file.first, last, fromMs, toMs);
  const partial = join(folder, `${name}.new`);
  await writeFile(partial, packed, { mode: 0o600, flush: true });
  step?.("segment-written");
  await rename(partial, join(folder, name));
  step?.("segment-renamed");
  syncFolder(folder);
  await rm(file.path);
  return packed.length;
}
