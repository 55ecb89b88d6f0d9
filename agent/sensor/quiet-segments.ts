/**
 * Owns which of the segments that their connection expected (see `flow/header-prediction.ts`) nobody has to look at: no rule can hold
 * of them, and nothing waits for what they acknowledge. On a busy line these are half of all packets.
 */
import type { FlowTracker } from "./flow/flow-tracker.js";
import type { HiddenPayload } from "./hidden-payload.js";
import type { LoadShedder } from "./load-shedder.js";
import type { Matcher } from "./match/matcher.js";
import type { DirectionId } from "./proto/protocols.js";
import type { SeenDirections } from "./seen-directions.js";
import type { StreamInspection } from "./stream-inspection.js";
import type { PacketView } from "./wire/packet-view.js";

export class QuietSegments {
  readonly #load: LoadShedder | undefined;
  readonly #hiddenPayload: HiddenPayload;
  readonly #seenDirections: SeenDirections;
  readonly #inspection: StreamInspection;

  constructor(
    load: LoadShedder | undefined,
    hiddenPayload: HiddenPayload,
    seenDirections: SeenDirections,
    inspection: StreamInspection,
  ) {
    this.#load = load;
    this.#hiddenPayload = hiddenPayload;
    this.#seenDirections = seenDirections;
    this.#inspection = inspection;
  }

  /** Where somebody has to look after all, the flow's streams are made ready for that. */
  passesOver(packet: PacketView, flow: number, tracker: FlowTracker, matcher: Matcher): boolean {
    const isQuiet = this.#isQuiet(packet, flow, tracker.direction, matcher);
    if (!isQuiet) tracker.openStreams(flow);
    return isQuiet;
  }

  #isQuiet(packet: PacketView, flow: number, direction: DirectionId, matcher: Matcher): boolean {
    if (this.#load?.hasBegun || !this.#hiddenPayload.isSettled(flow)) return false;
    if (matcher.isIdle) return true;
    return (
      (packet.payloadLength === 0 || this.#hiddenPayload.isHidden(flow)) &&
      matcher.passesOverEmpty(packet, direction) &&
      this.#seenDirections.isSeen(flow, direction) &&
      !this.#inspection.isPending(flow, direction)
    );
  }
}
