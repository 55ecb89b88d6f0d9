import { afterEach, expect, test, vi } from "vitest";
import { HeaderPrediction } from "../../../agent/sensor/flow/header-prediction.js";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

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
