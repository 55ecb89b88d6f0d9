/**
 * Owns the meaning of a monitor's acknowledgement (`down/ack`).
 *
 * A broker's PUBACK is no durability: it says that the broker has the message in memory. A numbered message leaves
 * the outbox when a monitor says that it has committed it.
 *
 * Messages do not arrive in the order of their numbers (critical ones overtake), and some numbers never come
 * (evicted under a full budget). So one number cannot say everything, and an acknowledgement has two parts:
 *
 *     { "v": 1, "ledger": "3f…", "upTo": 120, "also": [[131, 140], [300, 300]] }
 *
 * - `upTo`: every number from 1 to 120 is committed at this monitor, or the device has said (`lowestSeq`) that it
 *   will never send it.
 * - `also`: ranges committed above. There may be more of them than fit (256), so the rule for the monitor is: the
 *   ranges of the batch it has just committed are among them. Then every message is named at least once after it
 *   was received, and naming the others too only repairs acknowledgements that were lost.
 *
 * An acknowledgement that is lost costs a repeat: the device sends again after a while, the monitor ignores what
 * it holds and names it again. Nothing depends on an acknowledgement arriving, or arriving once, or in order.
 *
 * What keeps a wrong acknowledgement from deleting what nobody has:
 * - Only numbers this process has itself published are ever deleted; a claim about any other number is ignored. So
 *   a monitor that counts wrongly cannot empty an outbox, and `upTo` may safely be far ahead after a restart.
 * - The ledger must be the store's own: a monitor that remembers a device's earlier life says nothing about the new
 *   one. The same holds for the monitor: numbers of another ledger are other messages.
 * - Several monitors may share the work; each speaks only of what it has committed itself.
 *
 * A monitor answers every `state` of a device with an acknowledgement. For a device that waits this is the sign that
 * somebody is there again, and for one that has nothing to send, that there still is. Where the state was a retained one, the monitor has subscribed after the device was
 * there, and says so (`fresh`): what the device published in between went to nobody, and it sends that again at
 * once instead of waiting for its time to be up.
 */
import { isValid } from "../base/json-schema.js";
import { ACK_SCHEMA, type AckMessage } from "./schema/ack.js";

/** The acknowledgement in a payload, or undefined where it is none. Never throws. */
export function parseAck(payload: Uint8Array): AckMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return undefined;
  }
  return isValid(ACK_SCHEMA, value) ? (value as AckMessage) : undefined;
}

/** A function that says whether an acknowledgement covers a number. */
export function coverageOf(ack: AckMessage): (sequence: number) => boolean {
  const ranges = [...(ack.also ?? [])].sort((a, b) => a[0] - b[0]);
  return (sequence) => {
    if (sequence <= ack.upTo) return true;
    let low = 0;
    let high = ranges.length;
    // Find the last range that begins at or before the number.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ranges[middle]![0] <= sequence) low = middle + 1;
      else high = middle;
    }
    return low > 0 && sequence <= ranges[low - 1]![1];
  };
}
