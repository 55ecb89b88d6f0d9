/** What the changes of connections have in common: parts of a conversation found, segments derived from others. */
import { TCP_ACK, TCP_FIN, TCP_PSH, TCP_RST, TCP_SYN } from "#agent/sensor/wire/packet-view.js";
import { join, u8 } from "../story/bytes.js";
import type { Random } from "../story/random.js";
import type { Segment } from "./segments-file.js";

/** The segments in a new order, changed, with others between them, or without some. `random` is the connection's own. */
export type SegmentChange = (connection: readonly Segment[], random: Random) => readonly Segment[];

export const SYN_ACK = TCP_SYN | TCP_ACK;
const OPTION_END = 0;
const OPTION_NOP = 1;
const MAX_OPTION_BYTES = 40;

export function isData({ payload, flags }: Segment): boolean {
  return payload.length > 0 && (flags & (TCP_SYN | TCP_RST)) === 0;
}

export function isSyn({ flags }: Segment): boolean {
  return (flags & SYN_ACK) === TCP_SYN;
}

export function isSynAck({ flags }: Segment): boolean {
  return (flags & SYN_ACK) === SYN_ACK;
}

/** An acknowledgement and nothing else. */
export function isPureAck({ flags, payload }: Segment): boolean {
  return payload.length === 0 && (flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) === TCP_ACK;
}

export function isEnd({ flags }: Segment): boolean {
  return (flags & (TCP_FIN | TCP_RST)) !== 0;
}

/** Indices of SYN, SYN/ACK, the client's ACK and its first data, or undefined where the conversation does not begin so. */
export function opening(
  connection: readonly Segment[],
): readonly [number, number, number, number] | undefined {
  const syn = connection.findIndex(isSyn);
  const synAck = connection.findIndex(isSynAck);
  const ack = connection.findIndex((segment, i) => i > synAck && segment.isFromClient && isPureAck(segment));
  const data = connection.findIndex(isData);
  const isPlain = syn === 0 && synAck > syn && ack > synAck && data > ack && connection[data]!.isFromClient;
  return isPlain ? [syn, synAck, ack, data] : undefined;
}

/** Bytes [from, to) of a segment's payload as a segment. A FIN stays with the last byte. */
export function piece(segment: Segment, from: number, to: number): Segment {
  const isLast = to >= segment.payload.length;
  return {
    ...segment,
    sequence: segment.sequence + from,
    flags: isLast ? segment.flags : segment.flags & ~(TCP_FIN | TCP_PSH),
    payload: segment.payload.slice(from, to),
  };
}

/** A segment in pieces of `size` bytes, at most `count`; the last has the rest. */
export function pieces(segment: Segment, size: number, count = Number.POSITIVE_INFINITY): Segment[] {
  const parts: Segment[] = [];
  for (let from = 0; from < segment.payload.length; from += size) {
    const isLast = parts.length === count - 1 || from + size >= segment.payload.length;
    parts.push(piece(segment, from, isLast ? segment.payload.length : from + size));
    if (isLast) break;
  }
  return parts;
}

/** Three pieces of about the same length, or the segment where it is too short. */
export function thirds(segment: Segment): Segment[] {
  const { length } = segment.payload;
  return length < 3 ? [segment] : pieces(segment, Math.floor(length / 3), 3);
}

/** The same place in the stream with other bytes. */
export function withOtherData(segment: Segment, random: Random): Segment {
  return { ...segment, payload: random.bytes(segment.payload.length) };
}

/** Data without a FIN, so that it may be repeated. */
export function withoutEnd(segment: Segment): Segment {
  return { ...segment, flags: segment.flags & ~TCP_FIN };
}

/** A segment of the same sender without payload. */
export function emptyOf(segment: Segment, flags: number): Segment {
  return { ...segment, flags, payload: u8(), options: u8() };
}

/** The option behind those that are there, or alone where all find no room, filled up with no-operations. */
export function withOption(segment: Segment, option: Uint8Array): Segment {
  const all = join(openOptions(segment.options), option);
  const options = all.length > MAX_OPTION_BYTES ? option : all;
  const fill = new Uint8Array((4 - (options.length % 4)) % 4).fill(OPTION_NOP);
  return { ...segment, options: join(options, fill) };
}

/** Options up to the one that says that none follows. */
function openOptions(options: Uint8Array): Uint8Array {
  let at = 0;
  while (at < options.length && options[at] !== OPTION_END) {
    at += options[at] === OPTION_NOP ? 1 : Math.max(options[at + 1] ?? 0, 2);
  }
  return options.slice(0, at);
}

/** Each data segment replaced by what `make` returns for it. */
export function eachData(
  connection: readonly Segment[],
  make: (segment: Segment, index: number) => readonly Segment[],
): Segment[] {
  return connection.flatMap((segment, i) => (isData(segment) ? make(segment, i) : [segment]));
}

/** The segment that acknowledges all of a data segment, from the other side. */
export function answerTo(connection: readonly Segment[], segment: Segment): Segment | undefined {
  const index = connection.indexOf(segment);
  const end = (segment.sequence + segment.payload.length) >>> 0;
  return connection.find(
    (other, i) =>
      i > index && other.isFromClient !== segment.isFromClient && ((other.acknowledgement - end) | 0) >= 0,
  );
}
