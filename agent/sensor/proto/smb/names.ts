/** Names of commands, dialects and states of SMB as Suricata writes them in EVE. */

export const Smb1 = {
  CLOSE: 0x04,
  TRANSACTION: 0x25,
  READ_ANDX: 0x2e,
  WRITE_ANDX: 0x2f,
  TRANSACTION2: 0x32,
  TREE_DISCONNECT: 0x71,
  NEGOTIATE: 0x72,
  SESSION_SETUP_ANDX: 0x73,
  TREE_CONNECT_ANDX: 0x75,
  NT_CREATE_ANDX: 0xa2,
} as const;

export const Smb2 = {
  NEGOTIATE: 0,
  SESSION_SETUP: 1,
  TREE_CONNECT: 3,
  TREE_DISCONNECT: 4,
  CREATE: 5,
  CLOSE: 6,
  READ: 8,
  WRITE: 9,
  IOCTL: 11,
  GET_INFO: 16,
  SET_INFO: 17,
} as const;

const SMB1_COMMANDS: Readonly<Record<number, string>> = {
  0: "CREATE_DIRECTORY",
  1: "DELETE_DIRECTORY",
  2: "OPEN",
  3: "CREATE",
  [Smb1.CLOSE]: "CLOSE",
  5: "FLUSH",
  6: "DELETE",
  7: "RENAME",
  8: "QUERY_INFORMATION",
  9: "SET_INFORMATION",
  10: "READ",
  11: "WRITE",
  12: "LOCK_BYTE_RANGE",
  13: "UNLOCK_BYTE_RANGE",
  14: "CREATE_TEMPORARY",
  15: "CREATE_NEW",
  16: "CHECK_DIRECTORY",
  17: "PROCESS_EXIT",
  18: "SEEK",
  19: "LOCK_AND_READ",
  20: "WRITE_AND_UNLOCK",
  36: "LOCKING_ANDX",
  [Smb1.TRANSACTION]: "TRANS",
  43: "ECHO",
  44: "WRITE_AND_CLOSE",
  45: "OPEN_ANDX",
  [Smb1.READ_ANDX]: "READ_ANDX",
  [Smb1.WRITE_ANDX]: "WRITE_ANDX",
  [Smb1.TRANSACTION2]: "TRANS2",
  51: "TRANS2_SECONDARY",
  52: "FIND_CLOSE2",
  [Smb1.TREE_DISCONNECT]: "TREE_DISCONNECT",
  [Smb1.NEGOTIATE]: "NEGOTIATE_PROTOCOL",
  [Smb1.SESSION_SETUP_ANDX]: "SESSION_SETUP_ANDX",
  116: "LOGOFF_ANDX",
  [Smb1.TREE_CONNECT_ANDX]: "TREE_CONNECT_ANDX",
  128: "QUERY_INFO_DISK",
  160: "NT_TRANS",
  161: "NT_TRANS_SECONDARY",
  [Smb1.NT_CREATE_ANDX]: "NT_CREATE_ANDX",
  164: "NT_CANCEL",
};

const SMB2_COMMANDS: readonly string[] = [
  "NEGOTIATE_PROTOCOL",
  "SESSION_SETUP",
  "SESSION_LOGOFF",
  "TREE_CONNECT",
  "TREE_DISCONNECT",
  "CREATE",
  "CLOSE",
  "FLUSH",
  "READ",
  "WRITE",
  "LOCK",
  "IOCTL",
  "CANCEL",
  "KEEPALIVE",
  "FIND",
  "CHANGE_NOTIFY",
  "GET_INFO",
  "SET_INFO",
  "OPLOCK_BREAK",
];

const DIALECTS: Readonly<Record<number, string>> = {
  514: "2.02",
  528: "2.10",
  546: "2.22",
  548: "2.24",
  767: "2.??",
  768: "3.00",
  770: "3.02",
  784: "3.10",
  785: "3.11",
};

export function smbCommandName(version: number, command: number): string {
  const name = version === 1 ? SMB1_COMMANDS[command] : SMB2_COMMANDS[command];
  return name === undefined ? String(command) : `SMB${version}_COMMAND_${name}`;
}

export function smbDialectName(dialect: number): string {
  if (dialect === 1) return "NT LM 0.12";
  return DIALECTS[dialect] ?? (dialect === 0 ? "unknown" : String(dialect));
}
