import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCaptureFile } from "../../../agent/sensor/capture/capture-file.js";
import { type StoryFacts, writeStory } from "../../../scripts/story/story.js";
import { FrameLog, TemporaryFiles } from "../../support/capture-file.js";

const files = new TemporaryFiles();
const path = join(files.directory, "story.pcap");
let facts: StoryFacts;

beforeAll(() => {
  facts = writeStory(path);
});
afterAll(() => files.remove());

function digestOf(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

describe("the demo's capture", () => {
  it("is the same every time", () => {
    const again = join(files.directory, "again.pcap");
    expect(writeStory(again)).toEqual(facts);
    expect(digestOf(again)).toBe(digestOf(path));
  });

  it("is a whole capture in order of time, between the times it claims", () => {
    const log = new FrameLog();
    const result = readCaptureFile(path, log);
    expect(result).toMatchObject({ frames: facts.frames, truncatedFrames: 0 });
    expect(result.problem).toBeUndefined();
    expect(facts.frames).toBeGreaterThan(3000);
    let lastUs = facts.startUs;
    for (const { timeUs, linkType } of log.frames) {
      expect(timeUs).toBeGreaterThanOrEqual(lastUs);
      expect(linkType).toBe(1);
      lastUs = timeUs;
    }
    expect(lastUs).toBe(facts.endUs);
    expect(facts.endUs - facts.startUs).toBeLessThanOrEqual(900e6);
  });
});

/** Lines of `fields` of the frames that `filter` accepts, as tshark sees them with every checksum verified. */
function dissect(filter: string, ...fields: readonly string[]): string[][] {
  const checks = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);
  const output = ["-T", "fields", "-E", "separator=|", ...fields.flatMap((field) => ["-e", field])];
  const { stdout } = spawnSync("tshark", ["-n", ...checks, "-r", path, "-Y", filter, ...output], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("|"));
}

/** One dissection of everything, because tshark takes its time. */
const FIELDS = [
  ...["ip.src", "ip.dst", "tcp.stream", "tcp.flags", "tcp.dstport", "_ws.expert.severity"],
  ...["ip.checksum.status", "tcp.checksum.status", "udp.checksum.status"],
  ...["dns.qry.name", "dns.flags.response", "tls.handshake.type", "tls.handshake.extensions_server_name"],
  ...["http.request.method", "http.host", "http.request.uri", "http.user_agent"],
  ...["dhcp.option.dhcp", "dhcp.option.hostname", "dhcp.option.vendor_class_id", "eth.src", "eth.dst"],
] as const;
type Row = Record<(typeof FIELDS)[number], string>;

const hasTshark = spawnSync("tshark", ["--version"]).status === 0;

describe.skipIf(!hasTshark)(
  `the demo's capture in tshark's eyes${hasTshark ? "" : " (skipped: no tshark)"}`,
  () => {
    let rows: Row[];

    beforeAll(() => {
      rows = dissect("frame", ...FIELDS).map(
        (values) => Object.fromEntries(FIELDS.map((field, index) => [field, values[index] ?? ""])) as Row,
      );
    });

    it("has no malformed packet and no wrong checksum", () => {
      /** PI_ERROR of Wireshark's expert.h; malformed packets and bad checksums are errors. */
      const error = 0x0080_0000;
      expect(rows.length).toBe(facts.frames);
      const severe = rows.filter((row) =>
        row["_ws.expert.severity"].split(",").some((one) => Number(one) >= error),
      );
      expect(severe).toEqual([]);
      const statuses = (["ip", "tcp", "udp"] as const).flatMap((protocol) =>
        rows.flatMap((row) => row[`${protocol}.checksum.status`].split(",")),
      );
      expect(new Set(statuses)).toEqual(new Set(["1", ""]));
    });

    it("completes and ends every connection that was accepted", () => {
      const streams = new Map<string, Set<string>>();
      for (const row of rows) {
        if (row["tcp.stream"] === "") continue;
        const flags = streams.get(row["tcp.stream"]) ?? new Set();
        streams.set(row["tcp.stream"], flags.add(`${row["ip.src"]} ${Number(row["tcp.flags"])}`));
      }
      const fates = [...streams.values()].map((packets) => {
        const flags = [...packets].map((packet) => Number(packet.split(" ")[1]));
        if (flags.includes(0x14)) return "refused";
        if (!flags.includes(0x12)) return "ignored";
        return flags.filter((flag) => flag === 0x11).length === 2 ? "complete" : "torn";
      });
      const count = (fate: string): number => fates.filter((one) => one === fate).length;
      expect(count("torn")).toBe(0);
      expect(count("refused")).toBe(7);
      expect(count("ignored")).toBe(4);
      expect(count("complete")).toBeGreaterThan(100);
    });

    it("tells of the phone that joins", () => {
      const dhcp = rows.filter((row) => row["dhcp.option.dhcp"] !== "" && row["eth.src"] === facts.phone.mac);
      expect(dhcp.map((row) => row["dhcp.option.dhcp"])).toEqual(["1", "3"]);
      for (const row of dhcp) {
        expect(row["dhcp.option.hostname"]).toBe(facts.phone.hostName);
        expect(row["dhcp.option.vendor_class_id"]).toBe(facts.phone.vendorClass);
      }
      const answers = rows.filter(
        (row) => row["dhcp.option.dhcp"] !== "" && row["eth.dst"] === facts.phone.mac,
      );
      expect(answers.map((row) => row["dhcp.option.dhcp"])).toEqual(["2", "5"]);
    });

    it("tells of the look-ups, the beacons and the download, and nobody else does such things", () => {
      const asked = rows.filter(
        (row) => row["dns.qry.name"] === facts.command.name && row["dns.flags.response"] === "0",
      );
      expect(asked.length).toBe(facts.commandLookups);
      const beacons = rows.filter(
        (row) => row["tls.handshake.extensions_server_name"] === facts.command.name,
      );
      expect(beacons.length).toBe(facts.beacons);
      expect(new Set(beacons.map((row) => row["ip.dst"]))).toEqual(new Set([facts.command.address]));
      const downloads = rows.filter((row) => row["http.user_agent"] === facts.download.userAgent);
      expect(downloads.length).toBe(facts.downloads);
      expect(downloads[0]).toMatchObject({
        ...{ "http.request.method": "GET", "http.host": facts.download.host },
        ...{ "http.request.uri": facts.download.uri, "ip.dst": facts.download.address },
      });
      for (const row of [...asked, ...beacons, ...downloads]) expect(row["ip.src"]).toBe(facts.phone.address);
    });

    it("tells of the phone that knocks at every computer, and of the one that opens", () => {
      const knocks = rows.filter(
        (row) =>
          row["tcp.dstport"] === "445" &&
          Number(row["tcp.flags"]) === 2 &&
          row["ip.src"] === facts.phone.address,
      );
      expect(new Set(knocks.map((row) => row["ip.dst"]))).toEqual(new Set(facts.knockedAddresses));
      const opened = rows.filter(
        (row) =>
          Number(row["tcp.flags"]) === 0x12 &&
          row["ip.dst"] === facts.phone.address &&
          row["ip.src"].startsWith("192.168."),
      );
      expect(opened.map((row) => row["ip.src"])).toEqual([facts.openAddress]);
    });

    it("tells of an office that does much else meanwhile", () => {
      const names = new Set(
        rows.map((row) => row["tls.handshake.extensions_server_name"]).filter((name) => name !== ""),
      );
      expect(names.size).toBeGreaterThan(6);
      const hellos = rows.filter((row) => row["tls.handshake.type"].split(",")[0] === "1");
      expect(hellos.length).toBeGreaterThan(100);
      expect(hellos.every((row) => row["tls.handshake.extensions_server_name"] !== "")).toBe(true);
    });
  },
);
