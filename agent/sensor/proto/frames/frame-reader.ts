/**
 * Owns the parts of protocols as they were sent (`frame`): cuts the streams and datagrams that parsers are shown into units and
 * tells each part of a unit as a message with one field. It reads nothing unless a rule asks for parts.
 *
 * Refuses: units longer than MAX_UNIT_BYTES, and more than MAX_STREAMS whose units are not whole yet: these are told as cut ones. Memory: for each stream of which a unit is not whole yet, what is there of it.
 */
import type { AppLayer } from "../app-layer.js";
import { Field, NumberField } from "../fields.js";
import { MessageView, STAGE_HEAD } from "../message-view.js";
import { type DirectionId, Protocol, type ProtocolId } from "../protocols.js";
import { FrameKind, type FrameKindId } from "./frame-kinds.js";
import { type FlowNotes, type FrameSplitter, NOT_FRAMED } from "./frame-splitter.js";
import { rpcFrames, tellRpc } from "./rpc-frames.js";
import { dnsFrames, mqttFrames, telnetFrames } from "./small-frames.js";
import { smbFrames } from "./smb-frames.js";
import { tlsFrames } from "./tls-frames.js";

const MAX_UNIT_BYTES = 64 * 1024;
const MAX_STREAMS = 256;
const FIRST_BUFFER_BYTES = 2048;
const NO_NOTES: FlowNotes = { nfsVersion: 0 };

const SPLITTERS: ReadonlyMap<ProtocolId, FrameSplitter> = new Map([
  [Protocol.TLS, tlsFrames],
  [Protocol.DNS, dnsFrames],
  [Protocol.SMB, smbFrames],
  [Protocol.NFS, rpcFrames],
  [Protocol.TELNET, telnetFrames],
  [Protocol.MQTT, mqttFrames],
]);

/** One direction of a flow. */
interface Side {
  /** Position in the stream behind what was read. */
  position: number;
  /** Octets from there on that belong to a unit which is told already. */
  skip: number;
  /** What is there of a unit that is not whole. */
  bytes: Uint8Array;
  length: number;
  isDone: boolean;
}

interface FlowFrames {
  readonly protocol: ProtocolId;
  readonly splitter: FrameSplitter;
  readonly notes: FlowNotes;
  readonly sides: readonly [Side, Side];
}

/** Called for every part while `message` holds it. */
export type FrameSink = (flow: number) => void;

export class FrameReader {
  /** Whether any rule asks for parts. */
  isWanted = false;
  readonly message = new MessageView();
  readonly #sink: FrameSink;
  readonly #flows = new Map<number, FlowFrames>();
  #flow = 0;
  #protocol: ProtocolId = Protocol.UNKNOWN;
  #direction: DirectionId = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether units of the flow are read on when its parser has enough of a direction. */
  readsOn(flow: number, { recognised }: AppLayer): boolean {
    return this.isWanted && recognised[flow] === Protocol.TLS;
  }

  /** Read the octets of a stream that were not read before. `position`: where `input.offset` stands in the stream. */
  readStream(flow: number, { input, recognised }: AppLayer, position: number): void {
    const protocol = recognised[flow] as ProtocolId;
    const frames = this.#flowFrames(flow, protocol);
    if (frames === undefined) return;
    const side = frames.sides[input.direction];
    this.#begin(flow, protocol, input.direction);
    let at = input.offset;
    if (position > side.position) {
      // Behind a hole, or what the parser did not want: the next unit begins here.
      this.#tellRest(frames, side);
      side.skip = Math.max(0, side.skip - (position - side.position));
      side.position = position;
    } else at += side.position - position;
    if (side.isDone || at >= input.end) return;
    side.position += input.end - at;
    this.#read(frames, side, input.bytes, at, input.end);
  }

  /** Read a datagram: one unit. */
  readDatagram(flow: number, appLayer: AppLayer): void {
    const protocol = appLayer.recognised[flow] as ProtocolId;
    const { bytes, offset, end, direction } = appLayer.input;
    this.#begin(flow, protocol, direction);
    if (protocol === Protocol.DNS) this.#tell(FrameKind.DNS_PDU, bytes, offset, end - offset);
    if (protocol !== Protocol.NFS) return;
    const notes = this.#flowFrames(flow, protocol)?.notes ?? NO_NOTES;
    tellRpc(bytes, offset, offset, end, direction, notes, this.#tell);
  }

  /** The flow ends: what is not whole is told as it is. */
  finish(flow: number): void {
    const frames = this.#flows.get(flow);
    if (frames === undefined) return;
    for (const direction of [0, 1] as const) {
      this.#begin(flow, frames.protocol, direction);
      this.#tellRest(frames, frames.sides[direction]);
    }
    this.#flows.delete(flow);
  }

  /** The flow's slot is given to another flow. */
  forget(flow: number): void {
    if (this.#flows.size > 0) this.#flows.delete(flow);
  }

  #flowFrames(flow: number, protocol: ProtocolId): FlowFrames | undefined {
    const known = this.#flows.get(flow);
    if (known?.protocol === protocol) return known;
    const splitter = SPLITTERS.get(protocol);
    if (splitter === undefined) return undefined;
    const frames = { protocol, splitter, notes: { nfsVersion: 0 }, sides: [newSide(), newSide()] } as const;
    this.#flows.set(flow, frames);
    return frames;
  }

  #read(frames: FlowFrames, side: Side, bytes: Uint8Array, offset: number, end: number): void {
    let at = offset + side.skip;
    if (at > end) {
      side.skip = at - end;
      return;
    }
    side.skip = 0;
    if (side.length === 0) {
      at = this.#tellWhole(frames, side, bytes, at, end);
      if (!side.isDone) this.#keep(frames, side, bytes, at, end);
      return;
    }
    this.#keep(frames, side, bytes, at, end);
    if (side.length === 0) return;
    const kept = this.#tellWhole(frames, side, side.bytes, 0, side.length);
    side.bytes.copyWithin(0, kept, side.length);
    side.length = side.isDone ? 0 : side.length - kept;
  }

  /** Tell the units that are whole; returns where the first one begins that is not. */
  #tellWhole(frames: FlowFrames, side: Side, bytes: Uint8Array, offset: number, end: number): number {
    let at = offset;
    while (at < end) {
      const length = frames.splitter.measure(bytes, at, end);
      if (length === NOT_FRAMED) side.isDone = true;
      if (length <= 0 || at + length > end) return at;
      frames.splitter.tell(bytes, at, at + length, this.#direction, frames.notes, this.#tell);
      at += length;
    }
    return at;
  }

  #keep(frames: FlowFrames, side: Side, bytes: Uint8Array, offset: number, end: number): void {
    const added = end - offset;
    if (added === 0) return;
    const isTooMuch =
      side.length + added > MAX_UNIT_BYTES || (side.length === 0 && this.#flows.size > MAX_STREAMS);
    const room = isTooMuch ? Math.max(0, MAX_UNIT_BYTES - side.length) : added;
    if (side.bytes.length < side.length + room) {
      const grown = new Uint8Array(Math.max(FIRST_BUFFER_BYTES, 2 * (side.length + room)));
      grown.set(side.bytes.subarray(0, side.length));
      side.bytes = grown;
    }
    side.bytes.set(bytes.subarray(offset, offset + Math.min(room, added)), side.length);
    side.length += Math.min(room, added);
    if (!isTooMuch) return;
    const whole = frames.splitter.measure(side.bytes, 0, side.length);
    side.skip = Math.max(0, whole - side.length - (added - Math.min(room, added)));
    this.#tellRest(frames, side);
  }

  #tellRest(frames: FlowFrames, side: Side): void {
    const { length } = side;
    side.length = 0;
    if (length === 0 || side.isDone || !frames.splitter.tellsCut) return;
    frames.splitter.tell(side.bytes, 0, length, this.#direction, frames.notes, this.#tell);
  }

  #begin(flow: number, protocol: ProtocolId, direction: DirectionId): void {
    this.#flow = flow;
    this.#protocol = protocol;
    this.#direction = direction;
  }

  readonly #tell = (kind: FrameKindId, bytes: Uint8Array, offset: number, length: number): void => {
    if (length <= 0) return;
    const { message } = this;
    message.begin(this.#protocol, this.#direction, STAGE_HEAD, 0);
    message.setNumber(NumberField.FRAME_KIND, kind);
    message.add(Field.FRAME, bytes, offset, length);
    this.#sink(this.#flow);
  };
}

function newSide(): Side {
  return { position: 0, skip: 0, bytes: new Uint8Array(0), length: 0, isDone: false };
}
