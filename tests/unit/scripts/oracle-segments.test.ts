/** Connections of a capture changed segment by segment for the comparison with Suricata. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readCaptureFile } from "../../../agent/sensor/capture/capture-file.js";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { DATA_CHANGES } from "../../../scripts/oracle/data-changes.js";
import { END_CHANGES } from "../../../scripts/oracle/end-changes.js";
import { OPENING_CHANGES } from "../../../scripts/oracle/opening-changes.js";
import type { SegmentChange } from "../../../scripts/oracle/segment-parts.js";
import { changeConnections } from "../../../scripts/oracle/segments-file.js";
import { ascii } from "../../../scripts/story/bytes.js";
import { Random } from "../../../scripts/story/random.js";
import type { Station } from "../../../scripts/story/station.js";
import { TcpConversation } from "../../../scripts/story/tcp-conversation.js";
import { Wire } from "../../../scripts/story/wire.js";
import { sensorWith } from "../../support/sensor-with.js";

const CHANGES: Readonly<Record<string, SegmentChange>> = {
  ...OPENING_CHANGES,
  ...DATA_CHANGES,
  ...END_CHANGES,
};
/** Where nobody can know the request, or a server would not take it. */
const HIDING: ReadonlySet<string> = new Set([
  "syn-data-taken-silently",
  "syn-lost",
  "syn-ack-lost",
  "midstream",
  "other-data-before",
  "hole-at-start",
  "request-lost",
  "client-alone",
  "server-alone",
]);
const RULE =
  'alert http any any -> any any (flow:established,to_server; http.uri; content:"/needle"; endswith; sid:1;)';
const folder = mkdtempSync(join(tmpdir(), "segments-"));
afterAll(() => rmSync(folder, { recursive: true }));

const station = (address: string, mac: string): Station => ({
  name: address,
  mac,
  address,
  ttl: 64,
  answersAfterUs: 500,
});

/** A name looked up and a request of HTTP. */
function story(): string {
  const wire = new Wire();
  const client = station("192.168.10.20", "02:00:00:00:00:01");
  const server = station("203.0.113.5", "02:00:00:00:00:02");
  wire.udp(1_000_000, client, 5353, server, 53, ascii("question"));
  new TcpConversation(wire, new Random(1), client, server, 80, 2_000_000)
    .open()
    .clientSends(ascii("GET /needle HTTP/1.1\r\nHost: a.example\r\n\r\n"))
    .serverSends(ascii("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    .close();
  const path = join(folder, "story.pcap");
  writeFileSync(path, wire.capture().file);
  return path;
}

function framesOf(path: string): Buffer[] {
  const frames: Buffer[] = [];
  readCaptureFile(path, {
    frame: (bytes, offset, length) => frames.push(Buffer.from(bytes.slice(offset, offset + length))),
  });
  return frames;
}

function played(change: SegmentChange): number[] {
  const random = new Random(1);
  const path = join(folder, "changed.pcap");
  writeFileSync(
    path,
    changeConnections(story(), (connection) => change(connection, random)),
  );
  const limits = {
    ...DEFAULT_FLOW_LIMITS,
    maxFlows: 64,
    streamMemoryBytes: 1024 * 1024,
    verifiesChecksums: true,
  };
  const { sensor, sids } = sensorWith([RULE], { limits });
  readCaptureFile(path, sensor);
  sensor.finish();
  return sids;
}

test("a capture whose connections are left as they are has the same frames", () => {
  const path = join(folder, "changed.pcap");
  const before = framesOf(story());
  writeFileSync(
    path,
    changeConnections(story(), (connection) => connection),
  );
  expect(framesOf(path)).toEqual(before);
});

test.each(Object.keys(CHANGES).filter((name) => !HIDING.has(name)))(
  "a request is found whole: %s",
  (name) => {
    expect(played(CHANGES[name]!)[0]).toBe(1);
  },
);

test.each([...HIDING])("a request is not there, or in no connection: %s", (name) => {
  expect(played(CHANGES[name]!)).toEqual([]);
});
