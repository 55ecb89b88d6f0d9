import { expect, test } from "vitest";
import type { Sensor } from "../../../agent/sensor/sensor.js";
import { LINKTYPE_ETHERNET } from "../../../agent/sensor/wire/link-type.js";
import { ethernet, ipv4, udp } from "../../support/frames.js";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";
import { clientHello, handshake, record, serverHello, serverName } from "../../support/tls-records.js";

const EVENTS = [
  "mismatch_protocol_both_directions",
  "wrong_direction_first_data",
  "detect_protocol_only_one_direction",
  "no_tls_after_starttls",
  "unexpected_protocol",
];
const RULES = EVENTS.map(
  (event, index) =>
    `alert ip any any -> any any (flow:established; app-layer-event:applayer_${event}; sid:${index + 1};)`,
);

/** Which events a conversation with a server raises. */
function events(talk: (conversation: TcpConversation) => void, serverPort = 8080): string[] {
  const { sensor, sids } = sensorWith(RULES);
  talk(new TcpConversation(sensor, { serverPort }).client("").server(""));
  return sids.map((sid) => EVENTS[sid - 1]!);
}

function sendDatagram(sensor: Sensor, payload: string | Uint8Array, port: number): void {
  const addresses = { source: "192.168.10.20", destination: "203.0.113.5" };
  const frame = ethernet(ipv4(addresses, udp({ sourcePort: 40_000, destinationPort: port }, payload)));
  sensor.frame(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET, 1_700_000_000_000_000);
}

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const BANNER = "SSH-2.0-OpenSSH_9.2p1 Debian\r\n";
const CLIENT_HELLO = record(22, handshake(1, clientHello(serverName("a.example"))));
const SERVER_HELLO = record(22, handshake(2, serverHello()));
const NOTHING = "nothing that anybody knows";

test("a conversation of which both sides show the same protocol raises nothing", () => {
  expect(events((talk) => talk.client(GET).server(OK).client(GET))).toEqual([]);
});

test("two sides that show different protocols are told once", () => {
  expect(events((talk) => talk.client(GET).server(BANNER).client(GET).server(OK))).toEqual([EVENTS[0]]);
});

test("a server that speaks first where the client has to is told, and nobody reads the flow", () => {
  expect(events((talk) => talk.server(SERVER_HELLO).client(NOTHING))).toEqual([EVENTS[1]]);
  const { sensor, sids } = sensorWith([
    "alert tls any any -> any any (sid:1;)",
    'alert tls any any -> any any (tls.sni; content:"a.example"; sid:2;)',
  ]);
  const speak = (talk: TcpConversation) => talk.client(CLIENT_HELLO).server(SERVER_HELLO).client("");
  speak(new TcpConversation(sensor, { serverPort: 443 }).server(SERVER_HELLO));
  expect(sids).toEqual([]);
  speak(new TcpConversation(sensor, { serverPort: 443, clientPort: 40_001 }));
  expect([...new Set(sids)].sort()).toEqual([1, 2]);
});

test("a server of HTTP may speak first", () => {
  expect(events((talk) => talk.server(OK).client(NOTHING))).toEqual([EVENTS[2]]);
  expect(events((talk) => talk.server(OK).client(GET))).toEqual([]);
});

test("rules on the protocol and the payload hold where the parser has given up", () => {
  const { sensor, sids } = sensorWith(['alert tls any any -> any any (content:"behind"; sid:1;)']);
  new TcpConversation(sensor, { serverPort: 443 })
    .client(CLIENT_HELLO)
    .server(SERVER_HELLO)
    .client(Buffer.alloc(60))
    .server("")
    .client("what stands behind");
  sensor.finish();
  expect(sids).toEqual([1]);
});

test("a side that nobody recognises beside one that is known is told, whichever comes first", () => {
  expect(events((talk) => talk.client(GET).server(NOTHING).client("x"))).toEqual([EVENTS[2]]);
  // Short beginnings may still become something.
  expect(events((talk) => talk.client(GET).server("no").client("x"))).toEqual([]);
  const mail = events(
    (talk) => talk.server("220 mail.example.jp ready\r\n").client("EHLO pc.example.jp\r\n"),
    25,
  );
  expect(mail).toEqual([EVENTS[2]]);
});

test("STARTTLS that is not followed by TLS is told", () => {
  const found = events(
    (talk) =>
      talk
        .server("220 mail.example.jp ready\r\n")
        .client("EHLO pc.example.jp\r\n")
        .server("250-mail.example.jp\r\n250 STARTTLS\r\n")
        .client("STARTTLS\r\n")
        .server("220 go ahead\r\n")
        .client(GET)
        .server(OK),
    25,
  );
  expect(found).toContain("no_tls_after_starttls");
  expect(found).toContain("unexpected_protocol");
});

test("app-layer-protocol asks for what the direction of the packet shows, once that was acknowledged", () => {
  const { sensor, sids } = sensorWith([
    "alert tcp any any -> any any (flow:to_client; app-layer-protocol:http; sid:1;)",
    "alert tcp any any -> any any (flow:to_client; app-layer-protocol:failed; sid:2;)",
    "alert tcp any any -> any any (flow:to_server; app-layer-protocol:http; sid:3;)",
  ]);
  const talk = new TcpConversation(sensor, { serverPort: 8080 }).client(GET);
  expect(sids).toEqual([]);
  talk.server(NOTHING).client("x");
  expect([...new Set(sids)].sort()).toEqual([2, 3]);
});

test("the first datagram of a direction says what it shows", () => {
  const { sensor, sids } = sensorWith([
    "alert udp any any -> any any (app-layer-protocol:failed; sid:1;)",
    "alert udp any any -> any any (app-layer-protocol:dns; sid:2;)",
  ]);
  const query = Buffer.from("0001010000010000000000000161076578616d706c650000010001", "hex");
  sendDatagram(sensor, NOTHING, 4444);
  expect(sids).toEqual([1]);
  // What comes later does not count.
  sendDatagram(sensor, query, 4444);
  sendDatagram(sensor, query, 4444);
  expect(sids).toEqual([1, 1]);
  sendDatagram(sensor, query, 53);
  expect(sids).toEqual([1, 1, 2]);
});

test("a rule on a protocol alone is asked once more when a connection ends without being closed", () => {
  const { sensor, sids } = sensorWith(["alert http any any -> any any (flow:to_server; sid:1;)"]);
  new TcpConversation(sensor, { serverPort: 8080 }).client(GET);
  expect(sids).toEqual([]);
  sensor.finish();
  expect(sids).toEqual([1]);
});

test("so is one on which a RST has cut off what nobody acknowledged, in that direction", () => {
  const { sensor, sids } = sensorWith([
    "alert http any any -> any any (flow:to_server; sid:1;)",
    "alert http any any -> any any (flow:to_client; sid:2;)",
  ]);
  new TcpConversation(sensor, { serverPort: 8080 }).refusedClient(GET);
  sensor.finish();
  expect(sids).toEqual([1]);
});

test.each([
  [8080, 16, 7],
  [80, 24, 8],
  [53, 16, 14],
  [445, 36, 36],
])(
  "on port %i both sides have failed behind %i bytes of the client and %i of the server",
  (serverPort, client, server) => {
    const failed = (clientBytes: number, serverBytes: number) => {
      const { sensor, sids } = sensorWith([
        "alert tcp any any -> any any (app-layer-protocol:failed; flow:established; sid:1;)",
      ]);
      const talk = new TcpConversation(sensor, { serverPort }).client("Q".repeat(clientBytes));
      talk.server("Q".repeat(serverBytes)).client("Q");
      return sids.length > 0;
    };
    expect(failed(client + 1, server + 1)).toBe(true);
    expect(failed(client - 1, server + 1)).toBe(false);
    expect(failed(client + 1, server)).toBe(false);
  },
);

test("the first two datagrams of a direction are news of its protocol, also empty ones", () => {
  const { sensor, sids } = sensorWith(["alert udp any any -> any any (app-layer-protocol:!dns; sid:1;)"]);
  for (const payload of ["", "a", "b"]) sendDatagram(sensor, payload, 4444);
  expect(sids).toEqual([1, 1]);
});
