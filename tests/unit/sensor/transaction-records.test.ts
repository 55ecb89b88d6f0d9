import { expect, test } from "vitest";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import type { TrafficRecord } from "../../../agent/sensor/traffic-record.js";
import { bind, request as callRequest } from "../../support/dcerpc-pdus.js";
import { rpcCall, rpcRecord } from "../../support/rpc-messages.js";
import { imageOf } from "../../support/rules.js";
import * as smb from "../../support/smb-records.js";
import { TcpConversation } from "../../support/tcp-conversation.js";
import { der } from "../../support/tls-records.js";
import { CLIENT_HELLO_TLS12 } from "./proto/tls/golden.js";

type Frame = Parameters<Sensor["frame"]>;

/** What a sensor without rules records of one conversation with `serverPort`; `seen` are the frames that it sees of one. */
function recordsOf(
  serverPort: number,
  talk: (conversation: TcpConversation) => void,
  seen: (frame: Frame) => readonly Frame[] = (frame) => [frame],
): TrafficRecord[] {
  const records: TrafficRecord[] = [];
  const sensor = new Sensor({
    image: imageOf(),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1024 * 1024 },
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    onTraffic: (record) => records.push(record),
    wallMs: () => 0,
  });
  const tap = {
    frame: (...frame: Frame): void => {
      for (const each of seen(frame)) sensor.frame(...each);
    },
  };
  talk(new TcpConversation(tap as Sensor, { serverPort }));
  sensor.finish();
  return records;
}

const objectsOf = (records: readonly TrafficRecord[], event: string): unknown[] =>
  records.filter((record) => record.event === event).map(({ metadata }) => metadata[event]);

test("SMB: a request and its answer are one record, with the status, the share and the file", () => {
  const records = recordsOf(445, (conversation) =>
    conversation
      .client(smb.treeConnect("\\\\fs\\public", 1))
      .server(smb.treeConnected(1, 7, 1))
      .client(smb.create("report.xlsx", 7, 2))
      .server(smb.created(7, 2))
      .client(smb.create("gone.xlsx", 7, 3))
      .server(smb.smb2(5, [], { isResponse: true, messageId: 3, treeId: 7, status: 0xc000_0034 })),
  );
  expect(objectsOf(records, "smb")).toMatchObject([
    {
      id: 1,
      command: "SMB2_COMMAND_TREE_CONNECT",
      status: "STATUS_SUCCESS",
      tree_id: 7,
      share: "\\\\fs\\public",
      share_type: "FILE",
    },
    { id: 2, command: "SMB2_COMMAND_CREATE", filename: "report.xlsx", disposition: "FILE_SUPERSEDE" },
    {
      id: 3,
      status: "STATUS_OBJECT_NAME_NOT_FOUND",
      status_code: "0xc0000034",
      filename: "gone.xlsx",
      fuid: "",
    },
  ]);
});

test("SMB: a log-on says who, from where and with which version of Windows; without an answer too", () => {
  const records = recordsOf(445, (conversation) =>
    conversation.client(smb.sessionSetup(smb.ntlmsspAuthenticate("OFFICE", "sato", "PC-3"))),
  );
  const [logOn] = objectsOf(records, "smb");
  expect(logOn).toMatchObject({
    command: "SMB2_COMMAND_SESSION_SETUP",
    ntlmssp: { domain: "OFFICE", user: "sato", host: "PC-3" },
  });
  expect(logOn).not.toHaveProperty("status");
});

test("SMB: a call in a pipe is one record, not one for each write and read that carries it", () => {
  const call = callRequest(9, 5, "stub");
  const records = recordsOf(445, (conversation) =>
    conversation
      .client(smb.treeConnect("\\\\fs\\IPC$", 1))
      .server(smb.treeConnected(2, 7, 1))
      .client(smb.create("srvsvc", 7, 2))
      .server(smb.created(7, 2))
      .client(smb.transceive(bind(), 7, 3))
      .client(smb.transceive(call, 7, 4)),
  );
  expect(objectsOf(records, "smb").slice(2)).toMatchObject([
    { command: "SMB2_COMMAND_IOCTL", dcerpc: { request: "BIND", response: "UNREPLIED" } },
    {
      command: "SMB2_COMMAND_IOCTL",
      dcerpc: { request: "REQUEST", req: { frag_cnt: 1, stub_data_size: 4 } },
    },
  ]);
  expect(objectsOf(records, "smb")[0]).toMatchObject({ named_pipe: "\\\\fs\\IPC$", share_type: "PIPE" });
});

test("NFS: a call and its reply are one record with credentials and status; what is asked all the time has none", () => {
  const accepted = (status: number): Uint8Array =>
    rpcRecord(Uint8Array.from([0, 0, 0x12, 0x34, ...[1, 0, 0, 0, 0, status].flatMap((n) => [0, 0, 0, n])]));
  const lookup = [4, 0xaabbccdd, 3, 0x61626300];
  const records = recordsOf(2049, (conversation) =>
    conversation
      .client(rpcRecord(rpcCall(3, 3, lookup)))
      .server(accepted(2))
      .client(rpcRecord(rpcCall(3, 1, [4, 0xaabbccdd])))
      .server(accepted(0)),
  );
  const nfs = records.filter(({ event }) => event === "nfs").map(({ metadata }) => metadata);
  expect(nfs).toMatchObject([
    {
      rpc: { xid: 0x1234, status: "ACCEPTED", auth_type: "UNIX" },
      nfs: { version: 3, procedure: "LOOKUP", filename: "abc", status: "ERR_NOENT", id: 1 },
    },
  ]);
});

test("FTP: the greeting is record 0, and a command has all its replies", () => {
  const records = recordsOf(21, (conversation) =>
    conversation
      .server("220 files.example\r\n")
      .client("USER sato\r\n")
      .server("331 Password please\r\n")
      .client("LIST\r\n")
      .server("150 Here it comes\r\n")
      .server("226 Done\r\n"),
  );
  const ftp = records.filter(({ event }) => event === "ftp").map(({ metadata }) => metadata);
  expect(ftp).toMatchObject([
    { tx_id: 0, ftp: { completion_code: ["220"] } },
    { tx_id: 1, ftp: { command: "USER", command_data: "sato", completion_code: ["331"] } },
    { tx_id: 2, ftp: { command: "LIST", completion_code: ["150", "226"], reply_received: "yes" } },
  ]);
});

test("FTP: all lines of a reply are there, and no password", () => {
  const records = recordsOf(21, (conversation) =>
    conversation
      .server("220 files.example\r\n")
      .client("user sato\r\n")
      .server("331 Password please\r\n")
      .client("Pass s3cret phrase\r\n")
      .server("230-Welcome \r\n  to the files\r\n230 Go on\r\n")
      .client("PASSs3cret\r\n")
      .client("PASS\r\n"),
  );
  const ftp = records.filter(({ event }) => event === "ftp").map(({ metadata }) => metadata.ftp);
  expect(JSON.stringify(records)).not.toContain("s3cret");
  expect(ftp.slice(1)).toMatchObject([
    { command: "USER", command_data: "sato" },
    {
      command: "PASS",
      command_data: "********",
      completion_code: ["230", "230"],
      reply: ["Welcome", "  to the files", "Go on"],
    },
    { command: "PASS" },
    { command: "PASS" },
  ]);
});

test("MQTT: a packet and its acknowledgement are one record", () => {
  const connect = [0x10, 14, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 2, 0x61, 0x62];
  const records = recordsOf(1883, (conversation) =>
    conversation
      .client(Uint8Array.from(connect))
      .server(Uint8Array.from([0x20, 2, 0, 0]))
      .client(Uint8Array.from([0x82, 6, 0, 9, 0, 1, 0x74, 0]))
      .server(Uint8Array.from([0x90, 3, 0, 9, 0])),
  );
  expect(objectsOf(records, "mqtt")).toMatchObject([
    { connect: { client_id: "ab" }, connack: { return_code: 0 } },
    { subscribe: { message_id: 9 }, suback: { qos_granted: [0] } },
  ]);
});

test("HTTP: records have all headers in their order but no secrets, and the length of a body that was not kept", () => {
  const body = "x".repeat(300_000);
  const records = recordsOf(80, (conversation) => {
    conversation
      .client(
        "GET /a HTTP/1.1\r\nHost: example.jp\r\nX-Forwarded-For: 10.1.1.1\r\nCookie: id=hunter2\r\n\r\n",
      )
      .server(
        `HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-299999/400000\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
    for (let at = 0; at < body.length; at += 1400) conversation.server(body.slice(at, at + 1400));
  });
  const [http] = objectsOf(records, "http");
  expect(http).toMatchObject({
    xff: "10.1.1.1",
    length: 300_000,
    content_range: { raw: "bytes 0-299999/400000", start: 0, end: 299_999, size: 400_000 },
  });
  const { request_headers: headers } = http as { request_headers: { name: string }[] };
  expect(headers.map(({ name }) => name)).toEqual(["Host", "X-Forwarded-For", "Cookie"]);
  expect(JSON.stringify(records)).not.toContain("hunter2");
});

test("what is malformed is a record once, however often its message is told", () => {
  const records = recordsOf(80, (conversation) =>
    conversation
      .client("GET / HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n")
      .server("HTTP/1.1 204 None\r\n\r\n"),
  );
  const anomalies = objectsOf(records, "anomaly");
  expect(anomalies).toContainEqual({
    app_proto: "http",
    type: "applayer",
    event: "REQUEST_FIELD_MISSING_COLON",
    layer: "proto_parser",
  });
  expect(new Set(anomalies.map((anomaly) => JSON.stringify(anomaly))).size).toBe(anomalies.length);
});

test("what is malformed is counted by its name, once", () => {
  const sensor = new Sensor({
    image: imageOf(),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1024 * 1024 },
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    wallMs: () => 0,
  });
  new TcpConversation(sensor, { serverPort: 80 })
    .client("GET / HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n")
    .server("HTTP/1.1 204 None\r\n\r\n");
  sensor.finish();
  expect(sensor.counters()).toMatchObject({ "proto.event.http.request_field_missing_colon": 1 });
});

test("a request that only its answer makes known is recorded before it, with it", () => {
  const records = recordsOf(80, (conversation) =>
    conversation
      .client("WEIRD / HTTP/1.1\r\nHost: example.jp\r\n\r\n")
      .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
  );
  expect(objectsOf(records, "http")).toMatchObject([
    { http_method: "WEIRD", hostname: "example.jp", status: 200 },
  ]);
});

test("a flow says why it ended, what TCP came to, and whether there was an alert", () => {
  const records = recordsOf(80, (conversation) => conversation.client("x"));
  expect(records.at(-1)).toMatchObject({
    event: "flow",
    metadata: {
      flow: { state: "established", reason: "shutdown", alerted: false },
      tcp: { syn: true, ack: true, state: "established", tcp_flags: "1a" },
    },
  });
});

/** Requests and answers of an HTTP, an SMB, an FTP and a TLS connection. */
const CONVERSATIONS: readonly (readonly [string, number, (conversation: TcpConversation) => void])[] = [
  [
    "http",
    80,
    (conversation) =>
      conversation
        .client("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
  ],
  [
    "smb",
    445,
    (conversation) =>
      conversation
        .client(smb.treeConnect("\\\\fs\\public", 1))
        .server(smb.treeConnected(1, 7, 1))
        .client(smb.create("a", 7, 2))
        .server(smb.created(7, 2)),
  ],
  ["ftp", 21, (conversation) => conversation.server("220 a\r\n").client("USER b\r\n").server("331 c\r\n")],
  ["tls", 443, (conversation) => conversation.client(CLIENT_HELLO_TLS12)],
];

test.each(CONVERSATIONS)(
  "%s: a connection of which every segment comes twice has the records of one",
  (event, port, talk) => {
    const once = objectsOf(recordsOf(port, talk), event);
    expect(once.length).toBeGreaterThan(0);
    expect(
      objectsOf(
        recordsOf(port, talk, (frame) => [frame, frame]),
        event,
      ),
    ).toEqual(once);
  },
);

test.each(CONVERSATIONS)(
  "%s: of a connection whose beginning was not seen there are no wrong records",
  (event, port, talk) => {
    let count = 0;
    const records = recordsOf(port, talk, (frame) => (count++ < 3 ? [] : [frame]));
    expect(objectsOf(records, event)).toEqual([]);
    expect(records.map((record) => record.event)).toEqual(["flow"]);
  },
);

test.each(CONVERSATIONS)(
  "%s: of a connection seen from its client's side only nothing is made up: its flow is all that is recorded",
  (_event, port, talk) => {
    const LAST_OCTET_OF_SOURCE = 14 + 12 + 3;
    const records = recordsOf(port, talk, (frame) =>
      frame[0][frame[1] + LAST_OCTET_OF_SOURCE] === 20 ? [frame] : [],
    );
    expect(records.map((record) => record.event)).toEqual(["flow"]);
    expect(records[0]!.metadata).toMatchObject({ flow: { pkts_toclient: 0 } });
  },
);

test("SMB: a log-on with Kerberos names the realm and the service of its ticket", () => {
  const text = (value: string): Buffer => der(0x1b, Buffer.from(value));
  const number = (value: number): Buffer => der(2, Buffer.from([value]));
  const ticket = der(
    0x61,
    der(
      0x30,
      der(0xa0, number(5)),
      der(0xa1, text("OFFICE.EXAMPLE")),
      der(0xa2, der(0x30, der(0xa0, number(2)), der(0xa1, der(0x30, text("cifs"), text("files"))))),
      der(0xa3, der(0x30, der(0xa0, number(18)))),
    ),
  );
  const request = der(0x6e, der(0x30, der(0xa0, number(5)), der(0xa1, number(14)), der(0xa3, ticket)));
  const token = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 1, 0, ...request];
  const logOn = (octets: readonly number[]): unknown =>
    objectsOf(
      recordsOf(445, (conversation) => conversation.client(smb.sessionSetup(octets))),
      "smb",
    )[0];
  expect(logOn(token)).toMatchObject({ kerberos: { realm: "OFFICE.EXAMPLE", snames: ["cifs", "files"] } });
  expect(logOn(token.slice(0, 40))).toMatchObject({ kerberos: {} });
});

test("SMB: what is lost of a file's data, or of records, does not hide what follows", () => {
  const body = new Uint8Array(5000).fill(97);
  const write = smb.write(body, 0, 7);
  const open = (conversation: TcpConversation): TcpConversation =>
    conversation
      .client(smb.treeConnect("\\\\fs\\public", 1))
      .server(smb.treeConnected(1, 7, 1))
      .client(smb.create("a.bin", 7, 2))
      .server(smb.created(7, 2));
  const inData = recordsOf(445, (conversation) =>
    open(conversation)
      .client(write.slice(0, 2000))
      .lostClient(write.slice(2000, 3000))
      .client(write.slice(3000))
      .client(smb.close(7))
      .client(smb.treeConnect("\\\\fs\\later", 20)),
  );
  expect(objectsOf(inData, "smb").at(-1)).toMatchObject({ share: "\\\\fs\\later" });
  expect(objectsOf(inData, "fileinfo")).toMatchObject([
    { filename: "a.bin", gaps: true, state: "TRUNCATED" },
  ]);
  expect(inData.find(({ event }) => event === "flow")!.metadata.tcp).toMatchObject({ ts_gap: true });
  const overRecords = recordsOf(445, (conversation) => {
    open(conversation).client(write.slice(0, 300));
    conversation.lostClient(new Uint8Array(9000)).client("rest of a record");
    conversation.client(smb.treeConnect("\\\\fs\\later", 20));
  });
  expect(objectsOf(overRecords, "smb").at(-1)).toMatchObject({ share: "\\\\fs\\later" });
  const inHeader = recordsOf(445, (conversation) => {
    open(conversation).client(Uint8Array.of(0, 0));
    conversation.lostClient(new Uint8Array(100)).client(smb.treeConnect("\\\\fs\\later", 20));
  });
  expect(objectsOf(inHeader, "smb").at(-1)).toMatchObject({ share: "\\\\fs\\later" });
});

test("SMTP: the record of a mail says what its header says, also without an attachment", () => {
  const records = recordsOf(25, (conversation) => {
    conversation.server("220 mail ESMTP\r\n").client("EHLO pc\r\n").server("250 ok\r\n");
    for (const name of ["first", "second"]) {
      conversation.client("MAIL FROM:<a@b>\r\n").server("250 ok\r\n");
      conversation.client("RCPT TO:<c@d>\r\n").server("250 ok\r\n").client("DATA\r\n").server("354 go\r\n");
      conversation.client(`From: a@b\r\nSubject: ${name}\r\n\r\nbody\r\n`);
      if (name === "first") conversation.client(".\r\n").server("250 ok\r\n");
    }
  });
  const mails = records.filter(({ event }) => event === "smtp").map(({ metadata }) => metadata.email);
  expect(mails).toMatchObject([
    { status: "PARSE_DONE", from: "a@b", subject: "first" },
    { status: "BODY_STARTED", from: "a@b", subject: "second" },
  ]);
});
