/**
 * The traffic of the benchmarks: merged from the real captures of a corpus, or, where there is none, from the story of
 * an office morning that this repository tells itself. Written once and kept in the cache folder.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { writeStory } from "../story/story.js";
import { type MergedTraffic, writeMergedTraffic } from "./merged-traffic.js";

/** Rises when the same sources give other traffic. */
const TRAFFIC_VERSION = 2;
/** Folders of the corpus with captures of real networks. */
const REAL_TRAFFIC = ["et", "etany"];
/** Packets in the long capture, at least. */
const FULL_PACKETS = 2_000_000;
const QUICK_PACKETS = 200_000;

export interface Traffic extends MergedTraffic {
  readonly origin: string;
  readonly longPath: string;
  readonly shortPath: string;
}

/**
 * The captures, made where they are not there yet.
 *
 * @param corpus folder with et/ and etany/, each with NAME/input.pcap; the story is taken where it is not there
 * @param isQuick a tenth of the packets
 */
export function prepareTraffic(cache: string, corpus: string | undefined, isQuick: boolean): Traffic {
  mkdirSync(cache, { recursive: true });
  const fromCorpus = corpus === undefined ? [] : corpusCaptures(corpus);
  const origin = fromCorpus.length > 0 ? `${fromCorpus.length} captures of ${corpus}` : "the story";
  const sources = fromCorpus.length > 0 ? fromCorpus : [writtenStory(cache)];
  const wanted = isQuick ? QUICK_PACKETS : FULL_PACKETS;
  const key = createHash("sha256")
    .update(JSON.stringify([TRAFFIC_VERSION, wanted, sources.map((path) => [path, statSync(path).size])]))
    .digest("hex")
    .slice(0, 12);
  const path = (name: string) => join(cache, `traffic-${key}-${name}`);
  const files = { origin, longPath: path("long.pcap"), shortPath: path("short.pcap") };
  const facts = path("facts.json");
  if (existsSync(facts)) return { ...files, ...(JSON.parse(readFileSync(facts, "utf8")) as MergedTraffic) };
  process.stderr.write(`bench: making traffic from ${origin}\n`);
  const merged = writeMergedTraffic(sources, wanted, files.longPath, files.shortPath);
  writeFileSync(`${facts}.new`, JSON.stringify(merged));
  renameSync(`${facts}.new`, facts);
  return { ...files, ...merged };
}

function corpusCaptures(corpus: string): string[] {
  return REAL_TRAFFIC.flatMap((set) => {
    const folder = join(corpus, set);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name, "input.pcap"))
      .filter((path) => existsSync(path));
  });
}

/** The story as a capture of its own. */
export function writtenStory(cache: string): string {
  mkdirSync(cache, { recursive: true });
  const path = join(cache, "story.pcap");
  if (!existsSync(path)) writeStory(path);
  return path;
}
