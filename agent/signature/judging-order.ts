import type { BitOperation, FlowIntOperation, RuleAction, Signature } from "./signature.js";

const ACTION_ORDER: readonly RuleAction[] = ["pass", "drop", "reject", "alert"];

/**
 * The order in which Suricata judges rules that match the same packet: by action (pass first), then rules that set
 * flow marks before those that read them, the same for counters and host marks, then by priority, then as they came.
 *
 * @returns a number that is smaller the sooner the rule is judged
 */
export function judgingKey({ action, bits, flowInts, priority }: Signature): number {
  // Each rank is below four, and a priority below 2³².
  let key = ACTION_ORDER.indexOf(action) * 4 + markOrder(bits, "flowbits");
  key = key * 4 + flowintOrder(flowInts);
  key = key * 4 + markOrder(bits, "hostbits");
  key = key * 4 + markOrder(bits, "xbits");
  return key * 2 ** 32 + priority;
}

/** 0: sets only, 1: sets and reads, 2: reads only, 3: neither. */
function markOrder(bits: readonly BitOperation[], kind: BitOperation["kind"]): number {
  let [writes, reads] = [false, false];
  for (const bit of bits) {
    if (bit.kind !== kind) continue;
    if (bit.operation === "isset" || bit.operation === "isnotset") reads = true;
    else writes = true;
  }
  return rank(writes, reads);
}

function flowintOrder(flowInts: readonly FlowIntOperation[]): number {
  let [writes, reads] = [false, false];
  for (const { operation } of flowInts) {
    if (operation === "=" || operation === "+" || operation === "-") writes = true;
    else reads = true;
  }
  return rank(writes, reads);
}

function rank(writes: boolean, reads: boolean): number {
  if (writes) return reads ? 1 : 0;
  return reads ? 2 : 3;
}
