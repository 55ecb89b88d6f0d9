import { beforeEach, expect, test } from "vitest";
import { AppLayer } from "../../../../../agent/sensor/proto/app-layer.js";
import { Field, NumberField } from "../../../../../agent/sensor/proto/fields.js";
import { FRAME_NAMES } from "../../../../../agent/sensor/proto/frames/frame-kinds.js";
import { FrameReader } from "../../../../../agent/sensor/proto/frames/frame-reader.js";
import {
  type DirectionId,
  Protocol,
  type ProtocolId,
  TO_CLIENT,
  TO_SERVER,
} from "../../../../../agent/sensor/proto/protocols.js";

const FLOW = 0;
const MANY = 300;
const appLayer = new AppLayer([], MANY, () => undefined);
let told: string[] = [];
let reader: FrameReader;
let position = 0;

beforeEach(() => {
  told = [];
  position = 0;
  reader = new FrameReader(() => {
    const { message } = reader;
    const kind = message.number(NumberField.FRAME_KIND);
    const [name] = Object.entries(FRAME_NAMES.get(message.protocol) ?? {}).find(([, of]) => of === kind)!;
    const entry = message.first(Field.FRAME);
    const from = message.entryOffset[entry]!;
    const bytes = message.entryBytes[entry]!.subarray(from, from + message.entryLength[entry]!);
    told.push(`${name} ${Buffer.from(bytes).toString("hex")}`);
  });
});

function show(protocol: ProtocolId, hex: string, direction: DirectionId = TO_SERVER): void {
  appLayer.recognised[FLOW] = protocol;
  const { input } = appLayer;
  input.bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  input.offset = 0;
  input.end = input.bytes.length;
  input.direction = direction;
}

function stream(protocol: ProtocolId, hex: string, direction?: DirectionId): void {
  show(protocol, hex, direction);
  reader.readStream(FLOW, appLayer, position);
  position += appLayer.input.end;
}

const RECORDS = "16 0301 0002 0e00 15 0301 0002 0128";
const RECORD_PARTS = [
  "hdr 1603010002",
  "pdu 16030100020e00",
  "data 0e00",
  "hdr 1503010002",
  "pdu 15030100020128",
  "data 0128",
  "alert 0128",
];

test("records of TLS have a header, the whole and the data, alerts and heartbeats their data once more", () => {
  stream(Protocol.TLS, RECORDS);
  expect(told).toEqual(RECORD_PARTS);
});

test("where the stream is cut makes no difference, nor does what is shown twice", () => {
  const octets = RECORDS.replaceAll(" ", "").match(/../g)!;
  for (let cut = 1; cut < octets.length; cut++) {
    told = [];
    position = 0;
    stream(Protocol.TLS, octets.slice(0, cut).join(""));
    position = 0;
    stream(Protocol.TLS, octets.join(""));
    expect(told).toEqual(RECORD_PARTS);
    reader.forget(FLOW);
  }
});

test("a record that is cut is told at the end of the flow, a cut unit of SMB never", () => {
  stream(Protocol.TLS, "17 0303 0010 aabb");
  expect(told).toEqual([]);
  reader.finish(FLOW);
  expect(told).toEqual(["hdr 1703030010", "pdu 1703030010aabb", "data aabb"]);
  told = [];
  position = 0;
  stream(Protocol.SMB, "00000004 ff534d");
  reader.finish(FLOW);
  expect(told).toEqual([]);
});

test("behind a hole the next unit begins", () => {
  stream(Protocol.TLS, "17 0303 0010 aabb");
  position = 21;
  stream(Protocol.TLS, "15 0303 0001 01");
  expect(told.filter((part) => part.startsWith("hdr"))).toEqual(["hdr 1703030010", "hdr 1503030001"]);
});

test("SSL 2 has units of its own", () => {
  stream(Protocol.TLS, "8003 010301");
  expect(told).toEqual(["ssl2.hdr 800301", "ssl2.pdu 8003010301"]);
});

test("requests that SMB2 chains in one NetBIOS message are told one by one", () => {
  const header = (next: string) => `fe534d42${"00".repeat(16)}${next}${"00".repeat(40)}`;
  stream(Protocol.SMB, `00000082 ${header("41000000")} aa ${header("00000000")} bb`);
  const of = (name: string) => told.filter((part) => part.startsWith(`${name} `));
  expect(of("nbss.hdr")).toEqual(["nbss.hdr 00000082"]);
  expect(of("smb2.hdr")).toEqual([`smb2.hdr ${header("41000000")}`, `smb2.hdr ${header("00000000")}`]);
  expect(of("smb2.data")).toEqual(["smb2.data aa", "smb2.data bb"]);
});

const CALL = (version: string) =>
  `00000001 00000000 00000002 000186a3 0000000${version} 00000001 00000000 00000000 00000000 00000000`;

test("a call of NFS has credentials and what is asked, its reply a header, data and a status", () => {
  show(Protocol.NFS, `${CALL("3")} aabb`);
  reader.readDatagram(FLOW, appLayer);
  expect(told.slice(1)).toEqual(["rpc.creds 0000000000000000", "nfs.pdu aabb"]);
  told = [];
  show(Protocol.NFS, "00000001 00000001 00000000 00000000 00000000 00000000 00000002", TO_CLIENT);
  reader.readDatagram(FLOW, appLayer);
  expect(told.slice(1)).toEqual([
    "rpc.hdr 0000000100000001",
    "rpc.data 0000000000000000000000000000000000000002",
    "nfs.pdu 00000002",
    "nfs.status 00000002",
  ]);
});

test("version 4 of NFS has names of its own, and over TCP a record mark stands in front", () => {
  stream(Protocol.NFS, `80000031 ${CALL("4")} 0000000000000001 cc`);
  expect(told.slice(2)).toEqual(["nfs4.pdu 0000000000000001cc", "nfs4.hdr 0000000000000001", "nfs4.ops cc"]);
});

test("DNS, MQTT and telnet", () => {
  stream(Protocol.DNS, "0002 abcd");
  stream(Protocol.MQTT, "30 8101 ".padEnd(8 + 2 * 129, "6"));
  expect(told.slice(0, 1)).toEqual(["pdu abcd"]);
  told = [];
  position = 0;
  reader.forget(FLOW);
  stream(Protocol.MQTT, "c000");
  expect(told).toEqual(["pdu c000", "header c000"]);
  told = [];
  position = 0;
  stream(Protocol.TELNET, "fffb01 fffa1801fff0 6c6f0a 6e");
  reader.finish(FLOW);
  const text = ["data 6c6f0a", "data 6e"];
  expect(told.filter((part) => !part.startsWith("pdu"))).toEqual(["ctl fffb01", "ctl fffa1801fff0", ...text]);
});

test("a stream that is no such protocol is not read any further", () => {
  stream(Protocol.TLS, "474554 15 0303 0001 01");
  stream(Protocol.TLS, "15 0303 0001 01");
  reader.finish(FLOW);
  expect(told).toEqual([]);
});

test("a unit that claims to be longer than is kept is told cut, and the next one is found", () => {
  const body = "00".repeat(50_000);
  stream(Protocol.SMB, `00011170 ${body}`);
  stream(Protocol.SMB, body.slice(0, 40_000));
  stream(Protocol.SMB, "00000001 aa");
  expect(told).toEqual(["nbss.pdu 00000001aa", "nbss.hdr 00000001", "nbss.data aa"]);
});

test("of hundreds of streams with a unit that is not whole each is told when it is", () => {
  for (let flow = 0; flow < MANY; flow++) streamOf(flow, "00000003 aa", 0);
  for (let flow = 0; flow < MANY; flow++) streamOf(flow, "bbcc", 5);
  expect(told.filter((part) => part === "nbss.data aabbcc")).toHaveLength(MANY);
  expect(reader.cutUnits).toBe(0);
});

test("what there is no room for is given up and counted, and those that end make room", () => {
  const part = `0000ffff ${"00".repeat(40_000)}`;
  for (let flow = 0; flow < MANY; flow++) streamOf(flow, part, 0);
  const { cutUnits } = reader;
  expect(cutUnits).toBeGreaterThan(0);
  expect(cutUnits).toBeLessThan(MANY);
  for (let flow = 0; flow < MANY; flow++) reader.forget(flow);
  for (let flow = 0; flow < MANY - cutUnits; flow++) streamOf(flow, part, 0);
  expect(reader.cutUnits).toBe(cutUnits);
});

function streamOf(flow: number, hex: string, at: number): void {
  show(Protocol.SMB, hex);
  appLayer.recognised[flow] = Protocol.SMB;
  reader.readStream(flow, appLayer, at);
}
