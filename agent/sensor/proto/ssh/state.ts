/** What a flow remembers of SSH: both banners and key exchange fingerprints, in buffers of fixed size. */

/** Longest banner that is kept, and from which length on a banner is an event (Suricata's limit). */
export const MAX_BANNER_BYTES = 256;
/** Longest HASSH string that is kept for EVE records of later messages; OpenSSH's has about 1,000 bytes. */
const MAX_KEPT_STRING_BYTES = 2048;
/** MD5 in hexadecimal. */
export const HASSH_BYTES = 32;

export const SshPhase = { BANNER: 0, BANNER_END: 1, RECORDS: 2, ENCRYPTED: 3, BROKEN: 4 } as const;
type SshPhaseCode = (typeof SshPhase)[keyof typeof SshPhase];

/** One end of the connection: 4.3 KiB for both ends together. */
export class SshPeer {
  phase: SshPhaseCode = SshPhase.BANNER;
  /** Protocol version, then software version, without the hyphens. */
  readonly banner = new Uint8Array(MAX_BANNER_BYTES);
  protoLength = 0;
  softwareLength = 0;
  hasHassh = false;
  readonly hassh = new Uint8Array(HASSH_BYTES);
  readonly hasshString = new Uint8Array(MAX_KEPT_STRING_BYTES);
  /** 0 where the string was longer than is kept. */
  hasshStringLength = 0;
}

export class SshState {
  readonly client = new SshPeer();
  readonly server = new SshPeer();
}
