import { DECODE_REASON_NAMES, DecodeReason, type DecodeReasonCode } from "./decode-reason.js";
import { LAYER_END, LAYER_FAILED } from "./layer.js";
import { NO_BYTES, type PacketView } from "./packet-view.js";

/** Suricata's `decoder.max-layers`: a packet with as many headers, tunnels included, is given up. */
export const MAX_LAYERS = 16;

/**
 * Where decoding stands: the range that the next layer may read, and what is counted on the way. A layer's
 * decoder reads [offset, end), writes what it found into the packet, moves the range to what it carries, and
 * returns the layer to decode there.
 */
export class DecodeCursor {
  bytes: Uint8Array = NO_BYTES;
  offset = 0;
  /** Exclusive. */
  end = 0;
  /** Headers decoded so far, over all packets of the frame. */
  layerCount = 0;
  /** PPP said that the TCP/IP headers are uncompressed ones of Van Jacobson's scheme (RFC 1144). */
  isVanJacobson = false;
  /** How often each `DecodeReason` happened. */
  readonly reasonCounts = new Float64Array(DECODE_REASON_NAMES.length);

  /** @param opensMoreTunnels also open IPv4 in IPv4, and IPv6 or GRE behind IPv6 extension headers. */
  constructor(readonly opensMoreTunnels: boolean) {}

  /** Count one more header. False, and noted, if the packet has too many. */
  enterLayer(packet: PacketView): boolean {
    if (++this.layerCount < MAX_LAYERS) return true;
    this.fail(packet, DecodeReason.TOO_MANY_LAYERS);
    return false;
  }

  /** Something strange that stops nothing. */
  note(packet: PacketView, reason: DecodeReasonCode): void {
    this.reasonCounts[reason] = this.reasonCounts[reason]! + 1;
    packet.addEvent(reason);
  }

  /** Something that makes the packet invalid though decoding may go on. */
  invalidate(packet: PacketView, reason: DecodeReasonCode): void {
    this.note(packet, reason);
    if (packet.reason === DecodeReason.OK) packet.reason = reason;
  }

  /** This layer's header is unusable. */
  fail(packet: PacketView, reason: DecodeReasonCode): number {
    this.invalidate(packet, reason);
    return LAYER_FAILED;
  }

  /** This layer's header is sound, but what it carries cannot be decoded. */
  stop(packet: PacketView, reason: DecodeReasonCode): number {
    this.invalidate(packet, reason);
    return LAYER_END;
  }
}
