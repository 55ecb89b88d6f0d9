/**
 * Runs a parser over pieces of streams or datagrams and checks what every parser owes: it comes to an end, points at
 * nothing and reads nothing outside its input. The latter is found by running twice with other bytes around the input.
 */
import { MessageView } from "../../agent/sensor/proto/message-view.js";
import { Parsed, ParserInput, type ProtocolParser } from "../../agent/sensor/proto/parser.js";
import type { DirectionId } from "../../agent/sensor/proto/protocols.js";

const MARGIN_BYTES = 64;

/** A number from 0 to `below` − 1. */
export type Random = (below: number) => number;

/** mulberry32: small, fast, and the same everywhere. */
export function randomFrom(start: number): Random {
  let state = start | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A copy with a few octets changed, or a part cut out, doubled or filled with noise. */
export function mutate(random: Random, bytes: Uint8Array, tellingOctets: readonly number[]): Uint8Array {
  let result = Uint8Array.from(bytes);
  for (let count = random(4); count >= 0; count--) {
    if (result.length === 0) break;
    const at = random(result.length);
    const length = random(Math.min(64, result.length - at) + 1);
    switch (random(6)) {
      case 0:
        result = result.slice(0, at);
        break;
      case 1:
        result = Uint8Array.from([...result.subarray(0, at), ...result.subarray(at + length)]);
        break;
      case 2:
        result = Uint8Array.from([...result.subarray(0, at + length), ...result.subarray(at)]);
        break;
      case 3:
        for (let i = 0; i < length; i++) result[at + i] = random(256);
        break;
      case 4:
        result[at]! ^= 1 << random(8);
        break;
      default:
        result[at] = tellingOctets[random(tellingOctets.length)]!;
    }
  }
  return result;
}

export interface Piece {
  readonly direction: DirectionId;
  readonly bytes: Uint8Array;
}

export interface RunOptions {
  /** Streams keep what was not consumed for the next piece; datagrams do not. */
  readonly isStream: boolean;
  readonly capBytes: number;
  /** Octet that stands around the input. */
  readonly margin: number;
}

/** Everything the parser said, as text. Throws where it breaks a promise. */
export function runParser<State>(
  parser: ProtocolParser<State>,
  pieces: readonly Piece[],
  options: RunOptions,
): string {
  const { isStream, capBytes, margin } = options;
  const state = parser.createState();
  const message = new MessageView();
  const input = new ParserInput();
  const waiting: Uint8Array[] = [new Uint8Array(0), new Uint8Array(0)];
  const skip = [0, 0];
  const isDone = [false, false];
  const said: string[] = [];
  for (const { direction, bytes } of pieces) {
    if (isDone[direction]) continue;
    const skipped = Math.min(skip[direction]!, bytes.length);
    skip[direction]! -= skipped;
    let rest = Uint8Array.from([...waiting[direction]!, ...bytes.subarray(skipped)]);
    for (;;) {
      const held = rest.subarray(0, capBytes);
      const around = new Uint8Array(held.length + 2 * MARGIN_BYTES).fill(margin);
      around.set(held, MARGIN_BYTES);
      input.bytes = around;
      input.offset = MARGIN_BYTES;
      input.end = MARGIN_BYTES + held.length;
      input.direction = direction;
      input.isFull = held.length === capBytes;
      input.isEnd = false;
      input.skipBytes = 0;
      const code = drain(parser, state, input, message, said);
      const consumed = input.offset - MARGIN_BYTES;
      if (code === Parsed.FAILED) return said.join("\n");
      if (code === Parsed.DONE) {
        isDone[direction] = true;
        break;
      }
      const further = Math.min(input.skipBytes, rest.length - consumed);
      skip[direction]! += input.skipBytes - further;
      rest = rest.slice(consumed + further);
      if (!isStream || rest.length === 0 || consumed + further === 0) break;
    }
    waiting[direction] = isStream ? rest : new Uint8Array(0);
  }
  return said.join("\n");
}

function drain<State>(
  parser: ProtocolParser<State>,
  state: State,
  input: ParserInput,
  message: MessageView,
  said: string[],
): number {
  const limit = 2 * (input.end - input.offset) + 16;
  for (let calls = 0; calls < limit; calls++) {
    const before = input.offset;
    const code = parser.parse(state, input, message);
    if (input.offset < before || input.offset > input.end) throw new Error("the parser left its input");
    said.push(`${code} ${input.offset}`);
    if (code !== Parsed.MESSAGE) return code;
    said.push(describeMessage(parser, state, input, message));
  }
  throw new Error("the parser does not come to an end");
}

function describeMessage<State>(
  parser: ProtocolParser<State>,
  state: State,
  input: ParserInput,
  message: MessageView,
): string {
  const parts: string[] = [];
  for (let entry = 0; entry < message.entryCount; entry++) {
    const bytes = message.entryBytes[entry]!;
    const offset = message.entryOffset[entry]!;
    const end = offset + message.entryLength[entry]!;
    const isInput = bytes === input.bytes;
    const isInside = isInput
      ? offset >= MARGIN_BYTES && end <= input.end
      : offset >= 0 && end <= bytes.length && end >= offset;
    if (!isInside) throw new Error(`field ${message.entryField[entry]} lies outside of its bytes`);
    parts.push(`${message.entryField[entry]}=${Buffer.from(bytes.subarray(offset, end)).toString("latin1")}`);
  }
  parts.push(
    message.events.subarray(0, message.eventCount).join(),
    JSON.stringify(parser.describe(state, message)),
  );
  return parts.join(" ");
}

/** Run the parser over stream pieces as cheaply as a flow tracker would, for measuring: no copies but one append. */
export function feedParser<State>(
  parser: ProtocolParser<State>,
  pieces: readonly Piece[],
  capBytes: number,
  wrap: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): void {
  const state = parser.createState();
  const message = new MessageView();
  const input = new ParserInput();
  const total = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const held = new Uint8Array(total);
  const shown = wrap(held);
  let start = 0;
  let end = 0;
  for (const { direction, bytes } of pieces) {
    held.set(bytes, end);
    end += bytes.length;
    for (;;) {
      if (start > end) break;
      input.bytes = shown;
      input.offset = start;
      input.end = Math.min(end, start + capBytes);
      input.direction = direction;
      input.isFull = input.end - start === capBytes;
      input.skipBytes = 0;
      let code: number = parser.parse(state, input, message);
      while (code === Parsed.MESSAGE) code = parser.parse(state, input, message);
      if (code !== Parsed.NEED_MORE) return;
      const moved = input.offset - start + input.skipBytes;
      start += moved;
      if (moved === 0 || start >= end) break;
    }
  }
}
