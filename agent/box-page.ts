/** Joins the agent's parts to what the box's own page shows. Only loaded where a page is wanted: nobody else pays for it. */
import { dirname, join } from "node:path";
import type { Clock } from "./base/clock.js";
import { deviceFacts } from "./base/device-facts.js";
import { chooseLanguage, type Language, translate } from "./base/language.js";
import { localTime } from "./base/local-time.js";
import type { Config } from "./config/schema.js";
import type { DeviceCard } from "./device/card.js";
import { DoctorRun } from "./doctor-run.js";
import { explain, remoteText } from "./incident/explanation.js";
import { type Incident, isIncident } from "./incident/incident.js";
import { IncidentTimeline } from "./incident/incident-timeline.js";
import { PageServer } from "./onsite/page/page-server.js";
import type {
  DeviceRow,
  IncidentPage,
  IncidentQuery,
  IncidentRow,
  IncidentSheet,
} from "./onsite/page/page-source.js";
import { PagePassword } from "./onsite/page/password.js";
import type { Status } from "./onsite/status.js";
import { TrafficHistoryRecorder } from "./onsite/traffic-history.js";
import { type CheckParts, PageChecks } from "./page-checks.js";
import type { Detection } from "./sensor/detection.js";
import type { StoredIncident } from "./store/queries.js";
import type { Store } from "./store/store.js";

const SAMPLE_MS = 10_000;
/** Incidents read from the store at a time, and at most for one page of a list. */
const CHUNK = 500;
const MAX_SCANNED = 10_000;
const MAX_TIMELINE_HITS = 2_000;
/** Times of records are rounded to milliseconds. */
const CLOSE_US = 1_000_000;

export interface BoxPageParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly store: Store;
  readonly status: () => Status;
  readonly devices: () => readonly DeviceCard[];
  readonly selfTest: CheckParts["selfTest"];
  /** Of the running agent; undefined: the usual one. */
  readonly configFile: string | undefined;
  /** Told what somebody does on the page. */
  readonly onAction: (event: string, details: object) => void;
}

export class BoxPage {
  readonly #password: PagePassword;
  readonly #server: PageServer;
  readonly #timer: NodeJS.Timeout;
  readonly #doctor: DoctorRun;

  private constructor(password: PagePassword, server: PageServer, timer: NodeJS.Timeout, doctor: DoctorRun) {
    this.#doctor = doctor;
    this.#password = password;
    this.#server = server;
    this.#timer = timer;
  }

  /**
   * Serve the page on the configured port.
   *
   * @throws AgentError where it cannot be served there
   */
  static async open(parts: BoxPageParts, port: number): Promise<BoxPage> {
    const { config, clock, store, status, devices, selfTest, configFile, onAction } = parts;
    const doctor = new DoctorRun({ clock, configFile, interfaces: config.capture.interfaces.length });
    const checks = new PageChecks({ doctor, selfTest });
    const recorder = new TrafficHistoryRecorder();
    const note = (): void => recorder.note(totalsOf(status()), clock.monotonicMs(), clock.wallMs());
    note();
    const password = new PagePassword(join(dirname(config.store.path), "page-password"));
    const server = await PageServer.open(
      { interface: config.page.interface, port },
      {
        source: {
          status,
          history: () => recorder.history(),
          devices: (language) => devices().map((card) => deviceRow(card, language)),
          check: (name, language) => checks.check(name, language),
          beginCheck: (name, language) => {
            onAction("page_check", { check: name });
            return checks.beginCheck(name, language);
          },
          incidents: (query) => incidentPage(store, query),
          incident: async (id, language) => {
            const stored = await store.incident(id);
            return stored === undefined ? undefined : sheetOf(store, stored, language);
          },
        },
        password,
        language: config.language ?? chooseLanguage(undefined, process.env),
        monotonicMs: clock.monotonicMs,
        wallMs: clock.wallMs,
        onAccess: (event, address) => onAction(event, { address }),
      },
    );
    return new BoxPage(password, server, setInterval(note, SAMPLE_MS), doctor);
  }

  /** What allows to set the first password; undefined once one is set. */
  get setupCode(): string | undefined {
    return this.#password.setupCode();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#doctor.stop();
    await this.#server.close();
  }
}

function totalsOf({ sensors, counters }: Status) {
  const sum = (name: "packets" | "bytes" | "drops"): number =>
    sensors.reduce((total, sensor) => total + sensor[name], 0);
  const detections = counters["sensor.detections"] ?? 0;
  return { packets: sum("packets"), bytes: sum("bytes"), drops: sum("drops"), detections };
}

/** Verdicts stand in the payload: what does not fit the filter is read and passed over, up to a bound. */
async function incidentPage(
  store: Store,
  { filter, before, limit, language }: IncidentQuery,
): Promise<IncidentPage> {
  const rows: IncidentRow[] = [];
  let from = before;
  for (let scanned = 0; scanned < MAX_SCANNED; scanned += CHUNK) {
    const chunk = await store.recentIncidents(CHUNK, from);
    for (const stored of chunk) {
      from = stored.number;
      const incident = incidentOf(stored);
      if (incident === undefined || (filter !== "all" && incident.verdict !== filter)) continue;
      rows.push(rowOf(stored, incident, language));
      if (rows.length === limit) return { rows, next: from };
    }
    if (chunk.length < CHUNK) return { rows, next: undefined };
  }
  return { rows, next: from };
}

function deviceRow(card: DeviceCard, language: Language): DeviceRow {
  return {
    name: card.name ?? translate(language, "device.unnamed"),
    address: card.addresses[0]?.value ?? "",
    facts: deviceFacts({ ...card, ...card.label }, language),
    lastSeen: localTime(Date.parse(card.lastSeen), language),
  };
}

async function sheetOf(
  store: Store,
  stored: StoredIncident,
  language: Language,
): Promise<IncidentSheet | undefined> {
  const incident = incidentOf(stored);
  if (incident === undefined) return undefined;
  const timeline = await timelineOf(store, incident);
  const { verdict, direction, seen, meaning, actions, deviceFacts: facts } = explain(incident, language);
  const { sid, signature, category } = incident.rule;
  return {
    ...rowOf(stored, incident, language),
    verdictText: verdict,
    direction,
    seen,
    meaning,
    actions,
    rule: { sid, signature, category },
    remotes: incident.remotes.named.map(remoteText),
    evidence: incident.evidence,
    timeline: timeline.lines(language),
    deviceFacts: facts,
  };
}

/** From what the store still holds of its detections, and of other incidents of late. */
async function timelineOf(store: Store, incident: Incident): Promise<IncidentTimeline> {
  const timeline = new IncidentTimeline(incident);
  const [fromUs, toUs] = [incident.firstSeen, incident.lastSeen].map((text) => Date.parse(text) * 1000);
  const hits = await store.detectionsOf(
    incident.rule.sid,
    fromUs! - CLOSE_US,
    toUs! + CLOSE_US,
    MAX_TIMELINE_HITS,
  );
  for (const payload of hits) timeline.add(JSON.parse(payload) as Detection);
  for (const stored of await store.recentIncidents(CHUNK)) {
    const other = incidentOf(stored);
    if (other !== undefined) timeline.addOther(other);
  }
  return timeline;
}

function rowOf(stored: StoredIncident, incident: Incident, language: Language): IncidentRow {
  const { title, device, when } = explain(incident, language);
  const { id, verdict, count } = incident;
  return { number: stored.number, id, verdict, isOpen: stored.isOpen, title, device, when, count };
}

function incidentOf({ payload }: StoredIncident): Incident | undefined {
  const incident: unknown = JSON.parse(payload);
  return isIncident(incident) ? incident : undefined;
}
