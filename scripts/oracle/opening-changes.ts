/** How connections may begin: TCP Fast Open (RFC 7413), SYNs again, split handshakes, handshakes of which a part was not seen. */
import { TCP_ACK, TCP_SYN } from "#agent/sensor/wire/packet-view.js";
import { join, u8 } from "../story/bytes.js";
import {
  emptyOf,
  isData,
  isPureAck,
  isSyn,
  isSynAck,
  opening,
  piece,
  type SegmentChange,
  SYN_ACK,
  withOption,
  withOtherData,
} from "./segment-parts.js";
import type { Segment } from "./segments-file.js";

const COOKIE = u8(1, 2, 3, 4, 5, 6, 7, 8);
const FAST_OPEN = join(u8(34, 10), COOKIE);
const COOKIE_REQUEST = u8(34, 2);
/** RFC 6994 with the experiment's number of RFC 7413. */
const EXPERIMENTAL = join(u8(254, 12, 0xf9, 0x89), COOKIE);

interface FastOpen {
  /** Option of the SYN; none: data on a plain SYN. */
  readonly option?: Uint8Array;
  /** How much of the first data the SYN carries, and the server takes; default all. */
  readonly carried?: (length: number) => number;
  readonly taken?: (carried: number) => number;
  /** What is taken is sent again as well. */
  readonly isRepeated?: boolean;
  /** The server speaks before the client's ACK. */
  readonly isAnsweredFirst?: boolean;
  /** The client's ACK is missing: its next data stands for it. */
  readonly isWithoutAck?: boolean;
  /** The server's first data comes with the SYN/ACK. */
  readonly isAnswerInSynAck?: boolean;
  /** The server acknowledges the SYN alone, and the client goes on all the same. */
  readonly isTakenSilently?: boolean;
  /** The SYN/ACK has the option as well. */
  readonly isOptionEchoed?: boolean;
  /** The SYN is sent again without option and data. */
  readonly isSynAgain?: boolean;
}

function fastOpen(options: FastOpen): SegmentChange {
  return (connection) => {
    const found = opening(connection);
    if (found === undefined) return connection;
    const [syn, synAck, ack, data] = found.map((index) => connection[index]!) as [
      Segment,
      Segment,
      Segment,
      Segment,
    ];
    const carried = options.carried?.(data.payload.length) ?? data.payload.length;
    const taken = options.taken?.(carried) ?? carried;
    const first = { ...syn, payload: data.payload.slice(0, carried) };
    const opened = options.option === undefined ? first : withOption(first, options.option);
    const said = options.isTakenSilently ? 0 : taken;
    const plain = { ...synAck, acknowledgement: synAck.acknowledgement + said };
    const answered = options.isOptionEchoed ? withOption(plain, FAST_OPEN) : plain;
    const confirmed = { ...ack, sequence: ack.sequence + taken };
    const again = options.isRepeated ? 0 : taken;
    const left = again < data.payload.length ? [piece(data, again, data.payload.length)] : [];
    const rest = connection.filter((segment) => ![syn, synAck, ack, data].includes(segment));
    const answer = rest.findIndex((segment) => isData(segment) && !segment.isFromClient);
    const synAgain = options.isSynAgain ? [{ ...syn, payload: u8() }] : [];
    if (options.isAnswerInSynAck && answer >= 0) {
      const payload = rest[answer]!.payload;
      rest.splice(answer, 1);
      return [opened, ...synAgain, { ...answered, payload }, confirmed, ...left, ...rest];
    }
    if (options.isAnsweredFirst && answer >= 0) {
      const [early] = rest.splice(answer, 1);
      return [opened, ...synAgain, answered, early!, confirmed, ...left, ...rest];
    }
    return [opened, ...synAgain, answered, ...(options.isWithoutAck ? [] : [confirmed]), ...left, ...rest];
  };
}

const half = (length: number) => Math.ceil(length / 2);

/** Only the handshake of the conversation changes; `make` gets SYN, SYN/ACK and ACK. */
function handshake(
  make: (
    syn: Segment,
    synAck: Segment,
    ack: Segment,
    random: Parameters<SegmentChange>[1],
  ) => readonly Segment[],
): SegmentChange {
  return (connection, random) => {
    const syn = connection.findIndex(isSyn);
    const synAck = connection.findIndex(isSynAck);
    const ack = connection.findIndex(
      (segment, i) => i > synAck && segment.isFromClient && isPureAck(segment),
    );
    if (syn < 0 || synAck < 0 || ack < 0) return connection;
    const parts = [syn, synAck, ack];
    const rest = connection.filter((_, i) => !parts.includes(i));
    return [...make(connection[syn]!, connection[synAck]!, connection[ack]!, random), ...rest];
  };
}

export const OPENING_CHANGES: Readonly<Record<string, SegmentChange>> = {
  "fast-open": fastOpen({ option: FAST_OPEN }),
  "fast-open-experimental": fastOpen({ option: EXPERIMENTAL }),
  "fast-open-refused": fastOpen({ option: FAST_OPEN, taken: () => 0 }),
  "fast-open-partly-taken": fastOpen({ option: FAST_OPEN, taken: half }),
  "fast-open-half": fastOpen({ option: FAST_OPEN, carried: half }),
  "fast-open-request": fastOpen({ option: COOKIE_REQUEST, carried: () => 0 }),
  "fast-open-request-with-data": fastOpen({ option: COOKIE_REQUEST }),
  "fast-open-repeated": fastOpen({ option: FAST_OPEN, isRepeated: true }),
  "fast-open-answered-first": fastOpen({ option: FAST_OPEN, isAnsweredFirst: true }),
  "fast-open-without-ack": fastOpen({ option: FAST_OPEN, isWithoutAck: true }),
  "fast-open-data-on-syn-ack": fastOpen({ option: FAST_OPEN, isAnswerInSynAck: true }),
  "fast-open-syn-again": fastOpen({ option: FAST_OPEN, isSynAgain: true, taken: () => 0 }),
  "fast-open-taken-silently": fastOpen({ option: FAST_OPEN, isTakenSilently: true }),
  "fast-open-echoed": fastOpen({ option: FAST_OPEN, isOptionEchoed: true }),
  "fast-open-in-syn-ack-only": fastOpen({ isOptionEchoed: true }),
  "syn-data": fastOpen({}),
  "syn-data-taken-silently": fastOpen({ isTakenSilently: true }),
  "syn-data-refused": fastOpen({ taken: () => 0 }),
  "syn-again": handshake((syn, synAck, ack) => [syn, syn, synAck, ack]),
  "syn-other-number": handshake((syn, synAck, ack) => [
    { ...syn, sequence: syn.sequence + 77_777 },
    syn,
    synAck,
    ack,
  ]),
  "syn-other-number-later": handshake((syn, synAck, ack) => [
    syn,
    { ...syn, sequence: syn.sequence + 77_777 },
    synAck,
    ack,
  ]),
  "syn-ack-again": handshake((syn, synAck, ack) => [syn, synAck, synAck, ack, synAck]),
  "syn-ack-other-number": handshake((syn, synAck, ack) => [
    syn,
    { ...synAck, sequence: synAck.sequence + 77_777 },
    synAck,
    ack,
  ]),
  "four-way": handshake((syn, synAck, ack) => [
    syn,
    { ...synAck, flags: TCP_SYN, acknowledgement: 0 },
    { ...ack, flags: SYN_ACK, sequence: syn.sequence, options: syn.options },
    { ...emptyOf(synAck, TCP_ACK), sequence: synAck.sequence + 1 },
  ]),
  "ack-lost": handshake((syn, synAck) => [syn, synAck]),
  "syn-lost": handshake((_, synAck, ack) => [synAck, ack]),
  "syn-ack-lost": handshake((syn, _, ack) => [syn, ack]),
  midstream: handshake(() => []),
  "ack-wrong": handshake((syn, synAck, ack) => [
    syn,
    synAck,
    { ...ack, acknowledgement: ack.acknowledgement + 5000 },
    ack,
  ]),
  "data-before-syn-ack": (connection, random) => {
    const found = opening(connection);
    if (found === undefined) return connection;
    const data = connection[found[3]]!;
    return [connection[0]!, withOtherData(data, random), ...connection.slice(1)];
  },
};
