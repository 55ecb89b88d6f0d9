import { expect, test } from "vitest";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

/** Sids told of a request of HTTP, and the sensor. */
function played(rules: readonly string[], maxAlertsPerPacket?: number) {
  const { sensor, sids } = sensorWith(rules, maxAlertsPerPacket === undefined ? {} : { maxAlertsPerPacket });
  new TcpConversation(sensor, { serverPort: 80 }).client("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  return { sids, sensor };
}

const onPacket = (sid: number, options = "") =>
  `alert tcp any any -> any any (flow:to_server; dsize:>0; ${options} sid:${sid};)`;
const onUri = (sid: number, options = "") =>
  `alert http any any -> any any (http.uri; content:"/a"; ${options} sid:${sid};)`;

test("a packet that sets off more than fifteen rules is told by the first fifteen, and the others are counted", () => {
  const rules = Array.from({ length: 20 }, (_, index) => onPacket(index + 1));
  const { sids, sensor } = played(rules);
  expect(sids).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  expect(sensor.counters()["match.alerts_discarded"]).toBe(5);
});

test("the first are those of the highest priority, whether packet or message sets them off", () => {
  const rules = [onPacket(1, "priority:3;"), onUri(2, "priority:1;"), onPacket(3, "priority:2;")];
  expect(played(rules).sids).toEqual([2, 3, 1]);
  expect(played(rules, 2).sids).toEqual([2, 3]);
});

test("rules that do not alert and alerts that a threshold hides take no place", () => {
  const rules = [
    onPacket(1, "noalert;"),
    onPacket(2, "threshold:type threshold, track by_src, count 9, seconds 60;"),
  ];
  expect(played([...rules, onPacket(3)], 1).sids).toEqual([3]);
});

test("a pass rule on packets lets one packet pass, with what is found in its messages", () => {
  const pass = "pass tcp any any -> any 80 (flow:to_server; dsize:>0; sid:9;)";
  const later = "alert tcp any any -> any any (flow:to_client,established; flags:A; sid:4;)";
  expect(played([pass, onPacket(1), onUri(2), later]).sids).toEqual([4]);
});

test("a pass rule on addresses lets the whole flow pass, also where some are taken out", () => {
  const later = "alert tcp any any -> any any (flow:established; sid:4;)";
  const pass = (source: string) => `pass tcp ${source} any -> any 80 (sid:9;)`;
  expect(played([pass("192.168.0.0/16"), onPacket(1), later]).sids).toEqual([]);
  expect(played([pass("!10.0.0.0/8"), onPacket(1), later]).sids).toEqual([]);
  expect(played([pass("!192.168.0.0/16"), onPacket(1)]).sids).toEqual([1]);
});

test.each(["drop", "reject", "rejectsrc", "rejectboth"])(
  "a rule on addresses that would %s ends the judging of the flow behind the packet at hand",
  (action) => {
    const ending = `${action} tcp any any -> any 80 (sid:9;)`;
    const later = "alert tcp any any -> any any (flow:established; sid:4;)";
    const now = "alert tcp any any -> any any (flags:S; sid:3;)";
    expect(played([ending, now, onPacket(1), onUri(2), later]).sids).toEqual([9, 3]);
  },
);

test("a rule on packets that would reject is about one packet", () => {
  const onSyn = "reject tcp any any -> any any (flags:S; sid:9;)";
  expect(played([onSyn, onPacket(1)]).sids).toEqual([9, 1]);
});
