/**
 * Live capture through node-pcap's add-on: the ring buffer of an interface is emptied by polling.
 *
 * Two properties of the add-on shape this file. `dispatch` does not return while frames keep coming, so a busy
 * network keeps this thread inside `frame` for ever: whoever wants to be heard must look for messages there, and
 * `stop` works from there. And its own event-loop watcher is never closed, which aborts the process when the worker
 * ends: so nothing watches, a timer looks every POLL_INTERVAL_MS.
 *
 * Only one thread of a process can use it at a time. Memory bound: the ring (`bufferBytes`, in the kernel) and one frame.
 * After the interface has vanished the add-on cannot free the ring; `error.capture.interface_lost` should therefore
 * be followed by the tcpdump pipe, or by a new process.
 */

import { type AgentError, reasonOf } from "../../base/errors.js";
import {
  LINKTYPE_ETHERNET,
  LINKTYPE_IEEE802_11_RADIOTAP,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_NULL,
  LINKTYPE_RAW,
} from "../wire/link-type.js";
import { liveCaptureError, lostCaptureError } from "./live-errors.js";
import {
  type CaptureStats,
  type FrameSink,
  type LiveSourceOptions,
  MAX_FRAME_BYTES,
  type PacketSource,
} from "./packet-source.js";
import type { PcapBinding, PcapSession } from "./pcap-binding.js";
import { RisingCount } from "./rising-count.js";

/** How long the kernel may gather frames before it hands them over. */
const GATHER_MS = 50;
/** At 1 Gbit/s 2.5 MB arrive in this time: the ring must be larger, and is. */
const POLL_INTERVAL_MS = 20;

/** `dispatch` freed the handle. */
const DISPATCH_CLOSED = -2;
const HEADER_WORDS = 4;

const LINK_TYPES: Readonly<Record<string, number>> = {
  LINKTYPE_NULL,
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_IEEE802_11_RADIO: LINKTYPE_IEEE802_11_RADIOTAP,
};

export class PcapSource implements PacketSource {
  readonly driver = "pcap";
  readonly #options: LiveSourceOptions;
  readonly #session: PcapSession;
  /** Where the add-on writes. The sensor sees it as the kind of array that files and stream heads are, for which it is compiled. */
  readonly #buffer: Buffer;
  readonly #bytes: Uint8Array;
  /** pcap_pkthdr as the add-on copies it, in the byte order of this machine. */
  readonly #header = new Uint32Array(HEADER_WORDS);
  readonly #headerBytes = Buffer.from(this.#header.buffer);

  #sink: FrameSink | undefined;
  #linkType = -1;
  #isStopped = false;
  #isDispatching = false;
  #isFreed = false;
  /** What `frame` threw, until `run` rejects with it. */
  #failure: unknown;
  #timer: NodeJS.Timeout | undefined;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  #delivered = 0;
  #truncatedFrames = 0;
  readonly #received = new RisingCount();
  readonly #kernelDrops = new RisingCount();
  readonly #interfaceDrops = new RisingCount();

  constructor(binding: PcapBinding, options: LiveSourceOptions) {
    this.#options = options;
    this.#session = new binding.PcapSession();
    this.#bytes = new Uint8Array(Math.min(options.snaplen, MAX_FRAME_BYTES));
    this.#buffer = Buffer.from(this.#bytes.buffer);
  }

  run(sink: FrameSink, onOpen?: () => void): Promise<void> {
    this.#sink = sink;
    return new Promise((resolve, reject) => {
      if (this.#isStopped) return resolve();
      this.#open();
      onOpen?.();
      this.#settle = { resolve, reject };
      // Not at once: under load this would be a call of `run` that does not return.
      this.#pollAfter(0);
    });
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#linkType < 0) return;
    this.#readStats();
    // Inside a dispatch the close takes effect by itself and `#poll` goes on from there.
    if (this.#isDispatching) this.#session.close();
    else this.#finish();
  }

  stats(): CaptureStats {
    if (!this.#isStopped && this.#linkType >= 0) this.#readStats();
    return {
      delivered: this.#delivered,
      received: this.#received.value,
      kernelDrops: this.#kernelDrops.value,
      interfaceDrops: this.#interfaceDrops.value,
      truncatedFrames: this.#truncatedFrames,
    };
  }

  #open(): void {
    const { interface: device, filter, bufferBytes } = this.#options;
    try {
      const linkType = this.#session.open_live(
        device,
        filter,
        bufferBytes,
        this.#buffer.length,
        "",
        () => this.#onPacket(),
        false,
        GATHER_MS,
        // It warns of an interface without IPv4 address, which is what a mirror port is.
        () => undefined,
        // libpcap knows no promiscuous mode of "any".
        (this.#options.isPromiscuous ?? true) && device !== "any",
      );
      this.#linkType = linkTypeNumber(linkType);
    } catch (error) {
      this.#isStopped = true;
      throw this.#openError(reasonOf(error));
    }
  }

  #openError(reason: string): AgentError {
    const error = liveCaptureError(this.driver, this.#options.interface, this.#options.filter, reason);
    // A filter is refused when the handle is open already. No other failure leaves one that may be touched.
    if (error.code === "error.capture.filter") this.#close();
    return error;
  }

  #poll(): void {
    const before = this.#delivered;
    this.#isDispatching = true;
    const result = this.#session.dispatch(this.#buffer, this.#headerBytes);
    this.#isDispatching = false;
    this.#isFreed = result === DISPATCH_CLOSED;
    if (result < 0 && !this.#isStopped) {
      this.#isStopped = true;
      this.#failure = lostCaptureError(this.driver, this.#options.interface);
    }
    if (this.#isStopped) {
      this.#finish();
      return;
    }
    // After traffic comes more: look again as soon as the event loop has had its turn.
    this.#pollAfter(this.#delivered > before ? 0 : POLL_INTERVAL_MS);
  }

  #pollAfter(delayMs: number): void {
    this.#timer = setTimeout(() => this.#poll(), delayMs);
  }

  #onPacket(): void {
    if (this.#isStopped) return;
    const header = this.#header;
    const wireLength = header[3]!;
    // A kernel may report more captured bytes than it was asked for; the add-on copies what fits.
    const capturedLength = Math.min(header[2]!, this.#buffer.length);
    this.#delivered++;
    if (capturedLength < wireLength) this.#truncatedFrames++;
    const timeUs = header[0]! * 1e6 + header[1]!;
    try {
      this.#sink!.frame(this.#bytes, 0, capturedLength, wireLength, this.#linkType, timeUs);
    } catch (error) {
      // An exception must not cross the add-on: it would go on dispatching.
      this.#failure = error;
      this.stop();
    }
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#close();
    if (this.#failure === undefined) this.#settle?.resolve();
    else this.#settle?.reject(this.#failure);
  }

  /**
   * Only a dispatch frees the handle, and only when a frame arrives: on a silent interface the end of the process
   * frees it. A freed handle must not be touched: the add-on does not check.
   */
  #close(): void {
    if (this.#isFreed) return;
    this.#session.close();
    this.#session.dispatch(this.#buffer, this.#headerBytes);
    this.#isFreed = true;
  }

  #readStats(): void {
    const stats = this.#session.stats();
    this.#received.read(stats.ps_recv);
    this.#kernelDrops.read(stats.ps_drop);
    this.#interfaceDrops.read(stats.ps_ifdrop);
  }
}

/** Of link types it does not know the add-on gives libpcap's number, which above 100 is LINKTYPE_'s as well. */
function linkTypeNumber(name: string): number {
  return LINK_TYPES[name] ?? Number(/\d+$/.exec(name)?.[0] ?? LINKTYPE_ETHERNET);
}
