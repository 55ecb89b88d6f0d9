import type { WireTalk } from "./wire-talk.js";

/** Packets, and how a Linux receiver reads them: a request for /evil, one for /good, or none. */
export interface EvasionCase {
  readonly name: string;
  readonly talk: () => WireTalk;
  readonly reads: "evil" | "good" | "nothing";
  /** Events of `stream-event` and `decode-event` that must be told. */
  readonly events?: readonly string[];
  /** Where Suricata 7.0.10 reads something else: what, and why it is not followed. */
  readonly suricata?: string;
}
