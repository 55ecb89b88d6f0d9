/** What an agent says of its parts, each as a label and a sentence: for the terminal and for the page. */
import { type Language, type MessageKey, translate } from "../base/language.js";
import type { SensorStatus, Status } from "./status.js";

const BYTES_PER_MB = 1024 * 1024;

export interface StatusRow {
  readonly label: string;
  readonly text: string;
}

type Say = (key: MessageKey, params?: Readonly<Record<string, string | number>>) => string;

/** How long it runs, what each sensor hears, rules, store, uplink. */
export function statusRows(status: Status, language: Language): StatusRow[] {
  const say: Say = (key, params = {}) => translate(language, key, params);
  const { rules, store, uplink } = status;
  const messages = number(status.outbox?.messages ?? 0);
  return [
    {
      label: say("status.row.running"),
      text: say("status.running", {
        time: durationText(status.uptimeS, say),
        megabytes: number(Math.round(status.rssBytes / BYTES_PER_MB)),
      }),
    },
    ...status.sensors.map((sensor) => ({ label: sensor.interface, text: sensorText(sensor, say) })),
    {
      label: say("status.row.rules"),
      text: say("status.rules", {
        loaded: number(rules.loaded),
        refused: number(rules.refused),
        days: Math.floor(rules.ageDays),
      }),
    },
    {
      label: say("status.row.store"),
      text: say("status.store", {
        used: (store.bytes / BYTES_PER_MB).toFixed(1),
        budget: number(Math.round(store.budgetBytes / BYTES_PER_MB)),
      }),
    },
    {
      label: say("status.row.uplink"),
      text: !uplink.isConfigured
        ? say("status.uplink.none")
        : uplink.isConnected
          ? say("status.uplink.connected", { messages })
          : say("status.uplink.away", { messages, reason: uplink.reason ?? "-" }),
    },
    ...(status.forward ?? []).map(({ name, isOpen, reason, sent, dropped, waiting }) => ({
      label: say("status.row.forward", { name }),
      text: say(isOpen ? "status.forward.open" : "status.forward.away", {
        reason: reason ?? "-",
        sent: number(sent),
        dropped: number(dropped),
        waiting: number(waiting),
      }),
    })),
  ];
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

function sensorText(sensor: SensorStatus, say: Say): string {
  const packets = number(sensor.packets);
  if (sensor.hasFinished) return say("status.sensor.finished", { packets });
  if (!sensor.isAlive) return say("status.sensor.dead");
  if (sensor.driver === null) return say("status.sensor.starting");
  return say("status.sensor.alive", { packets, drops: number(sensor.drops), driver: sensor.driver });
}

function durationText(seconds: number, say: Say): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return say("status.time.days", { days: Math.floor(hours / 24), hours: hours % 24 });
  if (hours > 0) return say("status.time.hours", { hours, minutes: minutes % 60 });
  return say("status.time.minutes", { minutes });
}
