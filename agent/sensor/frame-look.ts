/** Looks at the frames of an interface for a short time, in this thread: for whoever asks once, not for the sensor. */
import { formatAddress } from "../base/address.js";
import { type DriverChoice, openLiveSource } from "./capture/live-source.js";
import { FrameDecoder } from "./wire/frame-decoder.js";
import { LINKTYPE_ETHERNET } from "./wire/link-type.js";

export interface LookedAtFrame {
  /** Broadcast or multicast, by the Ethernet address. */
  readonly isToMany: boolean;
  /** Of the outermost IP header; undefined where there is none that can be read. */
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly wireBytes: number;
  readonly isCut: boolean;
}

export interface FrameLookOptions {
  readonly interface: string;
  readonly driver: DriverChoice;
  readonly snaplen: number;
  readonly filter: string;
  readonly forMs: number;
  readonly maxFrames: number;
}

const BUFFER_BYTES = 2 * 1024 * 1024;

/**
 * Show frames to `see` until the time or the number is over.
 *
 * @throws AgentError where the interface cannot be read
 */
export async function lookAtFrames(
  options: FrameLookOptions,
  see: (frame: LookedAtFrame) => void,
): Promise<void> {
  const decoder = new FrameDecoder();
  const source = openLiveSource({ ...options, bufferBytes: BUFFER_BYTES });
  const endMs = performance.now() + options.forMs;
  let frames = 0;
  // Packets that never pause keep timers from running, packets that never come keep this from being called.
  const timer = setTimeout(() => source.stop(), options.forMs);
  try {
    await source.run({
      frame(bytes, offset, capturedLength, wireLength, linkType, timeUs) {
        const count = decoder.decodeFrame(bytes, offset, capturedLength, wireLength, linkType, timeUs);
        const packet = decoder.packets[0]!;
        const isIp = count > 0 && packet.ipVersion !== 0;
        see({
          isToMany: linkType === LINKTYPE_ETHERNET && (bytes[offset]! & 1) === 1,
          source: isIp ? formatAddress(packet.ipVersion, packet.source) : undefined,
          destination: isIp ? formatAddress(packet.ipVersion, packet.destination) : undefined,
          wireBytes: wireLength,
          isCut: capturedLength < wireLength,
        });
        if (++frames >= options.maxFrames || performance.now() >= endMs) source.stop();
      },
    });
  } finally {
    clearTimeout(timer);
  }
}
