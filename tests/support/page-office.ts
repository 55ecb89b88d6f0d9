/** A made-up office for tests of the page: a status, a day of traffic, and as many incidents as wanted. */
import type {
  CheckName,
  CheckRun,
  DeviceRow,
  IncidentPage,
  IncidentQuery,
  IncidentSheet,
  PageSource,
} from "#agent/onsite/page/page-source.js";
import type { Status } from "#agent/onsite/status.js";

const VERDICTS = ["act", "watch", "information"] as const;

export function officeStatus(more: Partial<Status> = {}): Status {
  return {
    device: "box-17",
    version: "1.2.3",
    verdict: "ok",
    conditions: [],
    uptimeS: 93_784,
    rssBytes: 142_606_336,
    cpuS: 12.5,
    clock: "synchronized",
    sensors: [
      {
        interface: "lan0",
        driver: "pcap",
        isAlive: true,
        hasFinished: false,
        packets: 12_345_678,
        bytes: 9_876_543_210,
        drops: 12,
        restarts: 0,
      },
    ],
    rules: { loaded: 24_821, refused: 6, ageDays: 3 },
    store: { state: "ready", bytes: 31_457_280, budgetBytes: 268_435_456 },
    uplink: { isConfigured: true, isConnected: true, reason: null, unacknowledged: 0 },
    outbox: { messages: 0, bytes: 0 },
    counters: {},
    ...more,
  };
}

/** The n-th incident, the newest being the highest; every third is one to act on. */
export function officeIncident(number: number): IncidentSheet {
  const verdict = VERDICTS[number % 3]!;
  return {
    number,
    id: `K7-${String(number).padStart(5, "0")}`,
    verdict,
    isOpen: number % 2 === 0,
    title: "A device contacts a known control server",
    device: "iPhone-Tanaka (192.168.10.57)",
    when: "2026-09-21 09:13:20 – 09:41:02",
    count: number,
    verdictText: "Act on this now.",
    direction: "The device inside began it.",
    seen: "It looked up evil.example 12 times and connected to it.",
    meaning: "A program on this device is probably controlled from outside.",
    actions: [
      "Take the device off the Wi-Fi; do not switch it off.",
      "Call the support centre and tell the number.",
      "Do not sign in anywhere with it.",
    ],
    rule: { sid: 2_024_897, signature: "ET MALWARE Evil CnC Domain in DNS Lookup", category: "Domain C2" },
    remotes: ["evil.example", "203.0.113.9"],
    evidence: [
      { kind: "dns.rrname", value: "evil.example", count: 12 },
      { kind: "tls.sni", value: "<script>document.title='hacked'</script>", count: 3 },
    ],
    timeline: [
      { when: "2026-09-21 09:13:20", text: "12 hits: evil.example" },
      { when: "09:20:00", text: "also K7-00002: scans the office", incidentId: "K7-00002" },
    ],
    deviceFacts: [{ name: "MAC", value: "02:00:5e:00:53:01" }],
  };
}

/** A check that is under way, or has ended with something to do. */
export function runOf(isRunning: boolean, progress: number): CheckRun {
  return {
    isRunning,
    progress,
    started: "2026-11-28 09:00:00",
    verdict: "degraded",
    summary: "What could be tested works.",
    lines: [
      { level: "ok", state: "ok", text: "lan0: rule has fired", time: "61 ms" },
      isRunning
        ? { level: "pending", state: "…", text: "sent to the monitor" }
        : { level: "degraded", state: "not proved", text: "sent to the monitor", reason: "No monitor." },
      { level: "failing", state: "FAILED", text: "<script>document.title='hacked'</script>".repeat(3) },
    ],
  };
}

export class PageOffice implements PageSource {
  current = officeStatus();
  checks: Partial<Record<CheckName, CheckRun>> = {};
  readonly #incidents: number;

  constructor(incidents = 0) {
    this.#incidents = incidents;
  }

  status(): Status {
    return this.current;
  }

  history() {
    const minutes = Array.from({ length: 1440 }, (_, minute) => minute);
    return {
      timesS: minutes.map((minute) => 1_790_000_000 + minute * 60),
      packetsPerS: minutes.map((minute) => 200 + Math.round(150 * Math.sin(minute / 200))),
      bitsPerS: minutes.map((minute) => 4e6 + Math.round(3e6 * Math.sin(minute / 200))),
      drops: minutes.map(() => 0),
      detections: minutes.map((minute) => (minute % 180 === 0 ? 3 : 0)),
    };
  }

  async incidents({ filter, before, limit }: IncidentQuery): Promise<IncidentPage> {
    const rows: IncidentSheet[] = [];
    let number = Math.min(this.#incidents, (before ?? Number.POSITIVE_INFINITY) - 1);
    for (; number > 0 && rows.length < limit; number--) {
      const incident = officeIncident(number);
      if (filter === "all" || incident.verdict === filter) rows.push(incident);
    }
    return { rows, next: number > 0 ? rows.at(-1)?.number : undefined };
  }

  devices(): readonly DeviceRow[] {
    const hostile = "<script>document.title='hacked'</script>".repeat(2);
    return [
      {
        name: "iPhone-Tanaka",
        address: "192.168.10.57",
        facts: [{ name: "MAC", value: "02:00:5e:00:53:01" }],
        lastSeen: "2026-11-27 09:00:00",
      },
      {
        name: hostile,
        address: "192.168.10.58",
        facts: [{ name: "Maker", value: hostile }],
        lastSeen: "2026-11-27 08:00:00",
      },
    ];
  }

  check(name: CheckName): CheckRun | undefined {
    return this.checks[name];
  }

  beginCheck(name: CheckName): void {
    this.checks[name] = runOf(true, 0.4);
  }

  async incident(id: string): Promise<IncidentSheet | undefined> {
    const number = Number(/^K7-(\d{5})$/.exec(id)?.[1] ?? 0);
    return number > 0 && number <= this.#incidents ? officeIncident(number) : undefined;
  }
}
