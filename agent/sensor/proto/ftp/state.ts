/** What a flow remembers of FTP: the last command, its reply, and the port the next transfer will use. 1.5 KiB. */

import { LineCursor } from "../line-finder.js";
import { TextBuffer } from "../text-buffer.js";

const MAX_COMMAND_OCTETS = 32;
export const MAX_DATA_OCTETS = 512;
const MAX_REPLY_OCTETS = 512;

export class FtpState {
  /** AUTH TLS was agreed upon: what follows in both directions is another protocol. */
  isTunnel = false;
  /** Number of the command. */
  transaction = -1;
  readonly clientLine = new LineCursor();
  readonly serverLine = new LineCursor();
  readonly command = new TextBuffer(MAX_COMMAND_OCTETS);
  readonly commandData = new TextBuffer(MAX_DATA_OCTETS);
  readonly reply = new TextBuffer(MAX_REPLY_OCTETS);
  /** The command has a reply. */
  hasReply = false;
  /** Of its last line; 0: that has none. */
  replyCode = 0;
  /** The last command was AUTH TLS and awaits its reply. */
  isAwaitingTls = false;
  /** Where the next data connection goes; 0: not known. */
  dynamicPort = 0;
  /** The server connects to the client. */
  isActive = false;
}
