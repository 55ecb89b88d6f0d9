/**
 * Field by field against tshark on the public corpus: real traffic (sets et and etany), and of the constructed captures
 * those of the protocols compared. Both sides are taken as multisets per capture. Where they differ for a reason, the
 * capture is listed with it and left out; on the rest at least 99.5 % are equal for every fact.
 *
 * tshark verifies checksums, and puts segments in order before it reads them. What it read is recorded in tshark-facts.txt;
 * the installed one reads a sample of the captures, and those that are not recorded. SEKISHO_FIELDS=live has it read all,
 * SEKISHO_FIELDS=record records that too; SEKISHO_TSHARK names another tshark (4.2 and later know JA4);
 * SEKISHO_FIELDS_REPORT=1 prints counts and differences.
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
import { type RecordedCapture, readRecordedFacts, writeRecordedFacts } from "../support/recorded-facts.js";
import { sekisho } from "../support/sekisho-process.js";
import { tsharkArguments, tsharkFacts, tsharkKnowsJa4 } from "../support/tshark-fields.js";

/** Another one than the installed one, to compare with a newer version. */
const TSHARK = process.env.SEKISHO_TSHARK ?? "tshark";
const version = spawnSync(TSHARK, ["--version"], { encoding: "utf8" });
const hasTshark = version.status === 0;
const hasJa4 = hasTshark && tsharkKnowsJa4(version.stdout);
const { SEKISHO_FIELDS: mode } = process.env;
const RECORD = fileURLToPath(new URL("tshark-facts.txt", import.meta.url));
const recorded = readRecordedFacts(RECORD);
/** Of the captures in which something was read one in so many is read by tshark all the same. */
const SAMPLE = 8;
const CORPUS = fileURLToPath(new URL("../../../shared/corpus", import.meta.url));
const PROTOCOL_TESTS = /^(?:dhcp|dns|http|ja3|ja4|quic|smb|ssh|tls)/;
/** Ten thousand times the same message: a difference elsewhere would not count beside it. */
const FLOOD = "dhcp-request-flood";
/** tshark processes at a time. */
const WORKERS = 2;
const MIN_EQUAL_SHARE = 0.995;

const SOCKS = "tshark goes on behind a SOCKS handshake; SOCKS is not opened here";
const MIDSTREAM = "captured without its handshake: such connections are not followed (Suricata's default)";
const INSIDE = "TLS behind the handshake of another protocol, which is not opened here";
const NO_SIGNATURE_ALGORITHMS =
  "a hello without signature algorithms: Suricata 7 hashes the underscore behind the extensions all the same";
const CUT_RESPONSE = "the response ends before it is complete: tshark shows no message";
const ANONYMOUS =
  "an anonymous log-on in small segments: tshark gives no field for empty names, or no request at all";

/** What is left out of some facts: a capture, by its name without the set, or some of its texts; with the reason. */
const LEFT_OUT: readonly (readonly [facts: RegExp, capture: string, reason: string, texts?: RegExp])[] = [
  [/^http/, "arkime__tests__pcap__socks-http-pass", SOCKS],
  [/^http/, "ndpi__tests__cfgs__default__pcap__socks", SOCKS],
  [/^http/, "ndpi__tests__cfgs__default__pcap__malware", MIDSTREAM],
  [/^http/, "ndpi__tests__cfgs__default__pcap__soap", MIDSTREAM],
  [
    /^http (?:status|type)/,
    "arkime__tests__pcap__http-content-gzip",
    "tshark counts a retransmitted response again",
  ],
  [/^http (?:status|type)/, "http-close-headers", CUT_RESPONSE],
  [/^http (?:status|type)/, "http-evader__http-evader-052", CUT_RESPONSE],
  [/^http (?:status|type)/, "http-evader__http-evader-086", CUT_RESPONSE],
  [
    /^http (?:status|type)/,
    "http-evader__http-evader-469",
    "a status of one digit: tshark reads it as absent",
  ],
  [
    /^http (?:status|type)/,
    "http-evader__http-evader-488",
    "a line of another protocol in front of the status line: as in libhtp it is skipped",
  ],
  [/^http/, "http-not09-file", "octets that are no HTTP in the middle of a connection"],
  [
    /^http (?:status|type)/,
    "zeek__testing__btest__Traces__http__entity_gap",
    "a hole in the body: tshark shows no response",
  ],
  [
    /^http (?:status|type)/,
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
  [/^tls/, "ndpi__tests__cfgs__default__pcap__rdp", INSIDE],
  [/^tls/, "ndpi__tests__cfgs__default__pcap__rdp_over_tls", INSIDE],
  [/^tls/, "zeek__testing__btest__Traces__rdp__rdp-no-cookie-mstshash", INSIDE],
  [/^tls ja4/, "arkime__tests__pcap__openssl-tls1_1", NO_SIGNATURE_ALGORITHMS, /^t11i460400_/],
  [/^tls ja4/, "ndpi__tests__cfgs__default__pcap__alexa-app", NO_SIGNATURE_ALGORITHMS, /^t10i140200_/],
  [
    /^tls cert/,
    "ndpi__tests__cfgs__default__pcap__6in4tunnel",
    "a certificate that tshark 4.0 does not put together",
  ],
  [
    /^tls cert/,
    "arkime__tests__pcap__openssl-tls1_1",
    "all checksums are wrong: tshark puts nothing together",
  ],
  [/^tls/, "ndpi__tests__cfgs__default__pcap__pop3_stls", INSIDE],
  [/^tls/, "ndpi__tests__cfgs__default__pcap__openvpn_nohmac_tcp", INSIDE],
  [/^tls/, "zeek__testing__btest__Traces__mysql__tls-12-amazon-rds", INSIDE],
  [/^tls/, "zeek__testing__btest__Traces__mysql__tls-13-amazon-rds", INSIDE],
  [/^tls/, "zeek__testing__btest__Traces__postgresql__psql-aws-ssl-preferred", INSIDE],
  [/^tls/, "ndpi__tests__cfgs__default__pcap__steam", MIDSTREAM],
  [/^tls/, "ndpi__tests__cfgs__default__pcap__tls_multiple_synack_different_seq", MIDSTREAM],
  [
    /^smb log/,
    "zeek__testing__btest__Traces__smb__smb1_transaction2_secondary_request",
    "a log-on without NTLMSSP, for which tshark has other fields",
  ],
  [
    /^smb file/,
    "zeek__testing__btest__Traces__smb__raw_ntlm_in_smb",
    "the stream of a file: tshark gives no name",
    /:com\.apple/,
  ],
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
  readonly sha1: string;
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
        const sha1 = createHash("sha1").update(readFileSync(path)).digest("hex");
        if (seen.has(sha1)) return [];
        seen.add(sha1);
        return [{ name: `${set}/${name}`, path, sha1 }];
      }),
  );
}

function isReadByTshark({ sha1 }: Capture): boolean {
  if (!hasTshark) return false;
  const record = recorded.bySha1.get(sha1);
  if (mode !== undefined || record === undefined) return true;
  const isSampled = Number.parseInt(sha1.slice(0, 8), 16) % SAMPLE === 0;
  return isSampled && FACTS.some((fact) => record[fact].length > 0);
}

/** A tshark without JA4 leaves what another one said of it. */
function withJa4(reading: FactTexts, record: FactTexts | undefined): FactTexts {
  if (hasJa4 || record === undefined) return reading;
  return { ...reading, "tls ja4": record["tls ja4"], "quic ja4": record["quic ja4"] };
}

/** What tshark reads now, by SHA-1. */
async function tsharkReadings(captures: readonly Capture[]): Promise<Map<string, FactTexts>> {
  const run = promisify(execFile);
  const readings = new Map<string, FactTexts>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < captures.length; index = next++) {
      const { path, sha1 } = captures[index]!;
      const options = { maxBuffer: 64 * 1024 * 1024 };
      // A capture that ends within a packet is an error after all that could be read was written.
      const { stdout } = await run(TSHARK, tsharkArguments(path, hasJa4), options).catch(
        (error: { stdout: string }) => error,
      );
      readings.set(sha1, tsharkFacts(stdout));
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return readings;
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

const isLeftOut = (fact: Fact, capture: string, text: string): boolean =>
  LEFT_OUT.some(
    ([facts, name, , texts]) =>
      facts.test(fact) && capture.endsWith(`/${name}`) && (texts === undefined || texts.test(text)),
  );

const missing = existsSync(CORPUS) ? "" : "../shared/corpus is not there";
const title = "fields of the public corpus beside tshark's";

describe.skipIf(missing !== "")(missing === "" ? title : `${title} (skipped: ${missing})`, () => {
  const tallies = new Map<Fact, Tally>(FACTS.map((fact) => [fact, { equal: 0, differences: [] }]));
  /** Recorded and read now, of the captures for which there are both. */
  const sample: Tally = { equal: 0, differences: [] };
  const folder = mkdtempSync(join(tmpdir(), "sekisho-fields-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(async () => {
    const captures = corpusCaptures();
    const output = (index: number): string => join(folder, `${index}.json`);
    const list = join(folder, "list.tsv");
    writeFileSync(list, captures.map(({ path }, index) => `${path}\t${output(index)}\n`).join(""));
    const { code, err } = sekisho(["replay", "--records", "--more", "--batch", list]);
    expect(code, err).toBe(0);
    const readings = await tsharkReadings(captures.filter(isReadByTshark));
    const told: RecordedCapture[] = [];
    for (const [index, { name, sha1 }] of captures.entries()) {
      const ours: FactTexts = eveFacts(readFileSync(output(index), "utf8"));
      const record = recorded.bySha1.get(sha1);
      const read = readings.get(sha1);
      const reading = read && withJa4(read, record);
      const theirs = reading ?? record;
      if (theirs === undefined) continue;
      told.push({ name, sha1, facts: theirs });
      if (reading && record) for (const fact of FACTS) compare(sample, name, record[fact], reading[fact]);
      for (const [fact, tally] of tallies) {
        const isKept = (text: string): boolean => !isLeftOut(fact, name, text);
        const kept = [ours[fact], theirs[fact]].map((texts) => texts.filter(isKept));
        // tshark names an opened file once, and not with every request for it.
        const [our, their] = fact === "smb file" ? kept.map((texts) => [...new Set(texts)]) : kept;
        compare(tally, name, our!, their!);
      }
    }
    if (mode === "record") writeRecordedFacts(RECORD, version.stdout.split("\n", 1)[0]!, told);
  }, 600_000);

  test.skipIf(!hasTshark)("the recorded readings are those of a tshark (skipped without tshark)", () => {
    const { equal, differences } = sample;
    expect(equal).toBeGreaterThan(20);
    expect(differences.length / equal, differences.join("\n")).toBeLessThan(0.02);
  });

  test.each<[Fact, number]>([
    ["dns", 580],
    ["dns answer", 100],
    ["tls sni", 170],
    ["tls ja3", 180],
    ["tls ja3s", 100],
    ["tls ja4", 170],
    ["tls certificate", 10],
    ["http request", 60],
    ["http host", 60],
    ["http agent", 50],
    ["http status", 50],
    ["http type", 10],
    ["quic sni", 1],
    ["quic ja4", 1],
    ["ssh software", 4],
    ["ssh hassh", 4],
    ["smb log-on", 10],
    ["smb tree", 1],
    ["smb file", 1],
    ["dhcp", 30],
  ])("%s: at least %i are equal, and hardly any differ", (fact, minCompared) => {
    const { equal, differences } = tallies.get(fact)!;
    if (process.env.SEKISHO_FIELDS_REPORT)
      process.stdout.write(
        `${fact}: ${equal} equal, ${differences.length} differ\n${differences.join("\n")}\n`,
      );
    expect(equal).toBeGreaterThanOrEqual(minCompared);
    expect(equal / (equal + differences.length), differences.join("\n")).toBeGreaterThanOrEqual(
      MIN_EQUAL_SHARE,
    );
  });
});
