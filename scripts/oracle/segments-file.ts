/** TCP connections of a capture as segments that can be changed, and back into a capture. Everything else stays as it is. */
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import { CaptureWriter } from "#agent/sensor/capture/capture-writer.js";
import { readUint16, readUint32, writeUint16, writeUint32 } from "#agent/sensor/wire/big-endian.js";
import { ipv4HeaderChecksum, sumWords, tcpChecksum } from "#agent/sensor/wire/checksum.js";
import { LINKTYPE_ETHERNET, LINKTYPE_RAW } from "#agent/sensor/wire/link-type.js";
import { IP_PROTOCOL_TCP } from "#agent/sensor/wire/packet-view.js";

const ETHERNET_BYTES = 14;
const MIN_FRAME_BYTES = 60;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const RAW_TYPES: Readonly<Record<number, number>> = { 4: ETHERTYPE_IPV4, 6: ETHERTYPE_IPV6 };
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const TCP_BYTES = 20;
const ADDRESSES = { 4: [12, 20], 6: [8, 40] } as const;
const MAX_CAPTURE_BYTES = 64 * 1024 * 1024;

export interface Segment {
  /** The frame it came in, up to its TCP header, and where the IP header begins in it. */
  readonly head: Uint8Array;
  readonly ipOffset: number;
  readonly timeUs: number;
  readonly isFromClient: boolean;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window: number;
  readonly urgent: number;
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

/** A changed connection has its segments in the order they are to stand in; times follow that order. */
export type Change = (connection: readonly Segment[]) => readonly Segment[];

interface Frame {
  readonly bytes: Uint8Array;
  readonly timeUs: number;
}

/** The capture with each of its TCP connections that begin with a SYN changed. Frames are Ethernet or bare IP. */
export function changeConnections(path: string, change: Change, part = 1): Uint8Array {
  const frames: Frame[] = [];
  let fileLinkType = LINKTYPE_ETHERNET;
  const connections = new Map<string, Segment[]>();
  readCaptureFile(path, {
    frame(bytes, offset, capturedLength, _wireLength, linkType, timeUs) {
      if (linkType !== LINKTYPE_ETHERNET && linkType !== LINKTYPE_RAW)
        throw new Error(`${path}: neither Ethernet nor bare IP`);
      fileLinkType = linkType;
      const frame = bytes.slice(offset, offset + capturedLength);
      const segment = readSegment(frame, linkType, timeUs);
      if (segment === undefined) frames.push({ bytes: frame, timeUs });
      else addSegment(connections, segment);
    },
  });
  const all = [...connections.values()].filter((_, index) => index % part === 0);
  for (const connection of all) {
    let timeUs = 0;
    for (const segment of change(connection)) {
      timeUs = Math.max(timeUs, segment.timeUs);
      frames.push({ bytes: writeSegment(segment), timeUs });
    }
  }
  return captureOf(frames, fileLinkType);
}

/** A SYN after the connection's end begins another; what has none belongs to whoever sent first. */
function addSegment(connections: Map<string, Segment[]>, segment: Segment): void {
  const ends = [endOf(segment, true), endOf(segment, false)];
  const name = [...ends].sort().join(" ");
  const known = connections.get(name);
  const first = known?.[0];
  if (first === undefined || known === undefined) {
    connections.set(name, [segment]);
  } else {
    const isFromClient = ends[0] === endOf(first, true);
    known.push({ ...segment, isFromClient });
  }
}

function endOf(segment: Segment, isSource: boolean): string {
  const { head, ipOffset } = segment;
  const version = (head[ipOffset]! >> 4) as 4 | 6;
  const [from, to] = ADDRESSES[version];
  const half = (to - from) / 2;
  const start = ipOffset + from + (isSource ? 0 : half);
  const port = isSource ? segment.sourcePort : segment.destinationPort;
  return `${Buffer.from(head.subarray(start, start + half)).toString("hex")}:${port}`;
}

function readSegment(frame: Uint8Array, linkType: number, timeUs: number): Segment | undefined {
  const ip = linkType === LINKTYPE_ETHERNET ? ETHERNET_BYTES : 0;
  if (frame.length < ip + IPV4_BYTES + TCP_BYTES) return undefined;
  const etherType = ip > 0 ? readUint16(frame, ip - 2) : RAW_TYPES[frame[0]! >> 4];
  let tcp: number;
  let end: number;
  if (etherType === ETHERTYPE_IPV4) {
    const isFragment = (readUint16(frame, ip + 6) & 0x3fff) !== 0;
    if (isFragment || frame[ip + 9] !== IP_PROTOCOL_TCP) return undefined;
    tcp = ip + (frame[ip]! & 0x0f) * 4;
    end = ip + readUint16(frame, ip + 2);
  } else if (etherType === ETHERTYPE_IPV6 && frame[ip + 6] === IP_PROTOCOL_TCP) {
    tcp = ip + IPV6_BYTES;
    end = tcp + readUint16(frame, ip + 4);
  } else return undefined;
  const payload = tcp + (frame[tcp + 12]! >> 4) * 4;
  if (end > frame.length || payload < tcp + TCP_BYTES || payload > end) return undefined;
  return {
    head: frame.slice(0, tcp),
    ipOffset: ip,
    timeUs,
    isFromClient: true,
    sourcePort: readUint16(frame, tcp),
    destinationPort: readUint16(frame, tcp + 2),
    sequence: readUint32(frame, tcp + 4),
    acknowledgement: readUint32(frame, tcp + 8),
    flags: frame[tcp + 13]!,
    window: readUint16(frame, tcp + 14),
    urgent: readUint16(frame, tcp + 18),
    options: frame.slice(tcp + TCP_BYTES, payload),
    payload: frame.slice(payload, end),
  };
}

function writeSegment(segment: Segment): Uint8Array {
  const { head, options, payload } = segment;
  const tcp = head.length;
  const headerBytes = TCP_BYTES + options.length;
  const length = headerBytes + payload.length;
  const frame = new Uint8Array(Math.max(tcp + length, segment.ipOffset > 0 ? MIN_FRAME_BYTES : 0));
  frame.set(head);
  writeUint16(frame, tcp, segment.sourcePort);
  writeUint16(frame, tcp + 2, segment.destinationPort);
  writeUint32(frame, tcp + 4, segment.sequence >>> 0);
  writeUint32(frame, tcp + 8, segment.acknowledgement >>> 0);
  frame[tcp + 12] = (headerBytes / 4) << 4;
  frame[tcp + 13] = segment.flags;
  writeUint16(frame, tcp + 14, segment.window);
  writeUint16(frame, tcp + 18, segment.urgent);
  frame.set(options, tcp + TCP_BYTES);
  frame.set(payload, tcp + headerBytes);
  const ip = segment.ipOffset;
  const isV4 = frame[ip]! >> 4 === 4;
  if (isV4) {
    writeUint16(frame, ip + 2, tcp - ip + length);
    writeUint16(frame, ip + 10, 0);
    writeUint16(frame, ip + 10, ipv4HeaderChecksum(frame, ip, tcp - ip));
  } else writeUint16(frame, ip + 4, length);
  const [from, to] = ADDRESSES[isV4 ? 4 : 6];
  const pseudoSum = sumWords(frame, ip + from, to - from, IP_PROTOCOL_TCP + length);
  writeUint16(frame, tcp + 16, tcpChecksum(frame, tcp, length, pseudoSum));
  return frame;
}

function captureOf(frames: readonly Frame[], linkType: number): Uint8Array {
  const writer = new CaptureWriter(linkType, MAX_CAPTURE_BYTES);
  for (const { bytes, timeUs } of frames.toSorted((a, b) => a.timeUs - b.timeUs)) {
    if (!writer.append(bytes, 0, bytes.length, bytes.length, timeUs))
      throw new Error("the capture is too long");
  }
  return writer.file();
}
