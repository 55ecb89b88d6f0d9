/** What a line of another device's log says of traffic: the same for every vendor. Metadata only; absent is what the line does not say. */
export interface LogEvent {
  /** flow: a connection or packet. dns, http: what was asked for. dhcp: who has an address. ips: the device's own detection. */
  readonly kind: "flow" | "dns" | "http" | "dhcp" | "ips" | "other";
  readonly action?: "allow" | "deny";
  /** Upper-case name as Suricata writes it: `TCP`, `UDP`, `ICMP` … */
  readonly protocol?: string;
  readonly sourceAddress?: string;
  readonly sourcePort?: number;
  readonly destinationAddress?: string;
  readonly destinationPort?: number;
  readonly bytesToServer?: number;
  readonly bytesToClient?: number;
  /** Name that was asked for (DNS), or of the server (HTTP, TLS). */
  readonly name?: string;
  readonly method?: string;
  /** Path or whole URL. */
  readonly url?: string;
  /** dhcp: of the address in `sourceAddress`. */
  readonly macAddress?: string;
  readonly hostname?: string;
  /** ips: the device's own number and text of what it found. */
  readonly signatureId?: string;
  readonly signature?: string;
  /** 1 (most severe) to 4. */
  readonly severity?: number;
  /** other: what it is about, in the device's words. */
  readonly topic?: string;
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  "1": "ICMP",
  "2": "IGMP",
  "6": "TCP",
  "17": "UDP",
  "41": "IPv6",
  "47": "GRE",
  "50": "ESP",
  "51": "AH",
  "58": "IPv6-ICMP",
  "132": "SCTP",
  icmp6: "IPv6-ICMP",
  icmpv6: "IPv6-ICMP",
  "ipv6-icmp": "IPv6-ICMP",
};
const MAX_TEXT = 512;

/** Suricata's name of a protocol given by number or name; `tcp/http` is TCP. */
export function protocolName(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  // Nearly all of them.
  if (text === "TCP" || text === "UDP") return text;
  const name = text.toLowerCase().split("/", 1)[0]!;
  return PROTOCOLS[name] ?? (/^[a-z0-9-]{1,16}$/.test(name) ? name.toUpperCase() : undefined);
}

/** A port; undefined where the text is none. */
export function portNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

/** A count of octets; undefined where the text is none. */
export function byteCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** An address; undefined where the text is none, or says that there is none. */
export function address(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 45 || !/^[0-9a-fA-F:.]{2,45}$/.test(text)) return undefined;
  return text === "0.0.0.0" || text === "::" || !/[.:]/.test(text) ? undefined : text.toLowerCase();
}

/** Bounded text; undefined where there is none. */
export function textOf(text: string | undefined): string | undefined {
  return text === undefined || text === "" || text === "-" || text === "N/A"
    ? undefined
    : text.slice(0, MAX_TEXT);
}

export function macOf(text: string | undefined): string | undefined {
  const digits = text?.replace(/[:.-]/g, "").toLowerCase() ?? "";
  return /^[0-9a-f]{12}$/.test(digits) ? digits.match(/../g)!.join(":") : undefined;
}

/** Whether a device's word for what it did means that it let the traffic pass. */
export function actionOf(text: string | undefined): "allow" | "deny" | undefined {
  if (text === undefined) return undefined;
  if (
    /^(?:den(?:y|ied)|drop(?:ped)?|block(?:ed)?|reject(?:ed)?|reset.*|discard|disallow|forbidden)/i.test(text)
  )
    return "deny";
  return /^(?:allow(?:ed)?|accept(?:ed)?|pass(?:ed|through)?|permit(?:ted)?|close|start|timeout|built|alert|detected)/i.test(
    text,
  )
    ? "allow"
    : undefined;
}

/** 1 to 4 of a device's word or number for how severe something is. */
export function severityOf(text: string | undefined): number | undefined {
  const word = text?.toLowerCase() ?? "";
  if (/^(?:critical|emergency|alert|very-high)/.test(word)) return 1;
  if (/^(?:high|severe|error)/.test(word)) return 2;
  if (/^(?:medium|moderate|warning)/.test(word)) return 3;
  if (/^(?:low|minor|info|notice|debug)/.test(word)) return 4;
  return undefined;
}

/** The event without what is undefined. */
export function eventOf(
  event: { [Key in keyof LogEvent]: LogEvent[Key] | undefined } & Pick<LogEvent, "kind">,
): LogEvent {
  const told: Record<string, unknown> = {};
  for (const key in event) {
    const value = event[key as keyof LogEvent];
    if (value !== undefined) told[key] = value;
  }
  return told as unknown as LogEvent;
}
