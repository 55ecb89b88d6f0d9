/** How connections may end, or seem to: FIN with data, RST of all kinds, no end at all, the same ports again; and one side alone. */
import { TCP_ACK, TCP_FIN, TCP_RST } from "#agent/sensor/wire/packet-view.js";
import { u8 } from "../story/bytes.js";
import { emptyOf, isData, isEnd, isSyn, opening, type SegmentChange } from "./segment-parts.js";
import type { Segment } from "./segments-file.js";

const RST_ACK = TCP_RST | TCP_ACK;
const OTHER_NUMBERS = 123_456_789;

/** A RST behind the first data, from its sender, `off` numbers away from where the sender is. */
function reset(flags: number, off: number): SegmentChange {
  return (connection) => {
    const data = connection.findIndex(isData);
    if (data < 0) return connection;
    const segment = connection[data]!;
    const rst = {
      ...emptyOf(segment, flags),
      sequence: segment.sequence + segment.payload.length + off,
      acknowledgement: (flags & TCP_ACK) === 0 ? 0 : segment.acknowledgement,
    };
    return [...connection.slice(0, data + 1), rst, ...connection.slice(data + 1)];
  };
}

/** The FIN goes with the last data of its side. */
function withFinOnData(connection: readonly Segment[]): Segment[] {
  const last = [true, false].map((side) =>
    connection.findLast((segment) => isData(segment) && segment.isFromClient === side),
  );
  return connection
    .filter((segment) => (segment.flags & TCP_FIN) === 0 || segment.payload.length > 0)
    .map((segment) => (last.includes(segment) ? { ...segment, flags: segment.flags | TCP_FIN } : segment));
}

/** The same conversation with other numbers. */
function renumbered(connection: readonly Segment[]): Segment[] {
  return connection.map((segment) => ({
    ...segment,
    sequence: segment.sequence + OTHER_NUMBERS,
    acknowledgement:
      (segment.flags & TCP_ACK) === 0 ? segment.acknowledgement : segment.acknowledgement + OTHER_NUMBERS,
  }));
}

export const END_CHANGES: Readonly<Record<string, SegmentChange>> = {
  "fin-with-data": withFinOnData,
  "fin-early": (connection) => {
    const data = connection.findIndex(isData);
    if (data < 0) return connection;
    const segment = connection[data]!;
    const fin = { ...emptyOf(segment, TCP_FIN | TCP_ACK), sequence: segment.sequence };
    return [...connection.slice(0, data), fin, ...connection.slice(data)];
  },
  "fin-before-data": (connection) => {
    // The FIN overtakes the last data.
    const fin = connection.findIndex(
      (segment) => (segment.flags & TCP_FIN) !== 0 && segment.payload.length === 0,
    );
    if (fin < 0) return connection;
    const side = connection[fin]!.isFromClient;
    const data = connection.findLastIndex(
      (segment, i) => i < fin && isData(segment) && segment.isFromClient === side,
    );
    if (data < 0) return connection;
    const order = [...connection];
    const [early] = order.splice(fin, 1);
    order.splice(data, 0, early!);
    return order;
  },
  "rst-instead-of-fin": (connection) => {
    const end = connection.findIndex(isEnd);
    if (end < 0) return connection;
    return [...connection.slice(0, end), emptyOf(connection[end]!, RST_ACK)];
  },
  "rst-behind-request": (connection) => {
    const data = connection.findIndex(isData);
    const segment = connection[data];
    if (segment === undefined) return connection;
    const rst = {
      ...emptyOf(segment, RST_ACK),
      sequence: segment.sequence + segment.payload.length,
    };
    return [...connection.slice(0, data + 1), rst];
  },
  "rst-from-server": (connection) => {
    const found = opening(connection);
    if (found === undefined) return connection;
    const [, synAck, , data] = found;
    const request = connection[data]!;
    const rst = {
      ...emptyOf(connection[synAck]!, RST_ACK),
      sequence: request.acknowledgement,
      acknowledgement: request.sequence + request.payload.length,
    };
    return [...connection.slice(0, data + 1), rst];
  },
  "rst-and-on": reset(RST_ACK, 0),
  "rst-without-ack-and-on": reset(TCP_RST, 0),
  "rst-in-window": reset(RST_ACK, 100),
  "rst-outside": reset(RST_ACK, 50_000_000),
  "no-end": (connection) => connection.filter((segment) => !isEnd(segment) || segment.payload.length > 0),
  "cut-off": (connection) => connection.slice(0, connection.findLastIndex(isData) + 1),
  "ports-again": (connection) => [...connection, ...renumbered(connection)],
  "ports-again-without-end": (connection) => {
    const open = connection.filter((segment) => !isEnd(segment) || segment.payload.length > 0);
    return [...open, ...renumbered(connection)];
  },
  "ports-again-after-rst": (connection) => {
    const end = connection.findIndex(isEnd);
    if (end < 0) return connection;
    const first = [...connection.slice(0, end), emptyOf(connection[end]!, RST_ACK)];
    return [...first, ...renumbered(connection)];
  },
  "client-alone": (connection) => connection.filter(({ isFromClient }) => isFromClient),
  "server-alone": (connection) => connection.filter(({ isFromClient }) => !isFromClient),
  "syn-in-between": (connection) => {
    const data = connection.findIndex(isData);
    const syn = connection.find(isSyn);
    if (data < 0 || syn === undefined) return connection;
    const other = { ...syn, sequence: syn.sequence + OTHER_NUMBERS, payload: u8() };
    return [...connection.slice(0, data), other, ...connection.slice(data)];
  },
};
