import { describe, expect, it } from "vitest";
import { PeerSet } from "../../../agent/incident/peer-set.js";

function setOf(count: number): PeerSet<string> {
  const set = new PeerSet<string>((peer) => peer);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < count; i++) set.add(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  }
  return set;
}

describe("a set of peers", () => {
  it("names the first 32 and counts up to 128 exactly", () => {
    for (const count of [1, 31, 32, 33, 100, 128]) {
      const set = setOf(count);
      expect([set.count, set.isEstimate, set.named.length]).toEqual([count, false, Math.min(count, 32)]);
    }
  });

  it("estimates more within fifteen percent and says so", () => {
    for (const count of [200, 500, 1_500, 10_000, 65_536, 300_000]) {
      const set = setOf(count);
      expect(set.isEstimate).toBe(true);
      expect(Math.abs(set.count - count) / count, `${count}`).toBeLessThan(0.15);
    }
  });

  it("does not fall below what was known before a restart", () => {
    const set = setOf(5);
    set.raise(40);
    expect([set.count, set.isEstimate]).toEqual([40, true]);
  });

  it("takes over the members of another", () => {
    const set = setOf(3);
    const other = new PeerSet<string>((peer) => peer);
    for (const peer of ["10.0.0.1", "10.9.9.9"]) other.add(peer);
    set.merge(other);
    expect([set.count, set.isEstimate]).toEqual([4, false]);
  });
});
