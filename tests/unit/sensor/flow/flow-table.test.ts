import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlowKey } from "../../../../agent/sensor/flow/flow-key.js";
import { FLOW_CLOSED, FLOW_ESTABLISHED, FLOW_NEW } from "../../../../agent/sensor/flow/flow-state.js";
import { FlowTable } from "../../../../agent/sensor/flow/flow-table.js";

const MAX = 24;

function keyOf(source: number, port: number): FlowKey {
  const key = new FlowKey();
  key.source[3] = source;
  key.destination[3] = 1000;
  key.sourcePort = port;
  key.destinationPort = 53;
  key.ipProtocol = 17;
  key.kind = 17;
  return key;
}

function turned(key: FlowKey): FlowKey {
  const other = new FlowKey();
  other.source = key.destination;
  other.destination = key.source;
  other.sourcePort = key.destinationPort;
  other.destinationPort = key.sourcePort;
  other.ipProtocol = key.ipProtocol;
  other.kind = key.kind;
  return other;
}

describe("the flow table", () => {
  it("finds what was put in, in both directions, and gives slots back", () => {
    const table = new FlowTable(MAX, 7, 4);
    const clock = new Float64Array([1e15]);
    const flows = Array.from({ length: MAX }, (_, i) => {
      const key = keyOf(i + 1, 2000 + i);
      table.hashKey(key);
      return table.insert(key, clock);
    });
    expect(table.isFull).toBe(true);
    flows.forEach((flow, i) => {
      const key = keyOf(i + 1, 2000 + i);
      table.hashKey(key);
      const back = turned(key);
      table.hashKey(back);
      expect(back.hash).toBe(key.hash);
      expect([table.find(key), table.find(back)]).toEqual([flow * 2, flow * 2 + 1]);
    });
    for (const flow of flows) table.remove(flow);
    expect([table.usedCount, table.find(keyOf(1, 2000))]).toEqual([0, -1]);
  });

  it("spreads keys over its buckets by the seed", () => {
    const hashes = (seed: number): number[] => {
      const table = new FlowTable(1024, seed, 4);
      return Array.from({ length: 4096 }, (_, i) => {
        const key = keyOf(0x0a000000 + i, 53);
        table.hashKey(key);
        return key.hash >>> 21;
      });
    };
    const fullest = (values: number[]): number => {
      const counts = new Map<number, number>();
      for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
      return Math.max(...counts.values());
    };
    for (const seed of [0, 1, 12_345]) expect(fullest(hashes(seed))).toBeLessThan(16);
    expect(hashes(1)).not.toEqual(hashes(2));
  });

  it("always names the victim a plain search would, whatever happened before", () => {
    const step = fc.record({
      kind: fc.constantFrom("insert", "insert", "insert", "remove", "touch", "answer", "close"),
      source: fc.integer({ min: 1, max: 6 }),
      pick: fc.nat(1000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const table = new FlowTable(MAX, 3, 5);
        const clock = new Float64Array([1e15]);
        const live = new Map<number, { source: number; state: number; placed: number }>();
        let port = 0;
        for (const { kind, source, pick } of steps) {
          clock[0] = clock[0]! + 1.5e6;
          const flow = [...live.keys()][pick % Math.max(1, live.size)];
          if (kind === "insert") {
            if (table.isFull) continue;
            const key = keyOf(source, port++);
            table.hashKey(key);
            live.set(table.insert(key, clock), { source, state: FLOW_NEW, placed: clock[0]! });
          } else if (flow !== undefined && kind === "remove") {
            table.remove(flow);
            live.delete(flow);
          } else if (flow !== undefined) {
            table.touch(flow, clock);
            const entry = live.get(flow)!;
            entry.placed = clock[0]!;
            if (kind === "answer" && entry.state === FLOW_NEW) entry.state = FLOW_ESTABLISHED;
            if (kind === "close") entry.state = FLOW_CLOSED;
            table.setState(flow, entry.state);
          }
          if (live.size > 0) expect(searched(live)).toContain(table.victim());
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** The flows that may be given up by the order of `FlowTable.victim`, found the slow way. */
function searched(live: Map<number, { source: number; state: number; placed: number }>): number[] {
  const entries = [...live].map(([flow, entry]) => ({ flow, ...entry }));
  const oldest = (among: typeof entries): number[] => {
    const placed = Math.min(...among.map((entry) => entry.placed));
    return among.filter((entry) => entry.placed === placed).map((entry) => entry.flow);
  };
  const countOf = (source: number): number => entries.filter((entry) => entry.source === source).length;
  const most = Math.max(...entries.map((entry) => countOf(entry.source)));
  const top = [...new Set(entries.map((entry) => entry.source))].filter((source) => countOf(source) === most);
  const ofTop = (isNew: boolean): number[] =>
    top.flatMap((source) => {
      const own = entries.filter((e) => e.source === source && (e.state === FLOW_NEW) === isNew);
      return own.length > 0 ? oldest(own) : [];
    });
  const unanswered = entries.filter((entry) => entry.state === FLOW_NEW);
  const closed = entries.filter((entry) => entry.state === FLOW_CLOSED);
  if (most > 5) {
    // Equal counts: any of these sources may be the one, also one without unanswered flows.
    if (top.every((s) => entries.some((e) => e.source === s && e.state === FLOW_NEW))) return ofTop(true);
    return [...ofTop(true), ...fallback()];
  }
  return fallback();

  function fallback(): number[] {
    if (unanswered.length > 0) return oldest(unanswered);
    if (closed.length > 0) return oldest(closed);
    return ofTop(false);
  }
}
