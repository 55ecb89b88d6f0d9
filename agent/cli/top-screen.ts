/** Owns what `sekisho top` shows: 80 columns, 23 rows at the most, made of two looks at the agent. */
import { type Language, type MessageKey, type MessageParams, translate } from "../base/language.js";
import { localTime } from "../base/local-time.js";
import { clipText, displayWidth, printable, SCREEN_COLUMNS } from "../base/text-layout.js";
import type { Incident } from "../incident/incident.js";
import type { TalkersAnswer } from "../onsite/live-questions.js";
import type { Status } from "../onsite/status.js";
import { incidentRow } from "./incident-screen.js";

export interface Look {
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly status: Status;
  readonly talkers: TalkersAnswer;
  /** The last touched first. */
  readonly incidents: readonly Incident[];
}

const MAX_SENSORS = 3;
/** Interfaces and talkers together: screens of 24 rows hold no more. */
const MAX_SENSORS_AND_TALKERS = 6;
const MAX_LISTED = 3;
const NAME_COLUMNS = 28;
const BYTES_PER_MB = 1024 * 1024;

/** Lines without their ends. Rates are those between the two looks. */
export function topScreen(before: Look, now: Look, language: Language): string[] {
  const say = (key: MessageKey, params: MessageParams = {}): string => translate(language, key, params);
  const { status, incidents } = now;
  const { version, device, verdict, uplink, store, outbox } = status;
  const link = !uplink.isConfigured ? "top.no_uplink" : uplink.isConnected ? "top.connected" : "top.away";
  const sensors = sensorLines(before, now);
  const lines = [
    say("top.title", {
      version,
      device,
      verdict: say(`status.verdict.${verdict}`),
      time: localTime(now.atMs, language).slice(-8),
    }),
    say("top.box", {
      megabytes: Math.round(status.rssBytes / BYTES_PER_MB),
      stored: (store.bytes / BYTES_PER_MB).toFixed(1),
      budget: Math.round(store.budgetBytes / BYTES_PER_MB),
      messages: outbox?.messages ?? 0,
      uplink: say(link),
    }),
    "",
    say("top.sensors"),
    ...sensors,
    say("top.talkers"),
    ...talkerLines(now.talkers, MAX_SENSORS_AND_TALKERS - sensors.length, say("top.quiet")),
    say("top.rules"),
    ...most(incidents, ({ rule }) => `${rule.gid}:${rule.sid} ${rule.signature}`),
    say("top.devices"),
    ...most(incidents, ({ insideHost: { address, hostname } }) =>
      hostname === undefined ? address : say("incident.device", { hostname, address }),
    ),
    say("top.incidents"),
    ...incidents.slice(0, MAX_LISTED).map((incident) => incidentRow(incident, language)),
    ...(incidents.length === 0 ? [say("top.none")] : []),
  ];
  return lines.map((line) => clipText(printable(line), SCREEN_COLUMNS));
}

function sensorLines(before: Look, now: Look): string[] {
  const seconds = Math.max(0.001, (now.monotonicMs - before.monotonicMs) / 1000);
  const hits = rate("sensor.detections");
  return now.status.sensors.slice(0, MAX_SENSORS).map((sensor, index) => {
    const earlier = before.status.sensors.find((one) => one.interface === sensor.interface);
    // A sensor that was started again counts from nothing.
    const since = (name: "packets" | "bytes" | "drops"): number =>
      Math.max(0, sensor[name] - (earlier?.[name] ?? 0)) / seconds;
    const cells = [
      since("packets").toFixed(0),
      ((since("bytes") * 8) / 1e6).toFixed(2),
      since("drops").toFixed(0),
    ];
    // Hits are counted for all sensors together.
    const all = [...cells, index === 0 ? hits.toFixed(1) : ""];
    return sensor.interface.slice(-15).padEnd(15) + all.map((cell) => cell.padStart(11)).join("");
  });

  function rate(counter: string): number {
    const rise = (now.status.counters[counter] ?? 0) - (before.status.counters[counter] ?? 0);
    return Math.max(0, rise) / seconds;
  }
}

function talkerLines({ forMs, talkers }: TalkersAnswer, most: number, none: string): string[] {
  const seconds = Math.max(0.001, (forMs ?? 0) / 1000);
  const kbits = (bytes: number): string => ((bytes * 8) / 1000 / seconds).toFixed(1);
  // The figures of the first question are of no known time.
  if (forMs === null || talkers.length === 0) return [none];
  return talkers.slice(0, most).map(({ address, name, bytesSent, bytesReceived, packets }) => {
    const who = clipText(printable(name === undefined ? address : `${address} ${name}`), NAME_COLUMNS);
    const cells = [
      kbits(bytesSent).padStart(13),
      kbits(bytesReceived).padStart(17),
      (packets / seconds).toFixed(0).padStart(11),
    ];
    return who + " ".repeat(Math.max(0, NAME_COLUMNS - displayWidth(who))) + cells.join("");
  });
}

/** What most hits of the incidents belong to. */
function most(incidents: readonly Incident[], nameOf: (incident: Incident) => string): string[] {
  const counts = new Map<string, number>();
  for (const incident of incidents) {
    const name = nameOf(incident);
    counts.set(name, (counts.get(name) ?? 0) + incident.count);
  }
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .slice(0, MAX_LISTED)
    .map(([name, count]) => `${String(count).padStart(8)} ${name}`);
}
