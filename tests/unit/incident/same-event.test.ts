/** One event that is seen in packets and told by another device's log is one incident. */
import { expect, it } from "vitest";
import { Counters } from "../../../agent/base/counters.js";
import type { IncidentChange } from "../../../agent/incident/incident.js";
import { type BookLimits, IncidentBook } from "../../../agent/incident/incident-book.js";
import type { Detection } from "../../../agent/sensor/detection.js";
import { directoryOf, isInside, makeDetection } from "../../support/detection.js";
import { ManualClock } from "../../support/manual-clock.js";

const OWN = makeDetection();
/** As the UTM tells it: its own rule, its own ports behind NAT unknown. */
const TOLD = makeDetection({
  ...{ generatorId: 9004, signatureId: 41_944, signature: "utm: Trojan.Generic", interfaceName: "utm" },
  ...{ protocol: "", serverPort: 0, clientPort: 0 },
});

function makeBook(limits: Partial<BookLimits> = {}) {
  const clock = new ManualClock();
  const counters = new Counters();
  const book = new IncidentBook({ clock, isInside, devices: directoryOf(), counters, limits });
  const observe = (detection: Detection) => brief(book.observe(detection));
  return { book, clock, counters, observe };
}

function brief(changes: readonly IncidentChange[]) {
  return changes.map(({ incident: { id, state, count, rule } }) => ({ id, state, count, sid: rule.sid }));
}

it.each([
  ["the packets first", OWN, TOLD],
  ["the log first", TOLD, OWN],
])("%s: the other joins its incident, and is named there at once", (_name, first, second) => {
  const { book, observe, counters } = makeBook();
  const [opened] = observe(first);
  const [joined, ...rest] = book.observe(second);
  expect(rest).toEqual([]);
  expect(joined!.incident).toMatchObject({ id: opened!.id, state: "updated", count: 2 });
  expect(joined!.incident.rule.sid).toBe(first.signatureId);
  const { generatorId, signatureId, signature } = second;
  expect(joined!.incident.evidence[0]).toEqual({
    kind: "also.detected",
    value: `${generatorId}:${signatureId} ${signature}`,
    count: 1,
  });
  // Repeats of either are repeats.
  expect([observe(second), observe(first)]).toEqual([[], []]);
  expect(book.size).toBe(1);
  expect(counters.get("incident.joined")).toBe(1);
});

it("who has joined stays, also where the next comes long after and first", () => {
  const { observe, clock, book } = makeBook();
  observe(OWN);
  observe(TOLD);
  clock.advance(10 * 60_000);
  observe(TOLD);
  observe(OWN);
  expect(book.size).toBe(1);
});

it.each([
  ["another device", { clientAddress: "192.168.1.21", sourceAddress: "192.168.1.21" }],
  ["another remote", { serverAddress: "203.0.113.10", destinationAddress: "203.0.113.10" }],
  ["another service", { serverPort: 80 }],
  ["another protocol", { protocol: "UDP" }],
])("%s is another event", (_name, change) => {
  const { observe, book } = makeBook();
  observe(OWN);
  expect(observe({ ...TOLD, ...change })).toMatchObject([{ state: "opened" }]);
  expect(book.size).toBe(2);
});

it("what comes later than minutes is another event, and two rules of this box stay two", () => {
  const { observe, clock, book } = makeBook();
  observe(OWN);
  expect(observe(makeDetection({ signatureId: 7 }))).toMatchObject([{ state: "opened" }]);
  clock.advance(3 * 60_000);
  expect(observe(TOLD)).toMatchObject([{ state: "opened" }]);
  expect(book.size).toBe(3);
});

it("an incident that is closed takes nothing in", () => {
  const { observe, clock, book } = makeBook();
  observe(OWN);
  observe(TOLD);
  clock.advance(31 * 60_000);
  expect(brief(book.tick())).toMatchObject([{ state: "closed" }]);
  expect(observe(TOLD)).toMatchObject([{ state: "opened", sid: 41_944 }]);
});

it("the ends of thousands of events are remembered, no more", () => {
  const { observe } = makeBook({ maxOpen: 10_000 });
  const ends = (n: number) => ({ serverAddress: `203.0.${n >> 8}.${n & 255}`, serverPort: 0 });
  observe(makeDetection(ends(1)));
  for (let n = 2; n < 4100; n++)
    observe(makeDetection({ ...ends(n), clientAddress: `10.0.${n >> 8}.${n & 255}` }));
  expect(observe({ ...TOLD, ...ends(1) })).toMatchObject([{ state: "opened" }]);
});
