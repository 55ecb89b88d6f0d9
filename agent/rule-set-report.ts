/** The rule sets as the monitor is told of them, within the bounds of its message. */
import type { DeliveryStatus } from "./rule-set-delivery.js";
import type { RuleSetRef } from "./update/rule-set.js";
import type { ActiveSets } from "./update/update-state.js";
import type { RuleSetStatus } from "./update/update-status.js";
import type { RulesData } from "./uplink/schema/rules.js";

const MAX_BAD = 8;
const REASON_CHARACTERS = 500;

export function ruleSetReport(
  { root, phase, activity, active, previous, candidate, expired, bad, history }: RuleSetStatus,
  download: DeliveryStatus | undefined,
): NonNullable<RulesData["sets"]> {
  const refusal = history.findLast(({ what }) => what === "refused");
  return {
    root,
    phase,
    activity,
    active: layersOf(active),
    ...(previous && { previous: layersOf(previous) }),
    ...(candidate && {
      candidate: { layer: candidate.layer, name: candidate.name, version: candidate.version },
    }),
    expired: [...expired],
    bad: bad
      .slice(-MAX_BAD)
      .map(({ layer, version, reason, at }) => ({ layer, version, at, reason: short(reason) })),
    ...(refusal && {
      refusal: {
        at: refusal.at,
        reason: short(refusal.reason ?? ""),
        ...(refusal.layer && { layer: refusal.layer }),
        ...(refusal.version !== undefined && { version: refusal.version }),
      },
    }),
    ...(download && { download: { ...download } }),
  };
}

function layersOf({ vendor, site }: ActiveSets) {
  const brief = ({ name, version, expires }: RuleSetRef) => ({ name, version, expires });
  return { ...(vendor && { vendor: brief(vendor) }), ...(site && { site: brief(site) }) };
}

function short(text: string): string {
  return text.slice(0, REASON_CHARACTERS);
}
