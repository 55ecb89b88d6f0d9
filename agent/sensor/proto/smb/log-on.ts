/** The messages of log-ons and of shares that are asked for, which all versions of SMB have. */

import { AppLayerEvent } from "../app-layer-events.js";
import { Field } from "../fields.js";
import { type MessageView, STAGE_HEAD } from "../message-view.js";
import { Protocol, TO_SERVER } from "../protocols.js";
import { LogOn } from "./ntlmssp.js";
import { Found, type FoundId } from "./record.js";
import type { SmbState, SmbTree } from "./state.js";

/** A security blob at `offset` of the record. */
export function readLogOn(
  state: SmbState,
  bytes: Uint8Array,
  at: number,
  offset: number,
  length: number,
  end: number,
  message: MessageView,
): FoundId {
  const start = at + offset;
  const logOn = state.names.read(bytes, start, Math.min(start + length, end));
  if (logOn === LogOn.KERBEROS) state.isKerberos = true;
  if (logOn !== LogOn.NTLMSSP && logOn !== LogOn.MALFORMED) return Found.NOTHING;
  message.begin(Protocol.SMB, TO_SERVER, STAGE_HEAD, state.transaction++);
  if (logOn === LogOn.MALFORMED) {
    message.addEvent(AppLayerEvent.SMB_MALFORMED_NTLMSSP_REQUEST);
    return Found.MESSAGE;
  }
  const { domain, user } = state.names;
  // An anonymous log-on has neither.
  if (user.length > 0) message.add(Field.SMB_NTLMSSP_USER, user.bytes, 0, user.length);
  if (domain.length > 0) message.add(Field.SMB_NTLMSSP_DOMAIN, domain.bytes, 0, domain.length);
  return Found.MESSAGE;
}

/**
 * A share is asked for. Only the response tells its kind for certain, but rules look at who asks; pipes have always
 * the same name. As in Suricata the path of SMB 1 comes without its first character.
 */
export function handOutTree(state: SmbState, tree: SmbTree, message: MessageView): void {
  const { bytes, length } = tree.path;
  tree.isPipe ||= endsWithPipe(bytes, length);
  state.tree = tree;
  message.begin(Protocol.SMB, TO_SERVER, STAGE_HEAD, state.transaction++);
  const start = state.version === 1 && length > 1 ? 1 : 0;
  message.add(tree.isPipe ? Field.SMB_NAMED_PIPE : Field.SMB_SHARE, bytes, start, length - start);
}

/** Whether a path ends with the share of pipes, `IPC$`. */
function endsWithPipe(bytes: Uint8Array, length: number): boolean {
  return (
    length >= 4 &&
    (bytes[length - 4]! | 0x20) === 0x69 &&
    (bytes[length - 3]! | 0x20) === 0x70 &&
    (bytes[length - 2]! | 0x20) === 0x63 &&
    bytes[length - 1] === 0x24
  );
}
