/** The EVE object `smb` of a record, with Suricata's names. */

import { describeDcerpc } from "../dcerpc/eve.js";
import { eveText } from "../eve-text.js";
import { Field } from "../fields.js";
import type { MessageView } from "../message-view.js";
import type { TextBuffer } from "../text-buffer.js";
import { smbCommandName, smbDialectName } from "./names.js";
import type { SmbState } from "./state.js";
import { smbStatusName } from "./statuses.js";

export function describeSmb(state: SmbState, message: MessageView): Record<string, unknown> {
  const { tree, file, names } = state;
  const smb: Record<string, unknown> = {
    id: message.transaction + 1,
    dialect: smbDialectName(state.dialect),
    command: smbCommandName(state.version, state.command),
    session_id: state.sessionId,
    tree_id: state.treeId,
  };
  if (state.isResponse) {
    smb.status = smbStatusName(state.status);
    smb.status_code = `0x${state.status.toString(16)}`;
  }
  const pathTree = tree ?? (file === undefined ? undefined : state.treeById(file.treeId));
  if (pathTree !== undefined && pathTree.path.length > 0) {
    smb[pathTree.isPipe ? "named_pipe" : "share"] = textOf(pathTree.path);
  }
  if (file !== undefined && file.name.length > 0) smb.filename = textOf(file.name);
  if (names.hasNames) {
    smb.ntlmssp = { domain: textOf(names.domain), user: textOf(names.user), host: textOf(names.host) };
  } else if (state.isKerberos) {
    smb.kerberos = {};
  }
  if (message.first(Field.DCERPC_STUB_DATA) >= 0 && file?.association !== undefined) {
    smb.dcerpc = describeDcerpc(file.association);
  }
  return smb;
}

function textOf(text: TextBuffer): string {
  return eveText(text.bytes, 0, text.length);
}
