/** Detections and incidents of a made-up office, as large as real ones are. */
import type { Detection } from "#agent/sensor/detection.js";
import type { FuzzRandom } from "../fuzzing/random.js";

const SIGNATURES = [
  "ET INFO Observed DNS Query to a rather long name of a Dynamic DNS Domain",
  "ET MALWARE Observed Malicious SSL Certificate (a well known family)",
  "ET POLICY PE EXE or DLL Windows file download HTTP",
  "ET SCAN Suspicious inbound to mySQL port 3306",
  "ET USER_AGENTS Suspicious User-Agent of a tool for remote administration",
] as const;

export function detectionOf(random: FuzzRandom, nowMs: number): Detection {
  const which = random.below(200);
  const client = `192.168.100.${2 + random.below(20)}`;
  const server = `203.0.113.${random.below(250)}`;
  const name = `host-${random.below(3000)}.example`;
  return {
    kind: "detection",
    timeUs: nowMs * 1000 + random.below(1_000_000),
    observedMs: nowMs + random.below(20),
    interfaceName: "lan0",
    signatureId: 2_020_000 + which,
    generatorId: 1,
    revision: 1 + (which % 7),
    signature: `${SIGNATURES[which % SIGNATURES.length]} ${which}`,
    classtype: "trojan-activity",
    category: "A Network Trojan was detected",
    severity: 1 + (which % 3),
    action: "alert",
    protocol: "TCP",
    sourceAddress: client,
    sourcePort: 49_152 + random.below(16_000),
    destinationAddress: server,
    destinationPort: 443,
    direction: "to_server",
    clientAddress: client,
    clientPort: 49_152 + random.below(16_000),
    serverAddress: server,
    serverPort: 443,
    isAnswered: true,
    flowBytes: { toServer: random.below(5000), toClient: random.below(90_000) },
    flowId: String(random.below(2 ** 31) * 1000 + random.below(1000)),
    applicationProtocol: "tls",
    metadata: {
      tls: {
        sni: name,
        version: "TLS 1.2",
        subject: `CN=${name}`,
        issuerdn: "C=US, O=Example, CN=Example CA 3",
        fingerprint: Array.from({ length: 20 }, () => random.below(256).toString(16).padStart(2, "0")).join(
          ":",
        ),
      },
    },
    ruleMetadata: { affected_product: ["Any"], created_at: ["2024_05_01"], signature_severity: ["Major"] },
  };
}

export function incidentPayload(id: string, state: string, random: FuzzRandom, nowMs: number): string {
  const { signature, signatureId, category, severity, clientAddress, serverAddress } = detectionOf(
    random,
    nowMs,
  );
  const at = new Date(nowMs).toISOString();
  const device = {
    address: clientAddress,
    hostname: `pc-${random.below(20)}`,
    macAddress: "00:00:5e:00:53:10",
    kind: "computer",
    vendor: "Example Inc.",
  };
  const rule = { sid: signatureId, gid: 1, rev: 3, signature, category, severity, metadata: {} };
  return JSON.stringify({
    ...{ id, state, rule, theme: "malware", direction: "outbound", scope: "pair", verdict: "act" },
    ...{ insideHost: device, insideHosts: { named: [device], count: 1, isEstimate: false } },
    remotes: { named: [{ address: serverAddress, name: `host-${random.below(3000)}.example` }], count: 1 },
    ...{ protocol: "TCP", ports: [443], applicationProtocol: "tls", isAnswered: true },
    ...{ firstSeen: at, lastSeen: at, count: 1 + random.below(9) },
    evidence: [{ kind: "tls.sni", value: `host-${random.below(3000)}.example`, count: 1 }],
  });
}
