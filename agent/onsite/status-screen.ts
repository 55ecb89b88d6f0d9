/** The status of an agent as a person reads it, 80 columns, Japanese or English. */
import { type Language, type MessageKey, translate } from "../base/language.js";
import { displayWidth, wrapText } from "../base/text-layout.js";
import type { SensorStatus, Status } from "./status.js";

const WIDTH = 80;
const LABEL_WIDTH = 12;
const BYTES_PER_MB = 1024 * 1024;

/** Lines without their ends. */
export function statusScreen(status: Status, language: Language): string[] {
  const say = (key: MessageKey, params: Readonly<Record<string, string | number>> = {}): string =>
    translate(language, key, params);
  const number = (value: number): string => value.toLocaleString("en-US");
  const row = (label: string, text: string): string =>
    `  ${label}${" ".repeat(Math.max(1, LABEL_WIDTH - displayWidth(label)))}${text}`;
  const { rules, store, uplink } = status;
  const messages = number(status.outbox?.messages ?? 0);
  return [
    say("status.title", {
      version: status.version,
      device: status.device,
      verdict: say(`status.verdict.${status.verdict}`),
    }),
    row(
      say("status.row.running"),
      say("status.running", {
        time: durationText(status.uptimeS, say),
        megabytes: number(Math.round(status.rssBytes / BYTES_PER_MB)),
      }),
    ),
    ...status.sensors.map((sensor) => row(sensor.interface, sensorText(sensor, say, number))),
    row(
      say("status.row.rules"),
      say("status.rules", {
        loaded: number(rules.loaded),
        refused: number(rules.refused),
        days: Math.floor(rules.ageDays),
      }),
    ),
    row(
      say("status.row.store"),
      say("status.store", {
        used: (store.bytes / BYTES_PER_MB).toFixed(1),
        budget: number(Math.round(store.budgetBytes / BYTES_PER_MB)),
      }),
    ),
    row(
      say("status.row.uplink"),
      !uplink.isConfigured
        ? say("status.uplink.none")
        : uplink.isConnected
          ? say("status.uplink.connected", { messages })
          : say("status.uplink.away", { messages, reason: uplink.reason ?? "-" }),
    ),
    ...conditionLines(status, language),
  ];
}

type Say = (key: MessageKey, params?: Readonly<Record<string, string | number>>) => string;

function sensorText(sensor: SensorStatus, say: Say, number: (value: number) => string): string {
  const packets = number(sensor.packets);
  if (sensor.hasFinished) return say("status.sensor.finished", { packets });
  if (!sensor.isAlive) return say("status.sensor.dead");
  return say("status.sensor.alive", { packets, drops: number(sensor.drops), driver: sensor.driver ?? "-" });
}

function conditionLines({ conditions }: Status, language: Language): string[] {
  if (conditions.length === 0) return [];
  const sentences = conditions.flatMap(({ name, params, subject }) => {
    const text = translate(language, `condition.${name}`, { ...params, subject: subject ?? "" });
    return wrapText(text, WIDTH, "  ! ", "    ");
  });
  return ["", translate(language, "status.wrong"), ...sentences];
}

function durationText(seconds: number, say: Say): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return say("status.time.days", { days: Math.floor(hours / 24), hours: hours % 24 });
  if (hours > 0) return say("status.time.hours", { hours, minutes: minutes % 60 });
  return say("status.time.minutes", { minutes });
}
