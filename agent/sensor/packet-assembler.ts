/**
 * Owns the way from a frame to the packets in it: those of tunnels first, as Suricata judges them, and datagrams whose last
 * fragment has come behind that fragment. Memory: two decoders and the fragments that wait (DEFRAG_LIMITS).
 */
import { DEFRAG_LIMITS, Defragmenter } from "./flow/defrag.js";
import { FrameDecoder } from "./wire/frame-decoder.js";
import type { PacketView } from "./wire/packet-view.js";

/** Called for each packet; `isReassembled`: it was put together from fragments. */
export type PacketSink = (packet: PacketView, isReassembled: boolean) => void;

export class PacketAssembler {
  readonly decoders: readonly [FrameDecoder, FrameDecoder];
  defragmenter = new Defragmenter(DEFRAG_LIMITS);
  readonly #sink: PacketSink;

  constructor(opensMoreTunnels: boolean, sink: PacketSink) {
    this.decoders = [new FrameDecoder({ opensMoreTunnels }), new FrameDecoder({ opensMoreTunnels })];
    this.#sink = sink;
  }

  /** @param timeUs microseconds since the Unix epoch */
  frame(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    wireLength: number,
    linkType: number,
    timeUs: number,
  ): void {
    const decoder = this.decoders[0];
    this.#tellAll(
      decoder,
      decoder.decodeFrame(bytes, offset, capturedLength, wireLength, linkType, timeUs),
      false,
    );
  }

  /** Forget the fragments that wait. */
  reset(): void {
    if (this.defragmenter.fragments > 0) this.defragmenter = new Defragmenter(DEFRAG_LIMITS);
  }

  #tellAll(decoder: FrameDecoder, count: number, isReassembled: boolean): void {
    for (let i = count - 1; i >= 0; i--) {
      const packet = decoder.packets[i]!;
      const isComplete = packet.isFragment && !isReassembled && this.defragmenter.add(packet);
      this.#sink(packet, isReassembled);
      if (!isComplete) continue;
      const { bytes, offset, end } = this.defragmenter;
      const { timeUs, tunnelDepth } = packet;
      const datagramDecoder = this.decoders[1];
      const parts = datagramDecoder.decodeDatagram(bytes, offset, end, timeUs, tunnelDepth);
      this.#tellAll(datagramDecoder, parts, true);
    }
  }
}
