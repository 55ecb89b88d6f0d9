import type { BitOperation, FlowIntOperation, RuleAction, Signature } from "./signature.js";

const ACTION_ORDER: readonly RuleAction[] = ["pass", "drop", "reject", "alert"];

/**
 * The order in which Suricata judges rules that match the same packet: by action (pass first), then rules that set
 * flow marks before those that read them, the same for counters and hostbits, but those that read xbits before those that set
 * them; then by priority, then as they came.
 *
 * @returns a number that is smaller the sooner the rule is judged
 */
export function judgingKey({ action, bits, flowInts, priority }: Signature): number {
  // Each rank is below four, and a priority below 2³².
  let key = ACTION_ORDER.indexOf(action) * 4 + markOrder(bits, "flowbits");
  key = key * 4 + flowintOrder(flowInts);
  key = key * 4 + markOrder(bits, "flowvar");
  key = key * 4 + markOrder(bits, "pktvar");
  key = key * 4 + markOrder(bits, "hostbits");
  key = key * 4 + xbitOrder(bits);
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

/** Whoever asks for an xbit does not see what the packet at hand has set: `isnotset` holds of the packet that sets it. */
function xbitOrder(bits: readonly BitOperation[]): number {
  const order = markOrder(bits, "xbits");
  return order > 2 ? order : 2 - order;
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
