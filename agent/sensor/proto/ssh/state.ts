/** What a flow remembers of SSH: both banners and key exchange fingerprints, each with memory of its own once it is known. */

import { NO_BYTES } from "../../wire/packet-view.js";

/** Longest banner that is kept, and from which length on a banner is an event (Suricata's limit). */
export const MAX_BANNER_BYTES = 256;
/** Longest HASSH string that is kept for EVE records of later messages; OpenSSH's has about 1,000 bytes. */
export const MAX_KEPT_STRING_BYTES = 2048;
/** MD5 in hexadecimal. */
export const HASSH_BYTES = 32;

export const SshPhase = { BANNER: 0, BANNER_END: 1, RECORDS: 2, ENCRYPTED: 3, BROKEN: 4 } as const;
type SshPhaseCode = (typeof SshPhase)[keyof typeof SshPhase];

/** One end of the connection: at most 4.3 KiB for both ends together. */
export class SshPeer {
  phase: SshPhaseCode = SshPhase.BANNER;
  /** Protocol version, then software version, without the hyphens. */
  banner = NO_BYTES;
  protoLength = 0;
  softwareLength = 0;
  hasHassh = false;
  /** Both empty until the key exchange was seen; the string also where it was longer than is kept. */
  hassh = NO_BYTES;
  hasshString = NO_BYTES;
}

export class SshState {
  readonly client = new SshPeer();
  readonly server = new SshPeer();
}
