import { describe, expect, it } from "vitest";
import { Counters } from "../../../agent/base/counters.js";
import { type Incident, type IncidentChange, incidentEntry } from "../../../agent/incident/incident.js";
import { type BookLimits, IncidentBook } from "../../../agent/incident/incident-book.js";
import type { Detection } from "../../../agent/sensor/detection.js";
import { directoryOf, isInside, makeDetection } from "../../support/detection.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

function makeBook(limits: Partial<BookLimits> = {}, devices = directoryOf()) {
  const time = { nowMs: 0 };
  const clock = { wallMs: () => 1_790_000_000_000 + time.nowMs, monotonicMs: () => time.nowMs };
  const counters = new Counters();
  const book = new IncidentBook({ clock, isInside, devices, counters, limits });
  return { book, time, counters };
}

function brief(changes: readonly IncidentChange[]): readonly unknown[] {
  return changes.map(({ incident, priority }) => [incident.state, incident.count, priority]);
}

/** A scan: the n-th remote inside. */
function knock(n: number, changes: Partial<Detection> = {}): Detection {
  return makeDetection({
    category: "Detection of a Network Scan",
    severity: 3,
    serverAddress: `192.168.${2 + (n >> 8)}.${n & 255}`,
    serverPort: 445,
    isAnswered: false,
    ...changes,
  });
}

describe("the size of connections", () => {
  it("is told of the largest, also after a restart", () => {
    const { book } = makeBook();
    book.observe(makeDetection({ flowBytes: { toServer: 100, toClient: 60 } }));
    book.observe(makeDetection({ flowBytes: { toServer: 90_000, toClient: 500 } }));
    book.observe(makeDetection({ flowBytes: { toServer: 10, toClient: 20 } }));
    const [change] = book.settle();
    const largestFlow = { bytesToServer: 90_000, bytesToClient: 500 };
    expect(change!.incident).toMatchObject({ count: 3, largestFlow });
    const next = makeBook().book;
    next.resume([JSON.parse(JSON.stringify(change!.incident))]);
    next.observe(makeDetection());
    expect(next.settle()[0]!.incident).toMatchObject({ count: 4, largestFlow });
  });
});

describe("one pair of hosts", () => {
  it("opens an incident with the first hit, at once, with everything known of it", () => {
    const device = { address: "192.168.1.20", hostname: "keiri-pc", macAddress: "02:00:00:00:00:20" };
    const { book } = makeBook({}, directoryOf([device]));
    const [change, ...others] = book.observe(
      makeDetection({
        applicationProtocol: "tls",
        metadata: { tls: { sni: "c2.example", version: "TLS 1.2" } },
        ruleMetadata: { malware_family: ["Example"] },
      }),
    );
    expect(others).toEqual([]);
    expect(change).toEqual({
      priority: "critical",
      incident: {
        id: expect.stringMatching(/^..-...-..$/),
        state: "opened",
        rule: {
          sid: 2_000_001,
          gid: 1,
          rev: 3,
          signature: "TEST something bad",
          category: "A Network Trojan was detected",
          severity: 1,
          metadata: { malware_family: ["Example"] },
        },
        theme: "malware",
        direction: "outbound",
        scope: "pair",
        verdict: "act",
        insideHost: device,
        insideHosts: { named: [device], count: 1, isEstimate: false },
        remotes: { named: [{ name: "c2.example", address: "203.0.113.9" }], count: 1, isEstimate: false },
        protocol: "TCP",
        ports: [443],
        applicationProtocol: "tls",
        isAnswered: true,
        firstSeen: "2026-09-21T14:13:20.000Z",
        lastSeen: "2026-09-21T14:13:20.000Z",
        count: 1,
        evidence: [{ kind: "tls.sni", value: "c2.example", count: 1 }],
      },
    });
  });

  it("tells growing counts after one, five and fifteen minutes and then every hour", () => {
    const { book, time } = makeBook();
    const told: number[] = [];
    for (; time.nowMs < 200 * MINUTE; time.nowMs += SECOND) {
      const changes = [...book.observe(makeDetection()), ...book.tick()];
      if (changes.length > 0) told.push(time.nowMs / MINUTE);
      expect(changes.length).toBeLessThanOrEqual(1);
    }
    expect(told).toEqual([0, 1, 5, 15, 60, 120, 180]);
  });

  it("says nothing where nothing has grown, and the next hit when it is overdue", () => {
    const { book, time } = makeBook();
    book.observe(makeDetection());
    time.nowMs = 2 * MINUTE;
    expect(book.tick()).toEqual([]);
    expect(brief(book.observe(makeDetection()))).toEqual([["updated", 2, "high"]]);
    expect(book.observe(makeDetection())).toEqual([]);
  });

  it("closes after half an hour of silence with a last count, and the next hit opens another", () => {
    const { book, time } = makeBook();
    const [opened] = book.observe(makeDetection());
    book.observe(makeDetection({ timeUs: 1_790_000_007_000_000 }));
    time.nowMs = 30 * MINUTE - 1;
    book.tick();
    time.nowMs = 30 * MINUTE;
    const [closed] = book.tick();
    expect(closed).toMatchObject({
      priority: "normal",
      incident: {
        id: opened!.incident.id,
        state: "closed",
        closeReason: "idle",
        count: 2,
        lastSeen: "2026-09-21T14:13:27.000Z",
      },
    });
    expect(book.size).toBe(0);
    const [again] = book.observe(makeDetection());
    expect(again!.incident.state).toBe("opened");
    expect(again!.incident.id).not.toBe(opened!.incident.id);
  });

  it("keeps different rules, hosts, remotes and directions apart", () => {
    const { book } = makeBook();
    for (const detection of [
      makeDetection(),
      makeDetection({ signatureId: 5 }),
      makeDetection({ clientAddress: "192.168.1.21" }),
      makeDetection({ serverAddress: "203.0.113.10" }),
      makeDetection({ clientAddress: "203.0.113.9", serverAddress: "192.168.1.20" }),
    ]) {
      expect(book.observe(detection)).toHaveLength(1);
    }
    expect(book.size).toBe(5);
  });

  it("is one incident behind one name, however many addresses that has", () => {
    const { book } = makeBook();
    const tls = (serverAddress: string): Detection =>
      makeDetection({ serverAddress, metadata: { tls: { sni: "cdn.example" } } });
    expect(book.observe(tls("203.0.113.1"))).toHaveLength(1);
    expect(book.observe(tls("203.0.113.2"))).toHaveLength(0);
  });

  it("is news again, at once, when it becomes graver", () => {
    const { book } = makeBook();
    const knocked = {
      clientAddress: "203.0.113.9",
      serverAddress: "192.168.1.20",
      category: "Web Application Attack",
    };
    expect(brief(book.observe(makeDetection({ ...knocked, isAnswered: false })))).toEqual([
      ["opened", 1, "low"],
    ]);
    expect(book.observe(makeDetection({ ...knocked, isAnswered: false }))).toEqual([]);
    const [graver] = book.observe(makeDetection({ ...knocked, isAnswered: true }));
    expect(graver).toMatchObject({
      priority: "normal",
      incident: { state: "updated", verdict: "watch", isAnswered: true },
    });
  });

  it("keeps packet time apart from the clock of the box, in whichever order packets come", () => {
    const { book, time } = makeBook();
    book.observe(makeDetection({ timeUs: 5_000_000 }));
    time.nowMs = MINUTE;
    const [updated] = book.observe(makeDetection({ timeUs: 1_000_000 }));
    expect(updated!.incident).toMatchObject({
      firstSeen: "1970-01-01T00:00:01.000Z",
      lastSeen: "1970-01-01T00:00:05.000Z",
    });
    const [strange] = book.observe(makeDetection({ signatureId: 9, timeUs: Number.MAX_SAFE_INTEGER }));
    expect(strange!.incident.firstSeen).toMatch(/^2255-/);
  });
});

describe("many remotes of one rule and one host", () => {
  it("are folded into one incident beyond eight, which names the first and counts all", () => {
    const { book } = makeBook();
    const opened = Array.from({ length: 8 }, (_, n) => book.observe(knock(n))).flat();
    expect(opened.map(({ incident }) => incident.state)).toEqual(new Array(8).fill("opened"));
    const [folded, ...closed] = book.observe(knock(8));
    expect(folded!.incident).toMatchObject({
      state: "opened",
      scope: "many-remotes",
      direction: "lateral",
      count: 9,
      insideHost: { address: "192.168.1.20" },
      remotes: { count: 9, isEstimate: false },
      ports: [445],
      foldedFrom: opened.map(({ incident }) => incident.id),
    });
    expect(closed.map(({ incident }) => [incident.state, incident.closeReason, incident.foldedInto])).toEqual(
      new Array(8).fill(["closed", "folded", folded!.incident.id]),
    );
    expect(closed.map(({ incident }) => incident.id)).toEqual(folded!.incident.foldedFrom);
    expect(book.observe(knock(9))).toEqual([]);
    expect(book.observe(knock(0))).toEqual([]);
    expect(book.size).toBe(1);
  });

  // What a million of them cost the line: scripts/chaos scan
  it("are counted within a few percent when they are very many", () => {
    const { book, time } = makeBook();
    let bytes = 0;
    let last: Incident | undefined;
    const count = (changes: readonly IncidentChange[]): void => {
      for (const change of changes) {
        last = change.incident;
        bytes += incidentEntry(change, 0).message.payload.length;
      }
    };
    for (let n = 0; n < 100_000; n++) {
      count(book.observe(knock(n % 40_000, { timeUs: 1_790_000_000_000_000 + n * 100 })));
      if (n % 10_000 === 0) {
        time.nowMs += SECOND;
        count(book.tick());
      }
    }
    time.nowMs += 31 * MINUTE;
    count(book.tick());
    expect(last).toMatchObject({ state: "closed", count: 100_000, remotes: { isEstimate: true } });
    expect(Math.abs(last!.remotes.count - 40_000)).toBeLessThan(6_000);
    expect(bytes).toBeLessThan(64 * 1024);
  });

  it("are not folded when they are spread over time", () => {
    const { book, time } = makeBook();
    for (let n = 0; n < 20; n++) {
      expect(book.observe(knock(n))[0]!.incident.scope).toBe("pair");
      time.nowMs += 10 * MINUTE;
      book.tick();
    }
  });
});

describe("many inside hosts of one rule and one remote", () => {
  it("are folded as well", () => {
    const { book } = makeBook();
    const hit = (n: number): Detection => makeDetection({ clientAddress: `192.168.1.${n}` });
    for (let n = 0; n < 8; n++) book.observe(hit(n));
    const [folded, ...closed] = book.observe(hit(8));
    expect(folded!.incident).toMatchObject({
      scope: "many-inside-hosts",
      remotes: { count: 1 },
      insideHosts: { count: 9 },
      insideHost: { address: "192.168.1.0" },
    });
    expect(closed).toHaveLength(8);
    expect(book.observe(hit(100))).toEqual([]);
    expect(book.size).toBe(1);
  });
});

describe("the book", () => {
  it("closes the one longest quiet when too many are open, and counts it", () => {
    const { book, counters } = makeBook({ maxOpen: 3 });
    for (const sid of [1, 2, 3]) book.observe(makeDetection({ signatureId: sid }));
    book.observe(makeDetection({ signatureId: 1 }));
    const [opened, evicted] = book.observe(makeDetection({ signatureId: 4 }));
    expect(opened!.incident.rule.sid).toBe(4);
    expect(evicted!.incident).toMatchObject({ state: "closed", closeReason: "evicted", rule: { sid: 2 } });
    expect(book.size).toBe(3);
    expect(counters.get("incident.evicted")).toBe(1);
  });

  it("closes everything at the end of the input", () => {
    const { book } = makeBook();
    book.observe(makeDetection());
    for (let n = 0; n < 9; n++) book.observe(knock(n));
    expect(book.closeAll().map(({ incident }) => [incident.scope, incident.closeReason])).toEqual([
      ["pair", "stopped"],
      ["many-remotes", "stopped"],
    ]);
    expect(book.size).toBe(0);
    expect(book.observe(knock(0))).toHaveLength(1);
  });

  it("goes on after a restart with what was open, under the same numbers", () => {
    const before = makeBook();
    const changes = [before.book.observe(makeDetection({ metadata: { tls: { sni: "c2.example" } } }))];
    for (let n = 0; n < 40; n++) changes.push(before.book.observe(knock(n)));
    const records = changes
      .flat()
      .map(({ incident }) => JSON.parse(JSON.stringify(incident)) as Incident)
      .filter(({ state, scope }) => state !== "closed" && (scope !== "pair" || state === "opened"));
    const pair = records[0]!;
    const scan = records.find(({ scope }) => scope === "many-remotes")!;

    const { book, time } = makeBook();
    book.resume([pair, null, 7, {}, { ...scan, evidence: "none" }, scan, { ...pair, state: "closed" }]);
    expect(book.size).toBe(2);
    expect(book.observe(makeDetection({ metadata: { tls: { sni: "c2.example" } } }))).toEqual([]);
    expect(book.observe(knock(200))).toEqual([]);
    time.nowMs = MINUTE;
    expect(book.tick().map(({ incident }) => [incident.id, incident.state, incident.count])).toEqual([
      [pair.id, "updated", 2],
      [scan.id, "updated", scan.count + 1],
    ]);
  });

  it("stays within its bounds under a storm of strangers", () => {
    const { book } = makeBook({ maxOpen: 64 });
    let largest = 0;
    for (let n = 0; n < 15_000; n++) {
      const noise = Math.imul(n, 2_654_435_761) >>> 0;
      const changes = book.observe(
        makeDetection({
          signatureId: noise % 97,
          clientAddress: `203.0.${(noise >> 8) & 255}.${noise & 255}`,
          serverAddress: `192.168.1.${(noise >> 16) & 255}`,
          serverPort: noise & 0xffff,
          metadata: { http: { hostname: `${noise}.example`, url: `/${"x".repeat(300)}/${noise}` } },
          ruleMetadata: { tag: new Array(50).fill("y".repeat(500)) },
        }),
      );
      for (const change of changes)
        largest = Math.max(largest, incidentEntry(change, 0).message.payload.length);
      expect(book.size).toBeLessThanOrEqual(64);
    }
    expect(largest).toBeLessThan(32 * 1024);
  });
});
