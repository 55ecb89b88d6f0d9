/**
 * Field by field against tshark on the public corpus: real traffic (sets et and etany), and of the constructed captures
 * those of the protocols compared. Both sides are taken as multisets per capture. Where they differ for a reason, the
 * capture is listed with it and left out; on the rest at least 99.5 % are equal for every fact.
 *
 * Checksums are verified by both. tshark puts segments in order before it reads them.
 */
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eveFacts, FACTS, type Fact, type FactTexts } from "../support/eve-fields.js";
import { sekisho } from "../support/sekisho-process.js";
import { tsharkArguments, tsharkFacts } from "../support/tshark-fields.js";

const CORPUS = fileURLToPath(new URL("../../../shared/corpus", import.meta.url));
const PROTOCOL_TESTS = /^(?:dhcp|dns|ja3|quic|smb|ssh|tls)/;
/** Ten thousand times the same message: a difference elsewhere would not count beside it. */
const FLOOD = "dhcp-request-flood";
/** tshark processes at a time. */
const WORKERS = 2;
const MIN_EQUAL_SHARE = 0.995;

const SOCKS = "tshark goes on behind a SOCKS handshake; SOCKS is not opened here";
const MIDSTREAM = "captured without its handshake: such connections are not followed (Suricata's default)";
const INSIDE = "TLS behind the handshake of another protocol, which is not opened here";
const ANONYMOUS =
  "an anonymous log-on in small segments: tshark gives no field for empty names, or no request at all";

/** Captures left out of some facts, by their names without the set, with the reason. */
const LEFT_OUT: readonly (readonly [facts: RegExp, capture: string, reason: string])[] = [
  [/^http/, "arkime__tests__pcap__socks-http-pass", SOCKS],
  [/^http/, "ndpi__tests__cfgs__default__pcap__socks", SOCKS],
  [/^http/, "ndpi__tests__cfgs__default__pcap__malware", MIDSTREAM],
  [/^http/, "ndpi__tests__cfgs__default__pcap__soap", MIDSTREAM],
  [/^http status/, "arkime__tests__pcap__http-content-gzip", "tshark counts a retransmitted response again"],
  [
    /^http status/,
    "zeek__testing__btest__Traces__http__entity_gap",
    "a hole in the body: tshark shows no response",
  ],
  [
    /^http status/,
    "zeek__testing__btest__Traces__spicy__gap-recovery",
    "a hole in a response: the responses behind it are not read here",
  ],
  [
    /^http/,
    "zeek__testing__btest__Traces__http__261__variant-03-cl_negative",
    "a negative Content-Length: as in libhtp nothing is read behind it",
  ],
  [/^http/, "zeek__doc__traces__quickstart", "a request method that tshark does not know (WEIRD)"],
  [
    /^http/,
    "zeek__doc__advanced__devel__plugins__connkey-vxlan-fivetuple-plugin-src__Traces__vxlan-overlapping-http-get",
    "the same connection in two tunnels at once: tshark takes it for one",
  ],
  [/^tls/, "ndpi__tests__cfgs__default__pcap__pop3_stls", INSIDE],
  [/^tls/, "ndpi__tests__cfgs__default__pcap__openvpn_nohmac_tcp", INSIDE],
  [/^tls/, "zeek__testing__btest__Traces__mysql__tls-12-amazon-rds", INSIDE],
  [/^tls/, "zeek__testing__btest__Traces__mysql__tls-13-amazon-rds", INSIDE],
  [/^tls/, "zeek__testing__btest__Traces__postgresql__psql-aws-ssl-preferred", INSIDE],
  [/^tls/, "ndpi__tests__cfgs__default__pcap__steam", MIDSTREAM],
  [/^tls/, "ndpi__tests__cfgs__default__pcap__tls_multiple_synack_different_seq", MIDSTREAM],
  [/^smb/, "smb-eicar-file-segmentation-postheader", ANONYMOUS],
  [/^smb/, "smb-eicar-file-segmentation-random", ANONYMOUS],
  [
    /^ssh/,
    "zeek__testing__btest__Traces__ssh__ssh.server-side-half-duplex",
    "only one direction was captured",
  ],
  [/^ssh/, "zeek__testing__btest__Traces__ssh__ssh-on-port-80", "tshark takes port 80 for HTTP"],
];

interface Capture {
  readonly name: string;
  readonly path: string;
}

function corpusCaptures(): Capture[] {
  const seen = new Set<string>();
  return ["et", "etany", "verify"].flatMap((set) =>
    readdirSync(join(CORPUS, set))
      .filter((name) => set !== "verify" || (PROTOCOL_TESTS.test(name) && name !== FLOOD))
      .sort()
      .flatMap((name) => {
        const path = join(CORPUS, set, name, "input.pcap");
        if (!existsSync(path)) return [];
        const hash = createHash("sha1").update(readFileSync(path)).digest("hex");
        if (seen.has(hash)) return [];
        seen.add(hash);
        return [{ name: `${set}/${name}`, path }];
      }),
  );
}

async function tsharkOutputs(captures: readonly Capture[]): Promise<string[]> {
  const run = promisify(execFile);
  const outputs: string[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < captures.length; index = next++) {
      const options = { maxBuffer: 64 * 1024 * 1024 };
      // A capture that ends within a packet is an error after all that could be read was written.
      const { stdout } = await run("tshark", tsharkArguments(captures[index]!.path), options).catch(
        (error: { stdout: string }) => error,
      );
      outputs[index] = stdout;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return outputs;
}

interface Tally {
  equal: number;
  readonly differences: string[];
}

/** Count what both have, and note what only one of them has. */
function compare(tally: Tally, capture: string, ours: readonly string[], theirs: readonly string[]): void {
  const left = new Map<string, number>();
  for (const text of ours) left.set(text, (left.get(text) ?? 0) + 1);
  for (const text of theirs) {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    if (count > 0) tally.equal++;
  }
  for (const [text, count] of left) {
    const side = count > 0 ? "only here" : "only tshark";
    for (let i = Math.abs(count); i > 0; i--) tally.differences.push(`${capture}: ${side}: ${text}`);
  }
}

const isLeftOut = (fact: Fact, capture: string): boolean =>
  LEFT_OUT.some(([facts, name]) => facts.test(fact) && capture.endsWith(`/${name}`));

const hasTshark = spawnSync("tshark", ["--version"]).status === 0;
const missing = !hasTshark
  ? "tshark is not installed"
  : !existsSync(CORPUS)
    ? "../shared/corpus is not there"
    : "";
const title = "fields of the public corpus beside tshark's";

describe.skipIf(missing !== "")(missing === "" ? title : `${title} (skipped: ${missing})`, () => {
  const tallies = new Map<Fact, Tally>(FACTS.map((fact) => [fact, { equal: 0, differences: [] }]));
  const folder = mkdtempSync(join(tmpdir(), "sekisho-fields-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(async () => {
    const captures = corpusCaptures();
    const output = (index: number): string => join(folder, `${index}.json`);
    const list = join(folder, "list.tsv");
    writeFileSync(list, captures.map(({ path }, index) => `${path}\t${output(index)}\n`).join(""));
    const { code, err } = sekisho(["replay", "--records", "--more", "--batch", list]);
    expect(code, err).toBe(0);
    const theirOutputs = await tsharkOutputs(captures);
    for (const [index, { name }] of captures.entries()) {
      const ours: FactTexts = eveFacts(readFileSync(output(index), "utf8"));
      const theirs = tsharkFacts(theirOutputs[index]!);
      for (const [fact, tally] of tallies) {
        if (!isLeftOut(fact, name)) compare(tally, name, ours[fact], theirs[fact]);
      }
    }
  }, 300_000);

  test.each<[Fact, number]>([
    ["dns", 580],
    ["tls sni", 170],
    ["tls ja3", 180],
    ["http request", 60],
    ["http host", 60],
    ["http status", 50],
    ["quic sni", 1],
    ["ssh software", 4],
    ["smb log-on", 10],
    ["dhcp", 30],
  ])("%s: at least %i are equal, and hardly any differ", (fact, minCompared) => {
    const { equal, differences } = tallies.get(fact)!;
    expect(equal).toBeGreaterThanOrEqual(minCompared);
    expect(equal / (equal + differences.length), differences.join("\n")).toBeGreaterThanOrEqual(
      MIN_EQUAL_SHARE,
    );
  });
});
