/**
 * Owns the parts of protocols as they were sent (`frame`): cuts the streams and datagrams that parsers are shown into units and
 * tells each part of a unit as a message with one field. It reads nothing unless a rule asks for parts.
 *
 * Refuses: units longer than MAX_UNIT_BYTES, and what MAX_KEPT_BYTES have no room for; both are told as cut ones, where the protocol
 * has such, and counted. Memory: MAX_KEPT_BYTES for units that are not whole yet, and a small object for each flow that has units.
 */

import { NO_BYTES } from "../../wire/packet-view.js";
import type { AppLayer } from "../app-layer.js";
import { Field, NumberField } from "../fields.js";
import { MessageView, STAGE_HEAD } from "../message-view.js";
import { type DirectionId, Protocol, type ProtocolId } from "../protocols.js";
import { FrameKind, type FrameKindId } from "./frame-kinds.js";
import { type FlowNotes, type FrameSplitter, NOT_FRAMED } from "./frame-splitter.js";
import { rfbFrames } from "./rfb-frames.js";
import { rpcFrames, tellRpc } from "./rpc-frames.js";
import { dnsFrames, mqttFrames, telnetFrames } from "./small-frames.js";
import { smbFrames } from "./smb-frames.js";
import { tlsFrames } from "./tls-frames.js";

const MAX_UNIT_BYTES = 64 * 1024;
const MAX_KEPT_BYTES = 8 * 1024 * 1024;
const FIRST_BUFFER_BYTES = 2048;
const NO_NOTES: FlowNotes = newNotes();

const SPLITTERS: ReadonlyMap<ProtocolId, FrameSplitter> = new Map([
  [Protocol.TLS, tlsFrames],
  [Protocol.DNS, dnsFrames],
  [Protocol.SMB, smbFrames],
  [Protocol.NFS, rpcFrames],
  [Protocol.TELNET, telnetFrames],
  [Protocol.MQTT, mqttFrames],
  [Protocol.RFB, rfbFrames],
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
  readonly message = Object.assign(new MessageView(), { isFrame: true });
  /** Units that were too long, or for which there was no room, since the start. */
  cutUnits = 0;
  readonly #sink: FrameSink;
  readonly #flows = new Map<number, FlowFrames>();
  /** Octets of all buffers. */
  #keptBytes = 0;
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
    if (this.#flows.size === 0) return;
    const frames = this.#flows.get(flow);
    if (frames === undefined) return;
    for (const side of frames.sides) this.#empty(side);
    this.#flows.delete(flow);
  }

  #flowFrames(flow: number, protocol: ProtocolId): FlowFrames | undefined {
    const known = this.#flows.get(flow);
    if (known?.protocol === protocol) return known;
    this.forget(flow);
    const splitter = SPLITTERS.get(protocol);
    if (splitter === undefined) return undefined;
    const frames = { protocol, splitter, notes: newNotes(), sides: [newSide(), newSide()] } as const;
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
    if (side.isDone || kept === side.length) {
      this.#empty(side);
      return;
    }
    side.bytes.copyWithin(0, kept, side.length);
    side.length -= kept;
  }

  /** Tell the units that are whole; returns where the first one begins that is not. */
  #tellWhole(frames: FlowFrames, side: Side, bytes: Uint8Array, offset: number, end: number): number {
    let at = offset;
    while (at < end) {
      const length = frames.splitter.measure(bytes, at, end, this.#direction, frames.notes);
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
    const wanted = side.length + added;
    const isTooMuch = wanted > MAX_UNIT_BYTES || this.#keptBytes + added > MAX_KEPT_BYTES;
    const taken = Math.min(added, MAX_UNIT_BYTES - side.length);
    if (side.bytes.length < side.length + taken) this.#grow(side, side.length + taken);
    side.bytes.set(bytes.subarray(offset, offset + taken), side.length);
    side.length += taken;
    if (!isTooMuch) return;
    this.cutUnits++;
    const whole = frames.splitter.measure(side.bytes, 0, side.length, this.#direction, frames.notes);
    side.skip = Math.max(0, whole - wanted);
    this.#tellRest(frames, side);
  }

  #grow(side: Side, bytes: number): void {
    const grown = new Uint8Array(Math.min(MAX_UNIT_BYTES, Math.max(FIRST_BUFFER_BYTES, 2 * bytes)));
    grown.set(side.bytes.subarray(0, side.length));
    this.#keptBytes += grown.length - side.bytes.length;
    side.bytes = grown;
  }

  #empty(side: Side): void {
    this.#keptBytes -= side.bytes.length;
    side.bytes = NO_BYTES;
    side.length = 0;
  }

  #tellRest(frames: FlowFrames, side: Side): void {
    const { bytes, length } = side;
    this.#empty(side);
    if (length === 0 || side.isDone || !frames.splitter.tellsCut) return;
    frames.splitter.tell(bytes, 0, length, this.#direction, frames.notes, this.#tell);
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

function newNotes(): FlowNotes {
  return { nfsVersion: 0, rfb: { version: 0, security: 0, steps: new Uint8Array(2) } };
}

function newSide(): Side {
  return { position: 0, skip: 0, bytes: NO_BYTES, length: 0, isDone: false };
}
