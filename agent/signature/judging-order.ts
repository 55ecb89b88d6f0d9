import type { RuleAction, Signature } from "./signature.js";

const ACTION_ORDER: readonly RuleAction[] = ["pass", "drop", "reject", "alert"];

/**
 * The order in which Suricata judges rules that match the same packet: by action (pass first), then rules that set
 * flow marks before those that read them, the same for counters and host marks, then by priority, then as they came.
 *
 * @returns a number that is smaller the sooner the rule is judged
 */
export function judgingKey(signature: Signature): number {
  const ranks = [
    ACTION_ORDER.indexOf(signature.action),
    markOrder(signature, "flowbits"),
    flowintOrder(signature),
    markOrder(signature, "hostbits"),
    markOrder(signature, "xbits"),
  ];
  // Each is below four, and a priority below 2³².
  return ranks.reduce((key, rank) => key * 4 + rank, 0) * 2 ** 32 + signature.priority;
}

/** 0: sets only, 1: sets and reads, 2: reads only, 3: neither. */
function markOrder(signature: Signature, kind: Signature["bits"][number]["kind"]): number {
  const operations = signature.bits.filter((bit) => bit.kind === kind).map((bit) => bit.operation);
  return rank(
    operations.some((operation) => operation === "set" || operation === "unset" || operation === "toggle"),
    operations.some((operation) => operation === "isset" || operation === "isnotset"),
  );
}

function flowintOrder(signature: Signature): number {
  const operations = signature.flowInts.map(({ operation }) => operation);
  const writes = operations.some((operation) => operation === "=" || operation === "+" || operation === "-");
  return rank(
    writes,
    operations.some((operation) => operation !== "=" && operation !== "+" && operation !== "-"),
  );
}

function rank(writes: boolean, reads: boolean): number {
  if (writes) return reads ? 1 : 0;
  return reads ? 2 : 3;
}
