import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { CertificateValidity, Field, NumberField } from "../../../agent/sensor/proto/fields.js";
import { FrameKind } from "../../../agent/sensor/proto/frames/frame-kinds.js";
import { MessageView, STAGE_BODY } from "../../../agent/sensor/proto/message-view.js";
import { type DirectionId, Protocol, TO_CLIENT } from "../../../agent/sensor/proto/protocols.js";
import type { PacketView } from "../../../agent/sensor/wire/packet-view.js";
import { Compare } from "../../../agent/signature/comparison.js";
import { judgingKey } from "../../../agent/signature/judging-order.js";
import { PacketValue } from "../../../agent/signature/signature.js";
import { imageWithData, parseRules, RuleBench, refusalOf } from "../../support/rules.js";

const rule = (options: string, protocol = "tcp") =>
  `alert ${protocol} any any -> any any (${options} sid:1;)`;
const method = { protocol: Protocol.HTTP1, fields: [[Field.HTTP_METHOD, "GET"]] as const };
const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex");

test("a transform behind a condition begins another reading of the buffer", () => {
  const digest = hash("md5", "GET").match(/../g)!.join(" ");
  const bench = (options: string) => new RuleBench(rule(options, "http")).message(method);
  expect(bench(`http.method; content:"GET"; to_md5; content:"|${digest}|";`)).toEqual([1]);
  expect(bench('http.method; content:"GET"; to_lowercase; content:"get";')).toEqual([1]);
  expect(bench('http.method; content:"get"; to_lowercase; content:"get";')).toEqual([]);
});

test("lists of ports and addresses may stand without their brackets", () => {
  const bench = new RuleBench("alert tcp 10.0.0.0/8,192.168.0.0/16 any -> any 80,443 (flags:S; sid:1;)");
  const syn = (source: string, destinationPort: number) =>
    bench.packet("", { source, destinationPort, ipProtocol: 6 }, (packet) => {
      packet.ipProtocol = 6;
      packet.tcpFlags = 2;
    });
  expect(syn("192.168.1.1", 443)).toEqual([1]);
  expect(syn("10.1.1.1", 80)).toEqual([1]);
  expect(syn("10.1.1.1", 81)).toEqual([]);
  expect(syn("172.16.1.1", 80)).toEqual([]);
});

test("any of several flags with SYN among them asks for SYN, as in Suricata 7", () => {
  const flags = (asked: string, tcpFlags: number) =>
    new RuleBench(`alert tcp any any -> any any (flags:${asked}; sid:1;)`).packet(
      "",
      { ipProtocol: 6 },
      (packet) => {
        packet.ipProtocol = 6;
        packet.tcpFlags = tcpFlags;
      },
    );
  const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];
  expect([SYN, SYN | ACK, FIN | ACK, ACK].map((set) => flags("*SF", set))).toEqual([[1], [1], [], []]);
  expect([SYN, RST, FIN | ACK, ACK].map((set) => flags("*FR", set))).toEqual([[], [1], [1], []]);
});

test("keywords that only say what to do behind a match are passed over with a note", () => {
  for (const options of ['content:"a"; replace:"b";', "nfq_set_mark:1/1;", "tls.store;"]) {
    const { signatures, refused } = parseRules(rule(options));
    expect(refused).toEqual([]);
    expect(signatures[0]!.notes.join()).toContain("passed over");
  }
  expect(refusalOf(rule('replace:"b";'))).toContain("no content stands before it");
});

test("a config rule loads and tells nothing", () => {
  const bench = new RuleBench(
    'config http any any -> any any (http.method; content:"GET"; config:logging disable; sid:1;)',
  );
  expect(bench.message(method)).toEqual([]);
});

test("behind a match of a bypass rule the flow is not judged any more from the next packet on", () => {
  const bench = new RuleBench(rule('http.method; content:"GET"; bypass;', "http"));
  expect(bench.message(method, { flow: 3 })).toEqual([1]);
  expect(bench.message(method, { flow: 3 })).toEqual([1]);
  bench.packet("of the same flow", { flow: 3 });
  expect(bench.message(method, { flow: 3 })).toEqual([]);
  expect(bench.message(method, { flow: 4 })).toEqual([1]);
});

test("the hash of a file is looked up in a list when all of the file was seen", () => {
  const list = `# known files\n${hash("md5", "abc")}  abc.bin\n`;
  const judge = (options: string, isCut: boolean) => {
    const image = imageWithData({ "bad.list": list }, rule(options, "http"));
    const bench = new RuleBench(image);
    const view = new MessageView();
    view.begin(Protocol.HTTP1, TO_CLIENT, STAGE_BODY, 0);
    view.add(Field.FILE_DATA, Buffer.from("abc"), 0, 3);
    view.addFileSize(3, isCut);
    bench.matcher.endpoints.direction = TO_CLIENT;
    bench.matcher.endpoints.applicationProtocol = Protocol.HTTP1;
    bench.matcher.inspectMessage(view, undefined);
    return bench.sids.length;
  };
  expect(judge("filemd5:bad.list;", false)).toBe(1);
  expect(judge("filemd5:bad.list;", true)).toBe(0);
  expect(judge("filemd5:!bad.list;", false)).toBe(0);
  expect(judge("filesize:3;", false)).toBe(1);
  expect(judge("filesize:3;", true)).toBe(0);
  expect(judge("filesize:>2;", true)).toBe(1);
  expect(judge("filesize:<4;", true)).toBe(0);
  expect(() => imageWithData({ "bad.list": "abc\n" }, rule("filemd5:bad.list;", "http"))).toThrow(
    "no such hash",
  );
});

test.each([
  ["%PDF-1.4\n%", "PDF document, version 1.4"],
  [
    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0F\0\0\0.\x08\x02\0\0\0",
    "PNG image data, 70 x 46, 8-bit/color RGB, non-interlaced",
  ],
  ["<html><body>\nhi\n", "HTML document, ASCII text"],
  ["uid=0(root)\r\n", "ASCII text, with CRLF line terminators"],
  ["\x00\x01", "data"],
])("file.magic calls %j %s", (content, name) => {
  const bench = new RuleBench(rule(`file.magic; content:"${name}"; startswith;`, "http"));
  const message = {
    protocol: Protocol.HTTP1,
    stage: STAGE_BODY,
    fields: [[Field.FILE_DATA, content]] as const,
  };
  expect(bench.message(message)).toEqual([1]);
});

test("a kind of file that is not known here is a reason to refuse a rule", () => {
  expect(refusalOf(rule('file.magic; content:"Commodore 64 disk";', "http"))).toContain("file.magic");
  expect(refusalOf(rule('filemagic:"pdf";', "http"))).toBeUndefined();
});

test("certificates are judged by their dates", () => {
  const certificate = {
    protocol: Protocol.TLS,
    direction: TO_CLIENT as DirectionId,
    numbers: [
      [NumberField.TLS_CERT_NOT_BEFORE, Date.UTC(2015, 5, 1)],
      [NumberField.TLS_CERT_NOT_AFTER, Date.UTC(2016, 5, 1)],
      [NumberField.TLS_CERT_VALIDITY, CertificateValidity.EXPIRED],
    ] as const,
  };
  const bench = (options: string) => new RuleBench(rule(options, "tls")).message(certificate).length;
  expect(bench("tls_cert_notbefore:>2015-05;")).toBe(1);
  expect(bench("tls_cert_notbefore:>2015-07-01 12:00;")).toBe(0);
  expect(bench("tls_cert_notafter:2016-06-01<>2017-01-01;")).toBe(1);
  // A bare number is seconds since 1970.
  expect(bench("tls_cert_notbefore:<2015;")).toBe(0);
  expect(bench("tls_cert_expired;")).toBe(1);
  expect(bench("tls_cert_valid;")).toBe(0);
});

test("options of data sets that nobody knows are passed over", () => {
  const { refused, signatures } = parseRules(
    rule("http.host; dataset:isset,x,type string,format json,context_key k;", "http"),
  );
  expect(refused).toEqual([]);
  expect(signatures[0]!.notes).toHaveLength(2);
});

test("dcerpc.opnum takes lists with ranges, on DCERPC and on pipes of SMB", () => {
  const bench = new RuleBench(rule("dcerpc.opnum:1,5-7;", "dcerpc"));
  const call = (opnum: number) => ({
    protocol: Protocol.SMB,
    numbers: [[NumberField.DCERPC_OPNUM, opnum]] as const,
  });
  expect([1, 2, 5, 7, 8].filter((opnum) => bench.message(call(opnum)).length > 0)).toEqual([1, 5, 7]);
});

test("rpc asks for program, version and procedure of a call", () => {
  const bench = new RuleBench(rule("rpc:100003,*,6;", "udp"));
  const call = (procedure: number) =>
    Buffer.from([
      ...[9, 0, 2, 100003, 3, procedure, 0, 0, 0, 0].flatMap((n) => [0, n >> 16, (n >> 8) & 255, n & 255]),
    ]);
  const judge = (procedure: number) =>
    bench.packet(call(procedure).toString("latin1"), { ipProtocol: 17 }, (packet) => {
      packet.ipProtocol = 17;
    });
  expect(judge(6)).toEqual([1]);
  expect(judge(7)).toEqual([]);
});

test("what rules ask of a hash or a serial number may be in any case", () => {
  const tls = (field: number, text: string) => ({
    protocol: Protocol.TLS,
    direction: TO_CLIENT as DirectionId,
    fields: [[field, text]] as never,
  });
  const fingerprint = "4a:a3:66:76:82:cb:6b:23:bb:c3:58:47:23:a4:63:a7:78:a4:a1:18";
  const upper = new RuleBench(rule(`tls.cert_fingerprint; content:"${fingerprint.toUpperCase()}";`, "tls"));
  expect(upper.message(tls(Field.TLS_CERT_FINGERPRINT, fingerprint))).toEqual([1]);
  const lower = new RuleBench(rule('tls.cert_serial; content:"0a:ff";', "tls"));
  expect(lower.message(tls(Field.TLS_CERT_SERIAL, "0A:FF"))).toEqual([1]);
});

test("frame:http1.request is the request as it was sent, under any of its names", () => {
  const message = {
    protocol: Protocol.HTTP1,
    stage: STAGE_BODY,
    fields: [[Field.HTTP_FRAME, "GET / HTTP/1.1\r\n\r\n"]] as const,
  };
  const frame = 'content:"GET / HTTP/1.1|0d 0a|"; startswith;';
  expect(new RuleBench(rule(`frame:http1.request; ${frame}`)).message(message)).toEqual([1]);
  expect(new RuleBench(rule(`frame:request; ${frame}`, "http1")).message(message)).toEqual([1]);
  expect(refusalOf(rule(`frame:request; ${frame}`))).toContain("names no protocol");
});

test("a rule on an event that cannot come here loads and is told to never fire", () => {
  const { signatures } = parseRules(rule("app-layer-event:smb.internal_error;", "smb"));
  expect(signatures[0]!.notes.join()).toContain("never fires");
});

test.each([
  ["tos:x10;", { operator: Compare.EQUAL, a: 16, b: 0 }],
  ["tos:!x10;", { operator: Compare.NOT_EQUAL, a: 16, b: 0 }],
])("%s is a hexadecimal number", (options, comparison) => {
  const [signature] = parseRules(`alert ip any any -> any any (${options} sid:1;)`).signatures;
  expect(signature!.packetTests).toEqual([{ value: PacketValue.TOS, ...comparison }]);
});

test.each([
  'ALERT http any any -> any any (Http.Method; CONTENT:"GET"; sid:1;)',
  'alert tls any any -> any any (ja4_hash; content:"a"; sid:1;)',
  "alert tls any any -> any any (tls.version:0x0303; sid:1;)",
  "alert tcp any any -> any any (threshold:type limit, track by_src, count 0, seconds 0; sid:1;)",
  'alert http any any -> any any (http.uri; content:"a"; http.host; fast_pattern; content:"b"; sid:1;)',
  'alert tls any any -> any any (tls.sni; content:"a"; tls_sni; nocase; sid:1;)',
])("%s loads, as in Suricata", (text) => {
  expect(refusalOf(text)).toBeUndefined();
});

test.each([
  ['content:!"octet"; endswith;', "octet of an octet", false],
  ['content:!"octet"; endswith;', "octet here", false],
  ['content:!"octet"; endswith;', "nothing", true],
  ['content:"o"; content:!"octet"; endswith;', "octet here, too", true],
  ['content:!"octet"; endswith; offset:1;', "octet here, too", true],
])(
  "as in Suricata a payload rule that waits for what must not be there is given up wherever it is: %s on %j",
  (options, text, alerts) => {
    const bench = new RuleBench(`alert udp any any -> any any (${options} sid:1;)`);
    expect(bench.packet(text, { ipProtocol: 17 })).toEqual(alerts ? [1] : []);
  },
);

test("an event that never comes loads and is told to never fire; a rule that never fires is marked so", () => {
  const [signature] = parseRules(
    "alert ip any any -> any any (flow:established; app-layer-event:applayer_proto_detection_skipped; sid:1;)",
  ).signatures;
  expect(signature!.isSilent).toBe(true);
  expect(signature!.notes[0]).toMatch(/^never fires: /);
  expect(parseRules("alert tcp any any -> any any (flags:S; sid:1;)").signatures[0]!.isSilent).toBe(false);
});

test.each(["ipopts:any;", "mqtt.type:UNASSIGNED;"])("%s loads and never fires, as in Suricata", (options) => {
  const text = rule(options, "ip");
  expect(parseRules(text).signatures[0]!.isSilent).toBe(true);
  const bench = new RuleBench(text);
  const hasOptions = (packet: PacketView) => {
    packet.ipOptionSet = -1;
  };
  expect(bench.packet("x", { ipProtocol: 17 }, hasOptions)).toEqual([]);
  expect(bench.message({ protocol: Protocol.MQTT, numbers: [[NumberField.MQTT_TYPE, 0]] })).toEqual([]);
});

test.each([
  ["mqtt", "mqtt.qos:0;", 1],
  ["mqtt", "mqtt.flags:retain;", 1],
  ["rfb", "rfb.sectype:1;", 1],
  ["rfb", "rfb.secresult:ok;", 2],
  ["krb5", "krb5.ticket_encryption:weak;", 2],
  ["nfs", "nfs_procedure:1;", 1],
])("as in Suricata rules on %s with %s are judged in one direction", (protocol, options, directions) => {
  const [signature] = parseRules(`alert ${protocol} any any -> any any (${options} sid:1;)`).signatures;
  expect(signature!.directions).toBe(directions);
});

test("frame:tls.hdr is the header of a record, and a rule looks at one kind of part", () => {
  const message = (kind: number) => ({
    protocol: Protocol.TLS,
    fields: [[Field.FRAME, "\x16\x03\x01\x00\x02"]] as const,
    numbers: [[NumberField.FRAME_KIND, kind]] as const,
  });
  const header = 'content:"|16 03|"; startswith; bsize:5;';
  for (const bench of [
    new RuleBench(rule(`frame:tls.hdr; ${header}`)),
    new RuleBench(rule(`frame:hdr; ${header}`, "tls")),
  ]) {
    expect(bench.message(message(FrameKind.TLS_HEADER))).toEqual([1]);
    expect(bench.message(message(FrameKind.TLS_PDU))).toEqual([]);
  }
  expect(refusalOf(rule(`frame:tls.header; ${header}`))).toContain("is not kept");
  expect(refusalOf(rule(`frame:tls.hdr; ${header} frame:tls.data; content:"a";`))).toContain("one kind");
  expect(refusalOf(rule(`frame:tls.hdr; ${header} tls.sni; content:"a";`))).toContain("cannot be mixed");
});

test.each([
  ["fragbits:M!", "M"],
  ["fragbits:!M,D", "!M"],
  ["fragoffset:5<>1", "5"],
  ["fragoffset:0x1", "0"],
])("as in Suricata 7 what stands behind the bits or the number of %s says nothing", (options) => {
  expect(refusalOf(rule(`${options};`, "ip"))).toBeUndefined();
});

test("fragoffset asks for a fragment where the packet is of IPv6", () => {
  expect(refusalOf(rule("fragoffset:>=1;", "ip"))).toContain("fragoffset");
});

test("of rules on one packet those that ask for xbits come before those that set them, of flowbits behind", () => {
  const order = (kind: string, track: string) => {
    const [reads, sets] = ["isset", "set"].map((operation) => {
      const [signature] = parseRules(rule(`${kind}:${operation},a${track};`)).signatures;
      return judgingKey(signature!);
    });
    return reads! < sets! ? "reads first" : "sets first";
  };
  expect(order("xbits", ",track ip_src")).toBe("reads first");
  expect(order("flowbits", "")).toBe("sets first");
  expect(order("hostbits", "")).toBe("sets first");
});

test("base64_decode without base64_data holds of nothing, as in Suricata 7", () => {
  const bench = (data: string) =>
    new RuleBench(rule(`content:"abc"; base64_decode:relative; ${data}`, "ip")).packet("abcQUJD");
  expect(bench("")).toEqual([]);
  expect(bench('base64_data; content:"ABC";')).toEqual([1]);
});

test.each([
  ["client_hello", [1]],
  ["!client_hello", [0, 2, 4, 8]],
  ["client_hello|server_keyx", [1, 8]],
  ["client_hello,!server_hello", [0, 1, 4, 8]],
  ["!client_hello,!server_hello", [0, 1, 2, 4, 8]],
  ["unknown", []],
] as const)("ssl_state:%s holds where the handshake stands at %s", (states, expected) => {
  const holds = (step: number) => {
    const bench = new RuleBench(rule(`ssl_state:${states};`));
    return (
      bench.message({ protocol: Protocol.TLS, numbers: [[NumberField.TLS_STEP, step]] as const }).length > 0
    );
  };
  expect([0, 1, 2, 4, 8].filter(holds)).toEqual(expected);
});

test("ssl_state knows its states and no others", () => {
  expect(refusalOf(rule("ssl_state:CLIENT_HELLO;"))).toContain("is not known");
  expect(refusalOf(rule("ssl_state:finished;"))).toContain("is not known");
});
