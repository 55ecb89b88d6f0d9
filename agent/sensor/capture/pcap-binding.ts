/**
 * The native part of node-pcap (npm `pcap`), without its JavaScript: the wrapper polls in a way that aborts a worker
 * thread at its end, loads thirty decoders nobody needs here, and makes an object per packet.
 *
 * The package is optional: a machine without compiler or libpcap works without it. Its add-on loads in one thread of a
 * process at a time; once that thread has ended another one may load it.
 */

import { createRequire } from "node:module";
import { reasonOf } from "../../base/errors.js";

const ADD_ON = "pcap/build/Release/pcap_binding.node";

/** One libpcap handle. Method names and order of arguments are the add-on's. */
export interface PcapSession {
  /**
   * @param bufferTimeoutMs How long the kernel may hold back frames to hand them over together.
   * @returns The name of the link type.
   * @throws Error with libpcap's sentence.
   */
  open_live(
    device: string,
    filter: string,
    bufferBytes: number,
    snaplen: number,
    outputFile: string,
    onPacket: () => void,
    isMonitor: boolean,
    bufferTimeoutMs: number,
    onWarning: (text: string) => void,
    isPromiscuous: boolean,
  ): string;
  /**
   * Copy one frame after the other to `buffer` and its pcap_pkthdr (four 32-bit words: seconds, microseconds,
   * captured, wire) to `header`, and call onPacket after each, until the ring is empty.
   *
   * @returns 0 when the ring is empty, −2 when the handle was closed and is freed, another negative number on failure.
   */
  dispatch(buffer: Buffer, header: Buffer): number;
  /** Send one frame as it is. @throws Error with libpcap's sentence */
  inject(frame: Buffer): void;
  /** Ask the running or next dispatch to end and free the handle. */
  close(): void;
  /** Since opening; 32-bit numbers that wrap around. */
  stats(): { ps_recv: number; ps_drop: number; ps_ifdrop: number };
}

export interface PcapBinding {
  readonly PcapSession: new () => PcapSession;
  /** Such as `libpcap version 1.10.3 (with TPACKET_V3)`. */
  lib_version(): string;
}

export type PcapBindingResult =
  | { readonly binding: PcapBinding }
  | { readonly binding: undefined; readonly reason: string };

/** Load the add-on, or say why it cannot be: not installed, not built, libpcap missing, in use by another thread. */
export function loadPcapBinding(): PcapBindingResult {
  try {
    return { binding: createRequire(import.meta.url)(ADD_ON) as PcapBinding };
  } catch (error) {
    return { binding: undefined, reason: reasonOf(error).split("\n", 1)[0]! };
  }
}
