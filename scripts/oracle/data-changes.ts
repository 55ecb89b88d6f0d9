/** What may happen to the data of a connection: cut, mixed up, twice, other bytes, missing, and segments that mean nothing. */
import { TCP_ACK, TCP_PSH } from "#agent/sensor/wire/packet-view.js";
import { join, u8, u32 } from "../story/bytes.js";
import type { Random } from "../story/random.js";
import {
  answerTo,
  eachData,
  emptyOf,
  isData,
  isPureAck,
  pieces,
  type SegmentChange,
  thirds,
  withOption,
  withOtherData,
  withoutEnd,
} from "./segment-parts.js";
import type { Segment } from "./segments-file.js";

const URG = 0x20;
const ECE_CWR = 0xc0;
const SINGLE_BYTES = 400;

function shuffled(parts: readonly Segment[], random: Random): Segment[] {
  const left = [...parts];
  const order: Segment[] = [];
  while (left.length > 0) order.push(...left.splice(random.between(0, left.length - 1), 1));
  return order;
}

/** Timestamps as both sides would send them, one tick a segment. */
function timed(connection: readonly Segment[]): Segment[] {
  const last = { true: 1000, false: 5000 };
  return connection.map((segment) => {
    const own = `${segment.isFromClient}` as "true" | "false";
    const peer = `${!segment.isFromClient}` as "true" | "false";
    last[own]++;
    const isFirst = (segment.flags & TCP_ACK) === 0;
    return withOption(segment, join(u8(1, 1, 8, 10), u32(last[own]), u32(isFirst ? 0 : last[peer])));
  });
}

/** The segment with its timestamp set back, and other data. */
function outdated(segment: Segment, random: Random): Segment {
  const options = segment.options.slice();
  options.set(u32(1), options.length - 8);
  return { ...withOtherData(withoutEnd(segment), random), options };
}

/** What one side has in the wire before the acknowledgement comes, sent again behind it. */
function behindAnswer(
  connection: readonly Segment[],
  make: (segment: Segment) => { readonly now: readonly Segment[]; readonly later: readonly Segment[] },
): Segment[] {
  const later = new Map<Segment, Segment[]>();
  return connection.flatMap((segment) => {
    const due = later.get(segment) ?? [];
    if (!isData(segment)) return [segment, ...due];
    const made = make(segment);
    const answer = answerTo(connection, segment);
    if (answer === undefined) return [...made.now, ...made.later, ...due];
    later.set(answer, [...(later.get(answer) ?? []), ...made.later]);
    return [...made.now, ...due];
  });
}

export const DATA_CHANGES: Readonly<Record<string, SegmentChange>> = {
  same: (connection) => connection,
  "single-bytes": (connection) =>
    eachData(connection, (segment) =>
      pieces(segment, Math.max(1, Math.floor(segment.payload.length / SINGLE_BYTES))),
    ),
  "cut-by-seven": (connection) => eachData(connection, (segment) => pieces(segment, 7)),
  "cut-and-acknowledged": (connection) =>
    eachData(connection, (segment) => {
      const answer = answerTo(connection, segment);
      return thirds(segment).flatMap((part) =>
        answer === undefined
          ? [part]
          : [
              part,
              {
                ...emptyOf(answer, TCP_ACK),
                sequence: segment.acknowledgement,
                acknowledgement: part.sequence + part.payload.length,
              },
            ],
      );
    }),
  "mixed-up": (connection, random) => eachData(connection, (segment) => shuffled(thirds(segment), random)),
  backwards: (connection) => eachData(connection, (segment) => pieces(segment, 50, 8).reverse()),
  "neighbours-swapped": (connection) => {
    const order = [...connection];
    for (let i = 0; i + 1 < order.length; i++) {
      if (isData(order[i]!) && isData(order[i + 1]!)) {
        [order[i], order[i + 1]] = [order[i + 1]!, order[i]!];
        i++;
      }
    }
    return order;
  },
  twice: (connection) => eachData(connection, (segment) => [withoutEnd(segment), segment]),
  "twice-behind-acknowledgement": (connection) =>
    behindAnswer(connection, (segment) => ({ now: [segment], later: [withoutEnd(segment)] })),
  "other-data-behind": (connection, random) =>
    eachData(connection, (segment) => [segment, withOtherData(withoutEnd(segment), random)]),
  "other-data-before": (connection, random) =>
    eachData(connection, (segment) => [withOtherData(withoutEnd(segment), random), segment]),
  "other-data-behind-acknowledgement": (connection, random) =>
    behindAnswer(connection, (segment) => ({
      now: [segment],
      later: [withOtherData(withoutEnd(segment), random)],
    })),
  "other-early-data": (connection, random) =>
    eachData(connection, (segment) => {
      const [first, ...rest] = thirds(segment);
      return [...rest.map((part) => withOtherData(withoutEnd(part), random)), first!, ...rest];
    }),
  "right-early-data": (connection, random) =>
    eachData(connection, (segment) => {
      const [first, ...rest] = thirds(segment);
      return [...rest, ...rest.map((part) => withOtherData(withoutEnd(part), random)), first!];
    }),
  overlapping: (connection) =>
    eachData(connection, (segment) => {
      const { length } = segment.payload;
      return length < 8
        ? [segment]
        : [0, 1, 2, 3].map((i) => {
            const to = i === 3 ? length : Math.floor((length * (i + 2)) / 5);
            const from = Math.floor((length * i) / 5);
            const part = pieces(segment, to)[0]!;
            return { ...part, sequence: segment.sequence + from, payload: segment.payload.slice(from, to) };
          });
    }),
  "late-middle": (connection) =>
    behindAnswer(connection, (segment) => {
      const [first, middle, last] = thirds(segment);
      if (middle === undefined || last === undefined) return { now: [segment], later: [] };
      return { now: [first!, last], later: [middle] };
    }),
  hole: (connection) => eachData(connection, (segment) => thirds(segment).filter((_, i) => i !== 1)),
  "hole-at-start": (connection) =>
    eachData(connection, (segment) => thirds(segment).filter((_, i, all) => i !== 0 || all.length === 1)),
  "hole-at-end": (connection) =>
    eachData(connection, (segment) => {
      const parts = thirds(segment);
      return parts.length < 3 || (segment.flags & 1) !== 0 ? parts : parts.slice(0, 2);
    }),
  "one-lost": (connection, random) => {
    const all = connection.filter(isData);
    const lost = all.length > 1 ? random.pick(all) : undefined;
    return connection.filter((segment) => segment !== lost);
  },
  "request-lost": (connection) => {
    const lost = connection.find((segment) => isData(segment) && segment.isFromClient);
    return connection.filter((segment) => segment !== lost);
  },
  "answer-lost": (connection) => {
    const lost = connection.find((segment) => isData(segment) && !segment.isFromClient);
    return connection.filter((segment) => segment !== lost);
  },
  "never-acknowledged": (connection) => {
    const handshakeAck = connection.find((segment) => segment.isFromClient && isPureAck(segment));
    return connection.filter((segment) => !isPureAck(segment) || segment === handshakeAck);
  },
  "acknowledged-early": (connection) => {
    const order = [...connection];
    for (let i = 1; i + 1 < order.length; i++) {
      if (
        isData(order[i]!) &&
        isPureAck(order[i + 1]!) &&
        order[i]!.isFromClient !== order[i + 1]!.isFromClient
      ) {
        [order[i], order[i + 1]] = [order[i + 1]!, order[i]!];
        i++;
      }
    }
    return order;
  },
  "answer-first": (connection) => {
    const request = connection.findIndex((segment) => isData(segment) && segment.isFromClient);
    const answer = connection.findIndex(
      (segment, i) => i > request && isData(segment) && !segment.isFromClient,
    );
    if (request < 0 || answer < 0) return connection;
    const order = [...connection];
    const [early] = order.splice(answer, 1);
    order.splice(request, 0, early!);
    return order;
  },
  "keep-alive": (connection) =>
    connection.flatMap((segment) =>
      isPureAck(segment) ? [segment, { ...segment, sequence: segment.sequence - 1 }] : [segment],
    ),
  "keep-alive-with-byte": (connection) =>
    connection.flatMap((segment) =>
      isPureAck(segment)
        ? [segment, { ...segment, sequence: segment.sequence - 1, payload: u8(0x7e) }]
        : [segment],
    ),
  "window-closed": (connection) =>
    eachData(connection, (segment) => {
      const answer = answerTo(connection, segment);
      if (answer === undefined || segment.payload.length < 3) return [segment];
      const closed = {
        ...emptyOf(answer, TCP_ACK),
        sequence: segment.acknowledgement,
        acknowledgement: segment.sequence,
        window: 0,
      };
      const [probe, ...rest] = [...pieces(segment, 1, 2)];
      return [
        closed,
        probe!,
        { ...closed, acknowledgement: segment.sequence + 1 },
        { ...closed, acknowledgement: segment.sequence + 1, window: answer.window },
        ...rest,
      ];
    }),
  "urgent-last": (connection) =>
    eachData(connection, (segment) => [
      { ...segment, flags: segment.flags | URG, urgent: segment.payload.length },
    ]),
  "urgent-middle": (connection) =>
    eachData(connection, (segment) => [
      { ...segment, flags: segment.flags | URG, urgent: Math.ceil(segment.payload.length / 2) },
    ]),
  congestion: (connection) =>
    eachData(connection, (segment) => [{ ...segment, flags: segment.flags | ECE_CWR }]),
  "no-push": (connection) =>
    eachData(connection, (segment) => [{ ...segment, flags: segment.flags & ~TCP_PSH }]),
  timestamps: (connection) => timed(connection),
  "timestamps-outdated": (connection, random) =>
    eachData(timed(connection), (segment) =>
      segment.options.length > 8 ? [outdated(segment, random), segment] : [segment],
    ),
  "beyond-window": (connection, random) =>
    eachData(connection, (segment) => [
      { ...withOtherData(withoutEnd(segment), random), sequence: segment.sequence + 40_000_000 },
      segment,
    ]),
  "without-ack-flag": (connection, random) =>
    eachData(connection, (segment) => [{ ...withOtherData(withoutEnd(segment), random), flags: 0 }, segment]),
  "wrong-acknowledgement": (connection, random) =>
    eachData(connection, (segment) => [
      {
        ...withOtherData(withoutEnd(segment), random),
        acknowledgement: segment.acknowledgement + 90_000_000,
      },
      segment,
    ]),
};
