/**
 * Owns what the doctor can find, in the order of causes: what stands first can be the cause of what stands behind it, so
 * of several findings the first is the one to begin with.
 */
import type { MessageKey, MessageParams } from "../../base/language.js";
import { CONDITION_LEVELS, type ConditionName } from "../condition.js";

/** fault: something it is there for does not happen. warning: it happens, but not as it should, or not for long. */
export type FindingLevel = "fault" | "warning";

const FINDING_LEVELS = {
  "config.invalid": "fault",
  "service.stranger": "fault",
  "store.missing": "fault",
  "store.read_only": "fault",
  "store.full": "fault",
  "store.forbidden": "fault",
  "capture.nothing": "fault",
  "interface.missing": "fault",
  "interface.off": "fault",
  "interface.no_link": "fault",
  "capture.failed": "fault",
  "rules.missing": "fault",
  "service.not_running": "fault",
  "traffic.silent": "fault",
  "traffic.broadcast_only": "fault",
  "traffic.one_way": "fault",
  "traffic.unreadable": "fault",
  "traffic.home_net": "fault",
  "clock.unset": "fault",
  "uplink.files": "fault",
  "uplink.key_mismatch": "fault",
  "uplink.expired": "fault",
  "uplink.name": "fault",
  "uplink.refused": "fault",
  "uplink.unreachable": "fault",
  "uplink.no_tls": "fault",
  "uplink.server_expired": "fault",
  "uplink.other_name": "fault",
  "uplink.untrusted": "fault",
  "uplink.no_mqtt": "fault",
  "uplink.denied": "fault",
  "uplink.may_not_read": "fault",
  "uplink.may_not_write": "fault",
  "memory.low": "warning",
  "service.forbidden": "warning",
  "service.restarting": "warning",
  "capture.forbidden": "warning",
  "traffic.cut": "warning",
  "traffic.joined": "warning",
  "store.tight": "warning",
  "disk.worn": "warning",
  "clock.free": "warning",
  "uplink.expires": "warning",
  "uplink.none": "warning",
} as const satisfies Record<string, FindingLevel>;

export type OwnFindingName = keyof typeof FINDING_LEVELS;
/** What the doctor can find by itself, causes first. */
export const FINDING_NAMES = Object.keys(FINDING_LEVELS) as readonly OwnFindingName[];
export type FindingName = OwnFindingName | ConditionName;

export interface Finding {
  readonly name: FindingName;
  readonly level: FindingLevel;
  /** Key of the sentence that says what is the case and what to do. */
  readonly message: MessageKey;
  readonly params: MessageParams;
}

const ORDER: readonly string[] = FINDING_NAMES;

export function finding(name: OwnFindingName, params: MessageParams = {}): Finding {
  return { name, level: FINDING_LEVELS[name], message: `doctor.${name}`, params };
}

/** What the agent says of itself, as a finding. */
export function conditionFinding(name: ConditionName, params: MessageParams): Finding {
  const level = CONDITION_LEVELS[name] === "failing" ? "fault" : "warning";
  return { name, level, message: `condition.${name}`, params };
}

/** Faults before warnings, causes before what they cause; the agent's own words last, for they tell effects. */
export function ranked(findings: readonly Finding[]): Finding[] {
  const place = ({ name, level }: Finding): number => {
    const own = ORDER.indexOf(name);
    return (level === "fault" ? 0 : 1000) + (own < 0 ? ORDER.length : own);
  };
  return [...findings].sort((a, b) => place(a) - place(b));
}
