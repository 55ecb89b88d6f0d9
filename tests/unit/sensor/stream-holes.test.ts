/** Payload rules and bytes of a stream that come late, or not at all, although what follows them was acknowledged. */
import { expect, test } from "vitest";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

const rule = (content: string, sid: number) =>
  `alert tcp any any -> any any (flow:established; content:"${content}"; sid:${sid};)`;
const filler = (bytes: number) => ".".repeat(bytes);

function talkWith(...contents: readonly string[]) {
  const { sensor, sids } = sensorWith(contents.map((content, i) => rule(content, i + 1)));
  return { sensor, sids, talk: new TcpConversation(sensor, { serverPort: 4444 }) };
}

test("late data fills its hole as long as that has not been looked at", () => {
  const { sensor, sids, talk } = talkWith("beforeLATE", "LATEbehind", "beforeLATEbehind");
  talk.client("before").lostClient("LATE").client("behind");
  talk.lateClient(10, "LATEbehind");
  sensor.finish();
  expect(sids.toSorted()).toEqual([1, 2, 3]);
});

test("and as far as it comes: the rest stays a hole", () => {
  const { sensor, sids, talk } = talkWith("before", "ATEbehind", "LATEbehind", "beforeATE");
  talk.client("before").lostClient("LATE").client("behind");
  talk.lateClient(9, "ATEbehind");
  sensor.finish();
  expect(sids.toSorted()).toEqual([1, 2]);
});

test("what was looked at without it is not put together again", () => {
  const { sensor, sids, talk } = talkWith("beforeLATE", "before", "behind");
  talk
    .client(`${filler(2600)}before`)
    .lostClient("LATE")
    .client("behind");
  talk.client("x");
  expect(sids.toSorted()).toEqual([2, 3]);
  talk.lateClient(11, "LATEbehindx");
  sensor.finish();
  // What stands behind the hole was to be looked at once more, with what might come.
  expect(sids.toSorted()).toEqual([2, 3, 3]);
});

test("a hole does not hasten the look, and parts it: a rule holds once in all its parts", () => {
  const { sids, talk } = talkWith("same", "one", "two", "onetwo", "three");
  talk.client("same one").lostClient("?").client("two same").lostClient("?").client("three");
  talk.client("x");
  expect(sids).toEqual([]);
  talk.client(filler(2600)).client("x");
  expect(sids.toSorted()).toEqual([1, 2, 3, 5]);
  // Behind the last hole it is looked at again.
  talk.client("x");
  expect(sids.toSorted()).toEqual([1, 2, 3, 5, 5]);
  talk.client(filler(2600)).client("x");
  expect(sids).toHaveLength(5);
});

test("what stands behind a hole is looked at whole, acknowledged or not", () => {
  const { sids, talk } = talkWith("fresh");
  talk.client("x").lostClient(filler(2600)).client("fresh");
  expect(sids).toEqual([1]);
});

test("with a hole that has no place, for their number or its length, all that has come is looked at", () => {
  const { sids, talk } = talkWith("first", "fifth", "large", "last");
  talk.client("first");
  for (let i = 0; i < 4; i++) talk.lostClient("?").client("x");
  talk.client("fifth");
  expect(sids).toEqual([]);
  talk.lostClient("?").client("large");
  expect(sids.toSorted()).toEqual([1, 2, 3]);
  talk.lostClient(filler(20_000)).client("last");
  expect(sids.toSorted()).toEqual([1, 2, 3, 4]);
});

test("a message that is judged before does not part from its bytes what late data completes", () => {
  const { sensor, sids } = sensorWith([
    rule("firstLATElast", 1),
    'alert tcp any any -> any any (content:"absent"; flowbits:set,mark; sid:2;)',
    'alert http any any -> any any (http.uri; content:"first"; flowbits:isnotset,mark; sid:3;)',
  ]);
  const talk = new TcpConversation(sensor, { serverPort: 80 });
  const end = "last HTTP/1.0\r\n\r\n";
  talk
    .client("GET /first")
    .lostClient("LATE")
    .client(end)
    .lateClient(end.length + 4, `LATE${end}`);
  sensor.finish();
  expect(sids.toSorted()).toEqual([1, 3]);
});
