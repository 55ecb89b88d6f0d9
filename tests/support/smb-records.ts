/** Records of SMB 2 (MS-SMB2 2.2) and SMB 1 (MS-CIFS 2.2) for tests, each in its frame. */

export function le16(value: number): number[] {
  return [value & 255, (value >>> 8) & 255];
}

export function le32(value: number): number[] {
  return [...le16(value & 0xffff), ...le16(value >>> 16)];
}

export function wide(text: string): number[] {
  return [...Buffer.from(text, "utf16le")];
}

/** The session framing: type and length. */
export function frame(record: readonly number[], type = 0): Uint8Array {
  const { length } = record;
  return Uint8Array.from([type, (length >> 16) & 255, (length >> 8) & 255, length & 255, ...record]);
}

export interface Smb2Options {
  readonly isResponse?: boolean;
  readonly status?: number;
  readonly messageId?: number;
  readonly treeId?: number;
  /** Offset of the next record in the frame. */
  readonly next?: number;
}

/** A record of SMB 2: 64 octets of header, then the body. */
export function smb2Record(command: number, body: readonly number[], options: Smb2Options = {}): number[] {
  return [
    ...[0xfe, 0x53, 0x4d, 0x42, 64, 0, 0, 0],
    ...le32(options.status ?? 0),
    ...le16(command),
    ...le16(1),
    ...le32(options.isResponse === true ? 1 : 0),
    ...le32(options.next ?? 0),
    ...le32(options.messageId ?? 1),
    ...le32(0),
    ...le32(0xfeff),
    ...le32(options.treeId ?? 0),
    ...le32(0x41),
    ...le32(0),
    ...new Array<number>(16).fill(0),
    ...body,
  ];
}

export function smb2(command: number, body: readonly number[], options: Smb2Options = {}): Uint8Array {
  return frame(smb2Record(command, body, options));
}

const FILE_ID = [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0];

export function treeConnect(path: string, messageId = 1): Uint8Array {
  const name = wide(path);
  return smb2(3, [...le16(9), 0, 0, ...le16(72), ...le16(name.length), ...name], { messageId });
}

/** `shareType`: 1 disk, 2 pipe. */
export function treeConnected(shareType: number, treeId: number, messageId = 1): Uint8Array {
  const body = [...le16(16), shareType, 0, ...new Array<number>(12).fill(0)];
  return smb2(3, body, { isResponse: true, messageId, treeId });
}

export function create(name: string, treeId: number, messageId = 2): Uint8Array {
  const text = wide(name);
  const body = [...le16(57), ...new Array<number>(42).fill(0), ...le16(64 + 56), ...le16(text.length)];
  return smb2(5, [...body, ...new Array<number>(8).fill(0), ...text], { messageId, treeId });
}

export function created(treeId: number, messageId = 2): Uint8Array {
  const body = [...le16(89), ...new Array<number>(62).fill(0), ...FILE_ID, ...new Array<number>(8).fill(0)];
  return smb2(5, body, { isResponse: true, messageId, treeId });
}

export function write(data: Uint8Array, offset: number, treeId: number): Uint8Array {
  const head = [...le16(49), ...le16(64 + 48), ...le32(data.length), ...le32(offset), ...le32(0), ...FILE_ID];
  return smb2(9, [...head, ...new Array<number>(16).fill(0), ...data], { messageId: 3, treeId });
}

export function read(offset: number, treeId: number, messageId = 4): Uint8Array {
  const head = [...le16(49), 0, 0, ...le32(1024), ...le32(offset), ...le32(0), ...FILE_ID];
  return smb2(8, [...head, ...new Array<number>(17).fill(0)], { messageId, treeId });
}

export function readDone(data: Uint8Array, treeId: number, messageId = 4): Uint8Array {
  const head = [...le16(17), 64 + 16, 0, ...le32(data.length), ...le32(0), ...le32(0)];
  return smb2(8, [...head, ...data], { isResponse: true, messageId, treeId });
}

export function close(treeId: number): Uint8Array {
  return smb2(6, [...le16(24), 0, 0, 0, 0, 0, 0, ...FILE_ID], { messageId: 9, treeId });
}

/** FSCTL_PIPE_TRANSCEIVE. */
export function transceive(data: Uint8Array, treeId: number, messageId = 5): Uint8Array {
  const head = [...le16(57), 0, 0, ...le32(0x0011_c017), ...FILE_ID, ...le32(64 + 56), ...le32(data.length)];
  return smb2(11, [...head, ...new Array<number>(24).fill(0), ...data], { messageId, treeId });
}

export function transceived(data: Uint8Array, treeId: number, messageId = 5): Uint8Array {
  const head = [...le16(49), 0, 0, ...le32(0x0011_c017), ...FILE_ID, ...le32(0), ...le32(0)];
  const body = [...head, ...le32(64 + 48), ...le32(data.length), ...new Array<number>(8).fill(0), ...data];
  return smb2(11, body, { isResponse: true, messageId, treeId });
}

/** NTLMSSP AUTHENTICATE with UTF-16 names behind its 64 octets of fields. */
export function ntlmsspAuthenticate(domain: string, user: string, host: string): number[] {
  const names = [domain, user, host].map(wide);
  let at = 64;
  const fields = names.flatMap((name) => {
    const field = [...le16(name.length), ...le16(name.length), ...le32(at)];
    at += name.length;
    return field;
  });
  return [
    ...Buffer.from("NTLMSSP\0", "latin1"),
    ...le32(3),
    ...new Array<number>(16).fill(0),
    ...fields,
    ...new Array<number>(8).fill(0),
    ...le32(1),
    ...names.flat(),
  ];
}

/** A session set-up with a security blob; the octets before the message stand for SPNEGO. */
export function sessionSetup(token: readonly number[]): Uint8Array {
  const blob = [0xa1, 0x82, 0, 0, ...token];
  return smb2(1, [
    ...le16(25),
    ...new Array<number>(10).fill(0),
    ...le16(64 + 24),
    ...le16(blob.length),
    ...new Array<number>(8).fill(0),
    ...blob,
  ]);
}

/** A record of SMB 1: 32 octets of header, words, octets. */
export function smb1(
  command: number,
  words: readonly number[],
  octets: readonly number[],
  isResponse = false,
): Uint8Array {
  const head = [0xff, 0x53, 0x4d, 0x42, command, 0, 0, 0, 0, isResponse ? 0x98 : 0x18, 0x01, 0x28];
  const ids = [...new Array<number>(12).fill(0), ...le16(7), ...le16(100), ...le16(5), ...le16(3)];
  return frame([...head, ...ids, words.length / 2, ...words, ...le16(octets.length), ...octets]);
}

/** SMB 1: a log-on with NTLMSSP, and chained to it a share that is asked for. */
export function chainedTreeConnect(token: readonly number[], path: string): Uint8Array {
  const setupBytes = 24;
  const second = 32 + 1 + setupBytes + 2 + token.length;
  const setup = [0x75, 0, ...le16(second), ...new Array<number>(10).fill(0), ...le16(token.length)];
  const words = [...setup, ...new Array<number>(setupBytes - setup.length).fill(0)];
  const octets = [0, ...Buffer.from(`${path}\0?????\0`)];
  const tree = [4, 0xff, 0, 0, 0, 0, 0, 1, 0, ...le16(octets.length), ...octets];
  const record = [...smb1(0x73, words, token), ...tree];
  return frame(record.slice(4));
}
