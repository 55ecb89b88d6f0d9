import { afterEach, expect, test, vi } from "vitest";
import { HeaderPrediction } from "../../../agent/sensor/flow/header-prediction.js";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";
import { record, serverHello } from "../../support/tls-records.js";
import { CLIENT_HELLO_TLS12 } from "./proto/tls/golden.js";

const RULES = {
  "of one port": "alert tcp any any -> any 445 (flags:A; dsize:0; sid:1;)",
  "of one port of the client": "alert tcp any 40000 -> any any (flags:A; dsize:0; sid:1;)",
  "of many ports": "alert tcp any any -> any [400:40000,!8000] (flags:A; dsize:0; sid:1;)",
  "of many ports of the client": "alert tcp any 39000:65000 -> any any (flags:A; dsize:0; sid:1;)",
  "of any port": "alert tcp any any -> any any (flags:A; window:65535; sid:1;)",
  "on any IP packet": "alert ip any any -> any any (ttl:64; sid:1;)",
  "of a protocol": "alert http any any -> any any (dsize:0; sid:1;)",
  "on the server's acknowledgements": "alert tcp any 445 -> any any (flags:A; dsize:0; sid:1;)",
  "on how much the other side has said":
    "alert tcp any any -> any any (flow:to_server; stream_size:client,>,3; sid:1;)",
} as const;

const REQUEST = "GET / HTTP/1.1\r\nHost: example.test\r\n\r\n";
const ANSWER = "HTTP/1.1 204 No Content\r\n\r\n";

/** Sids of all alerts of a conversation in which each side acknowledges what the other has said. */
function alerts(rule: string): readonly number[] {
  const { sensor, sids } = sensorWith([rule]);
  new TcpConversation(sensor, { serverPort: 445 })
    .client(REQUEST)
    .server(ANSWER)
    .client(REQUEST)
    .server(ANSWER);
  sensor.finish();
  return sids;
}

afterEach(() => vi.restoreAllMocks());

test.each(Object.entries(RULES))(
  "a rule %s sees every acknowledgement that it saw before they were passed over",
  (_, rule) => {
    const seen = alerts(rule);
    vi.spyOn(HeaderPrediction.prototype, "takes").mockReturnValue(false);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual(alerts(rule));
  },
);

test("acknowledgements alone alert where a rule asks for them", () => {
  expect(alerts(RULES["of one port"])).toHaveLength(3);
  expect(alerts("alert tcp any any -> any 446 (flags:A; dsize:0; sid:1;)")).toEqual([]);
});

test("what was said is looked at with the next segment of its direction, though that brings nothing", () => {
  const { sensor, sids } = sensorWith(['alert tcp any any -> any any (content:"needle"; sid:1;)']);
  const talk = new TcpConversation(sensor, { serverPort: 9999 });
  talk.client(`${"x".repeat(3000)}needle`);
  expect(sids).toEqual([]);
  talk.server("an answer");
  expect(sids).toEqual([1]);
});

const ENCRYPTED_RULES = [
  "alert tcp any any -> any 443 (dsize:>20; sid:1;)",
  "alert tcp any 443 -> any any (flags:PA; sid:2;)",
  'alert tcp any any -> any 443 (content:!"absent"; sid:3;)',
  "alert tcp any any -> any 443 (flow:to_server,established; stream_size:client,>,300; sid:4;)",
  'alert tcp any any -> any any (content:"in the clear"; sid:5;)',
];

/** Sids of all alerts of a conversation that is encrypted from its third segment on. */
function encryptedAlerts(rules: readonly string[]): readonly number[] {
  const { sensor, sids } = sensorWith(rules);
  const data = record(23, Buffer.from("as if in the clear"));
  new TcpConversation(sensor, { serverPort: 443 })
    .client(CLIENT_HELLO_TLS12)
    .server(record(22, serverHello()))
    .client(record(20, Buffer.from([1])))
    .server(record(20, Buffer.from([1])))
    .client(data)
    .server(data)
    .client(data)
    .server(data);
  sensor.finish();
  return sids;
}

test("of encrypted segments rules see what they saw before these were passed over", () => {
  const ways = [ENCRYPTED_RULES, ...ENCRYPTED_RULES.map((rule) => [rule])];
  const seen = ways.map(encryptedAlerts);
  vi.spyOn(HeaderPrediction.prototype, "takes").mockReturnValue(false);
  expect(seen).toEqual(ways.map(encryptedAlerts));
  expect(new Set(seen[0])).toEqual(new Set([1, 2, 3, 4]));
});
