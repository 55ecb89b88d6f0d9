/**
 * Owns the form of records in the Elastic Common Schema 8.11 (https://www.elastic.co/guide/en/ecs/8.11/): fields of the schema where there is
 * one, nothing invented; what has none stands below `sekisho`.
 */
import type { Detection } from "../sensor/detection.js";
import type { ForwardMessage, ForwardOrigin } from "./forward-record.js";

const ECS_VERSION = "8.11.0";

type Fields = Record<string, unknown>;

export function ecsEvent(message: ForwardMessage, origin: ForwardOrigin): Fields {
  const common = {
    "@timestamp": new Date(message.timeMs).toISOString(),
    ecs: { version: ECS_VERSION },
    observer: { name: origin.device, product: "sekisho", type: "ids", version: origin.version },
  };
  switch (message.kind) {
    case "detections":
      return detectionFields(message.detection, common);
    case "incidents":
      return incidentFields(message.incident, common);
    case "agent":
      return {
        ...common,
        event: { ...about("agent", "event"), action: String(message.data.event ?? message.topic) },
        sekisho: { agent: { topic: message.topic, ...message.data } },
      };
    case "logs":
      return {
        ...common,
        event: { ...about("log", "event"), original: message.line },
        host: { name: message.source },
        message: message.line,
      };
  }
}

function about(dataset: string, kind: "alert" | "event"): Fields {
  return { kind, module: "sekisho", dataset: `sekisho.${dataset}` };
}

function detectionFields(detection: Detection, common: { readonly observer: Fields } & Fields): Fields {
  const { sourceAddress, destinationAddress, clientAddress, serverAddress, interfaceName, metadata } =
    detection;
  const end = (ip: string, port: number): Fields => ({ address: ip, ip, ...(port > 0 && { port }) });
  const isDropped = detection.action === "drop" || detection.action === "reject";
  return {
    ...common,
    event: {
      ...about("detection", "alert"),
      category: ["intrusion_detection", "network"],
      type: [isDropped ? "denied" : "info"],
      severity: detection.severity,
      created: new Date(detection.observedMs).toISOString(),
    },
    message: detection.signature,
    rule: {
      id: `${detection.generatorId}:${detection.signatureId}`,
      name: detection.signature,
      version: String(detection.revision),
      ...(detection.category !== "" && { category: detection.category }),
    },
    source: end(sourceAddress, detection.sourcePort),
    destination: end(destinationAddress, detection.destinationPort),
    client: end(clientAddress, detection.clientPort),
    server: end(serverAddress, detection.serverPort),
    network: {
      transport: detection.protocol.toLowerCase(),
      type: sourceAddress.includes(":") ? "ipv6" : "ipv4",
      ...(detection.applicationProtocol !== undefined && { protocol: detection.applicationProtocol }),
      ...(detection.communityId !== undefined && { community_id: detection.communityId }),
    },
    observer: {
      ...common.observer,
      ...(interfaceName !== "" && { ingress: { interface: { name: interfaceName } } }),
    },
    related: { ip: [...new Set([sourceAddress, destinationAddress])] },
    ...namesOf(metadata),
    ...(Object.keys(metadata).length > 0 && { sekisho: { metadata } }),
  };
}

/** Names that matched, as Suricata's EVE has them, by their ECS fields. */
function namesOf(metadata: Readonly<Record<string, unknown>>): Fields {
  const text = (part: string, ...names: readonly string[]): string | undefined => {
    for (const name of names) {
      const value = (metadata[part] as Fields | undefined)?.[name];
      if (typeof value === "string" && value !== "") return value;
    }
    return undefined;
  };
  const [query, server, agent] = [
    text("dns", "rrname"),
    text("tls", "sni") ?? text("quic", "sni"),
    text("http", "http_user_agent"),
  ];
  const [host, path, method] = [text("http", "hostname"), text("http", "url"), text("http", "http_method")];
  return {
    ...(query !== undefined && { dns: { question: { name: query } } }),
    ...(server !== undefined && { tls: { client: { server_name: server } } }),
    ...((host ?? path) !== undefined && {
      url: { ...(host !== undefined && { domain: host }), ...(path !== undefined && { original: path }) },
    }),
    ...(agent !== undefined && { user_agent: { original: agent } }),
    ...(method !== undefined && { http: { request: { method } } }),
  };
}

function incidentFields(incident: Fields, common: Fields): Fields {
  const { id, state, verdict, rule, insideHost, remotes, firstSeen, lastSeen } = incident as {
    id?: string;
    state?: string;
    verdict?: string;
    rule?: { sid: number; gid: number; rev: number; signature: string; category: string; severity: number };
    insideHost?: { address: string; hostname?: string; macAddress?: string };
    remotes?: { named: readonly { address?: string }[] };
    firstSeen?: string;
    lastSeen?: string;
  };
  const addresses = [insideHost?.address, ...(remotes?.named ?? []).map(({ address }) => address)];
  return {
    ...common,
    event: {
      ...about("incident", "alert"),
      id,
      action: `incident-${state}`,
      category: ["intrusion_detection"],
      type: [state === "closed" ? "end" : state === "opened" ? "start" : "change"],
      severity: rule?.severity,
      start: firstSeen,
      end: lastSeen,
    },
    message: rule?.signature,
    ...(rule && {
      rule: {
        id: `${rule.gid}:${rule.sid}`,
        name: rule.signature,
        version: String(rule.rev),
        category: rule.category,
      },
    }),
    ...(insideHost && {
      host: {
        ip: [insideHost.address],
        ...(insideHost.hostname !== undefined && { name: insideHost.hostname }),
        ...(insideHost.macAddress !== undefined && {
          mac: [insideHost.macAddress.replaceAll(":", "-").toUpperCase()],
        }),
      },
    }),
    related: { ip: [...new Set(addresses.filter((one) => one !== undefined))] },
    tags: [`verdict-${verdict}`],
    sekisho: { incident },
  };
}
