/** An incident as a monitor receives it. */
import type { IncidentMessage } from "../../agent/uplink/schema/incident.js";

export const INCIDENT: IncidentMessage = {
  v: 1,
  device: "box-1",
  ledger: "a",
  boot: 1,
  seq: 1,
  class: "critical",
  sentAt: "2026-11-22T00:00:01.000Z",
  committedAt: "2026-11-22T00:00:00.500Z",
  data: {
    id: "K7-4F3-9M",
    state: "opened",
    rule: {
      sid: 2_024_001,
      gid: 1,
      rev: 3,
      signature: "ET MALWARE Observed DNS Query to a rather long name of a Command and Control Domain",
      category: "Malware Command and Control Activity Detected",
      severity: 1,
      metadata: {},
    },
    theme: "command-and-control",
    direction: "outbound",
    scope: "pair",
    verdict: "act",
    insideHost: { address: "192.168.10.57", hostname: "android-3f" },
    insideHosts: {
      named: [{ address: "192.168.10.57", hostname: "android-3f" }],
      count: 1,
      isEstimate: false,
    },
    remotes: { named: [{ name: "c2.example", address: "203.0.113.5" }], count: 4, isEstimate: false },
    protocol: "TCP",
    ports: [443],
    isAnswered: true,
    firstSeen: "2026-11-22T00:00:00.000Z",
    lastSeen: "2026-11-22T00:00:00.000Z",
    count: 1,
    evidence: [],
  },
};
