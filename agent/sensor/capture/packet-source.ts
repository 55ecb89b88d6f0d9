/**
 * Packets in: the port between whatever delivers frames (a file, node-pcap, a tcpdump pipe) and whoever reads them.
 *
 * Frames are pushed one by one on the caller's stack; nothing is queued here. Link types are LINKTYPE_ numbers as
 * they stand in capture files (https://www.tcpdump.org/linktypes.html), not libpcap's DLT_ numbers.
 */

/** Where frames go. `frame` must not throw: an exception ends the source and `run` rejects with it. */
export interface FrameSink {
  /**
   * One frame.
   *
   * @param bytes Only valid during the call: the buffer is written over by the next frame.
   * @param capturedLength Bytes present from `offset` on.
   * @param wireLength Bytes on the wire, at least `capturedLength`.
   * @param linkType LINKTYPE_ number of this frame; it may change within one pcapng file.
   * @param timeUs Microseconds since the Unix epoch.
   */
  frame(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    wireLength: number,
    linkType: number,
    timeUs: number,
  ): void;
}

/** Counts since the source was made; they only rise. */
export interface CaptureStats {
  /** Frames handed to the sink. */
  readonly delivered: number;
  /** Frames the driver saw and its filter accepted, whether or not they reached the sink. */
  readonly received: number;
  /** Frames lost because the ring buffer was full. */
  readonly kernelDrops: number;
  /** Frames the network card or its driver lost, where it says so. */
  readonly interfaceDrops: number;
  /** Frames of which less than the whole was captured. */
  readonly truncatedFrames: number;
}

/** How a source gets its frames. */
export type CaptureDriver = "file" | "pcap" | "tcpdump" | "helper";

export interface PacketSource {
  readonly driver: CaptureDriver;
  /** How long a frame may be held back to be handed over with others, milliseconds; absent where that is a blink. */
  readonly gatherMs?: number;
  /** The child that captures, once there is one: whoever ends this thread without asking has to end it as well. */
  readonly processId?: number | undefined;
  /**
   * Deliver frames until the end or until stopped; called once.
   *
   * @param onOpen Called once, as soon as no frame from now on is missed; not where the source cannot start.
   * @throws AgentError by rejection, when the source cannot start or breaks.
   */
  run(sink: FrameSink, onOpen?: () => void): Promise<void>;
  /** End `run`. May be called at any time, also from inside `frame`: no frame follows then. */
  stop(): void;
  /** Never waits: the tcpdump pipe answers with the figures of its last report. */
  stats(): CaptureStats;
}

/** What a live source needs to know. */
export interface LiveSourceOptions {
  readonly interface: string;
  /** Bytes kept of each frame. */
  readonly snaplen: number;
  /** A pcap-filter(7) expression; empty for everything. */
  readonly filter: string;
  /** Ring buffer in the kernel; it has to bridge the moments in which this thread does not read. */
  readonly bufferBytes: number;
  /** Also frames meant for other stations (a mirror port needs this). Default true. */
  readonly isPromiscuous?: boolean;
}

/** The largest frame any source delivers: what tcpdump and libpcap take as the bound. */
export const MAX_FRAME_BYTES = 262_144;
