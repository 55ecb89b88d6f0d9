import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { themeOf } from "../../../agent/incident/theme.js";
import { triage } from "../../../agent/incident/triage.js";
import { isInside, makeDetection } from "../../support/detection.js";

const INSIDE = "192.168.1.20";
const OUTSIDE = "203.0.113.9";

describe("triage", () => {
  it("calls what a device of the office began outbound, and wants something done", () => {
    expect(triage(makeDetection(), isInside)).toEqual({
      direction: "outbound",
      insideAddress: INSIDE,
      remote: { address: OUTSIDE },
      theme: "malware",
      verdict: "act",
      priority: "critical",
    });
  });

  it("goes by who began, not by which packet matched", () => {
    const answer = makeDetection({
      direction: "to_client",
      sourceAddress: OUTSIDE,
      destinationAddress: INSIDE,
    });
    expect(triage(answer, isInside).direction).toBe("outbound");
  });

  it("knows a remote by its name where it has one", () => {
    const tls = makeDetection({ metadata: { tls: { sni: "C2.example" } } });
    expect(triage(tls, isInside).remote).toEqual({ name: "c2.example", address: OUTSIDE });
  });

  it("calls a lookup outbound though the resolver stands inside", () => {
    const lookup = makeDetection({
      serverAddress: "192.168.1.1",
      metadata: { dns: { query: [{ rrname: "c2.example" }] } },
    });
    expect(triage(lookup, isInside)).toMatchObject({ direction: "outbound", remote: { name: "c2.example" } });
  });

  it("takes a knock from outside that met silence for information", () => {
    const knock = {
      clientAddress: OUTSIDE,
      serverAddress: INSIDE,
      category: "Attempted Administrator Privilege Gain",
    };
    expect(triage(makeDetection({ ...knock, isAnswered: false }), isInside)).toMatchObject({
      direction: "inbound",
      insideAddress: INSIDE,
      remote: { address: OUTSIDE },
      verdict: "information",
      priority: "low",
    });
    expect(triage(makeDetection({ ...knock, isAnswered: true }), isInside)).toMatchObject({
      verdict: "watch",
      priority: "normal",
    });
    const taken = makeDetection({ ...knock, category: "Successful Administrator Privilege Gain" });
    expect(triage(taken, isInside).verdict).toBe("act");
  });

  it("wants something done about a scan among neighbours, although its class is a mild one", () => {
    const scan = makeDetection({
      serverAddress: "192.168.1.30",
      category: "Detection of a Network Scan",
      severity: 3,
    });
    expect(triage(scan, isInside)).toMatchObject({ direction: "lateral", verdict: "act", priority: "high" });
  });

  it("takes broadcast, multicast and link-local addresses for inside", () => {
    for (const serverAddress of [
      "255.255.255.255",
      "239.255.255.250",
      "169.254.1.1",
      "ff02::fb",
      "fe80::1",
    ]) {
      expect(triage(makeDetection({ serverAddress }), isInside).direction, serverAddress).toBe("lateral");
    }
    expect(triage(makeDetection({ clientAddress: "0.0.0.0" }), isInside).direction).toBe("outbound");
  });

  it("judges two strangers by the rule alone", () => {
    expect(triage(makeDetection({ clientAddress: "198.51.100.1" }), isInside)).toMatchObject({
      direction: "transit",
      insideAddress: "198.51.100.1",
      verdict: "watch",
    });
  });

  it.each([
    ["Potential Corporate Privacy Violation", 1, {}, "watch"],
    ["Potentially Bad Traffic", 2, {}, "watch"],
    ["Misc activity", 3, {}, "information"],
    ["Generic Protocol Command Decode", 1, {}, "watch"],
    ["", 3, {}, "watch"],
    ["a class of one's own", 1, {}, "act"],
    ["A Network Trojan was detected", 1, { signature_severity: ["Informational"] }, "watch"],
    ["A Network Trojan was detected", 4, {}, "information"],
  ])("judges class %j of severity %i with metadata %j as %s", (category, severity, ruleMetadata, verdict) => {
    expect(triage(makeDetection({ category, severity, ruleMetadata }), isInside).verdict).toBe(verdict);
  });

  const config = new URL("../../../../shared/corpus/et/rules/classification.config", import.meta.url);
  it.skipIf(!existsSync(config))("knows every class of Emerging Threats by name and by description", () => {
    const lines = readFileSync(config, "utf8").matchAll(/^config classification: ([^,]+),([^,]+),/gm);
    let classes = 0;
    for (const [, name = "", description = ""] of lines) {
      expect(themeOf(name), name).not.toBe("unclassified");
      expect(themeOf(description)).toBe(themeOf(name));
      classes += 1;
    }
    expect(classes).toBeGreaterThan(40);
  });
});
