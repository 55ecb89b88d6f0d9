import { describe, expect, it } from "vitest";
import { EvidenceTally, evidenceOf, queriedNameOf, serverNameOf } from "../../../agent/incident/evidence.js";

describe("evidence", () => {
  it("takes names, addresses, URLs and fingerprints from where Suricata's records have them", () => {
    const metadata = {
      dns: { query: [{ type: "query", rrname: "Bad.Example" }], answer: { grouped: { A: ["203.0.113.7"] } } },
      tls: {
        sni: "bad.example",
        ja3: { hash: "e7d705a3286e19ea42f587b344ee6865" },
        ja4: "t13d1516h2_8daaf6152771_e5627efa2ab1",
      },
      http: { hostname: "dl.example", url: "/a.exe", http_user_agent: "curl/8" },
      fileinfo: { filename: "/a.exe" },
    };
    expect(evidenceOf(metadata)).toEqual([
      ["http.url", "http://dl.example/a.exe"],
      ["dns.rrname", "Bad.Example"],
      ["dns.answer", "203.0.113.7"],
      ["tls.sni", "bad.example"],
      ["tls.ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1"],
      ["tls.ja3", "e7d705a3286e19ea42f587b344ee6865"],
      ["http.user_agent", "curl/8"],
      ["file.name", "/a.exe"],
    ]);
  });

  it("leaves out what follows the question mark of a URL", () => {
    const urlOf = (url: string): string | undefined =>
      evidenceOf({ http: { hostname: "a.example", url } })[0]?.[1];
    expect(urlOf("/login?user=taro&password=secret")).toBe("http://a.example/login");
    expect(urlOf("/page#token")).toBe("http://a.example/page");
    expect(urlOf("http://proxy.example/x?y")).toBe("http://proxy.example/x");
  });

  it("trusts nothing to have a shape or a length", () => {
    for (const metadata of [
      { dns: null, tls: [], http: "x" },
      { dns: { query: { rrname: 7 } }, tls: { sni: ["a", ["b"], {}] }, http: { url: {} } },
      { dns: { query: Array.from({ length: 10_000 }, (_, i) => ({ rrname: `${i}` })) } },
    ]) {
      expect(evidenceOf(metadata).length).toBeLessThanOrEqual(4);
    }
    expect(evidenceOf({ tls: { sni: "x".repeat(5_000) } })[0]![1]).toHaveLength(200);
  });

  it("knows the name a message is about", () => {
    expect(queriedNameOf({ dns: { query: [{ rrname: "C2.Example." }] } })).toBe("c2.example");
    expect(queriedNameOf({ dns: { queries: [{ rrname: "v3.example" }] } })).toBe("v3.example");
    expect(queriedNameOf({ dns: { answer: { rrname: "answer.example" } } })).toBe("answer.example");
    expect(queriedNameOf({ tls: { sni: "a" } })).toBeUndefined();
    expect(serverNameOf({ tls: { sni: "TLS.example" }, http: { hostname: "b" } })).toBe("tls.example");
    expect(serverNameOf({ http: { hostname: "b.example" } })).toBe("b.example");
  });

  it("shows the eight most frequent of the first thirty-two", () => {
    const tally = new EvidenceTally();
    for (let i = 0; i < 100; i++) tally.add("dns.rrname", `n${i}`);
    for (let i = 0; i < 3; i++) tally.add("dns.rrname", "n20");
    expect(tally.shown).toHaveLength(8);
    expect(tally.shown[0]).toEqual({ kind: "dns.rrname", value: "n20", count: 4 });
    expect(tally.shown[1]).toEqual({ kind: "dns.rrname", value: "n0", count: 1 });
  });
});
