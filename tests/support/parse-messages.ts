/** Feeds bytes to a protocol parser the way the flow tracker does, and collects its messages as plain data. */

import { APP_LAYER_EVENT_NAMES } from "../../agent/sensor/proto/app-layer-events.js";
import { Field, NumberField } from "../../agent/sensor/proto/fields.js";
import { MessageView } from "../../agent/sensor/proto/message-view.js";
import {
  Parsed,
  type ParsedCode,
  ParserInput,
  type ProtocolParser,
} from "../../agent/sensor/proto/parser.js";
import { type DirectionId, TO_SERVER } from "../../agent/sensor/proto/protocols.js";

const FIELD_NAMES = new Map<number, string>(Object.entries(Field).map(([name, id]) => [id, name]));

export interface CollectedMessage {
  readonly direction: DirectionId;
  readonly stage: number;
  readonly transaction: number;
  /** Field name → instances as Latin-1 text. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly numbers: Readonly<Record<string, number>>;
  readonly events: readonly string[];
  readonly eve: Readonly<Record<string, unknown>>;
  /** Rules do not see it. */
  readonly isHiddenFromRules: boolean;
}

/** Hexadecimal with any white space → bytes. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s+/g, ""), "hex"));
}

export function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** A flow with one parser: both directions, bytes kept until the parser has consumed them. */
export class ParserFlow<State> {
  readonly messages: CollectedMessage[] = [];
  readonly state: State;
  /** What the last call of the parser said. */
  last: ParsedCode = Parsed.NEED_MORE;
  readonly #parser: ProtocolParser<State>;
  readonly #input = new ParserInput();
  readonly #view = new MessageView();
  readonly #pending: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
  readonly #skip: [number, number] = [0, 0];
  readonly #capBytes: number;

  /**
   * @param capBytes how many bytes of a direction are held before the parser must make do
   * @param isAsked whether somebody looks at every field
   */
  constructor(parser: ProtocolParser<State>, capBytes = 1 << 20, isAsked = true) {
    this.#parser = parser;
    if (!isAsked) this.#view.wanted = new Uint8Array(this.#view.wanted.length);
    this.#input.readsBodies = isAsked;
    this.#input.readsTrailers = isAsked;
    this.#capBytes = capBytes;
    this.state = parser.createState();
  }

  /** The direction whose bytes have shown that the flow is encrypted, −1 where none has. */
  get encryptedBy(): DirectionId | -1 {
    return this.#input.encryptedBy;
  }

  /** One datagram. */
  datagram(direction: DirectionId, bytes: Uint8Array, timeUs = 0): this {
    return this.#run(direction, bytes, false, timeUs);
  }

  /** Further bytes of a stream; `isEnd`: none will follow. */
  stream(direction: DirectionId, bytes: Uint8Array, isEnd = false): this {
    const skipped = Math.min(this.#skip[direction], bytes.length);
    this.#skip[direction] -= skipped;
    const waiting = this.#pending[direction];
    const all = new Uint8Array(waiting.length + bytes.length - skipped);
    all.set(waiting);
    all.set(bytes.subarray(skipped), waiting.length);
    let from = 0;
    for (;;) {
      const part = all.subarray(from, from + this.#capBytes);
      this.#run(direction, part, isEnd && from + part.length === all.length, 0);
      const consumed = this.#input.offset;
      from += consumed;
      const further = Math.min(this.#skip[direction], all.length - from);
      this.#skip[direction] -= further;
      from += further;
      const isOver = this.last === Parsed.DONE || this.last === Parsed.FAILED;
      if (isOver || from === all.length || consumed + further === 0 || part.length < this.#capBytes) break;
    }
    this.#pending[direction] = all.slice(from);
    return this;
  }

  #run(direction: DirectionId, bytes: Uint8Array, isEnd: boolean, timeUs: number): this {
    const input = this.#input;
    input.bytes = bytes;
    input.offset = 0;
    input.end = bytes.length;
    input.direction = direction;
    input.isEnd = isEnd;
    input.isFull = bytes.length >= this.#capBytes;
    input.skipBytes = 0;
    input.timeUs = timeUs;
    for (let calls = 0; ; calls++) {
      if (calls > 2 * bytes.length + 16) throw new Error("the parser does not come to an end");
      const before = input.offset;
      this.last = this.#parser.parse(this.state, input, this.#view);
      if (input.offset < before || input.offset > bytes.length) throw new Error("the parser left its input");
      if (this.last !== Parsed.MESSAGE) break;
      this.messages.push(collect(this.#view, this.#parser, this.state));
    }
    this.#skip[direction] += input.skipBytes;
    return this;
  }
}

function collect<State>(view: MessageView, parser: ProtocolParser<State>, state: State): CollectedMessage {
  const fields: Record<string, string[]> = {};
  for (let i = 0; i < view.entryCount; i++) {
    const name = FIELD_NAMES.get(view.entryField[i]!) ?? "?";
    const offset = view.entryOffset[i]!;
    const end = offset + view.entryLength[i]!;
    const bytes = view.entryBytes[i]!;
    if (offset < 0 || end > bytes.length) throw new Error(`${name} reaches out of its bytes`);
    fields[name] ??= [];
    fields[name].push(Buffer.from(bytes.subarray(offset, end)).toString("latin1"));
  }
  const numbers: Record<string, number> = {};
  for (const [name, id] of Object.entries(NumberField)) {
    if (view.hasNumber(id)) numbers[name] = view.number(id);
  }
  const events = Array.from(
    view.events.subarray(0, view.eventCount),
    (event) => APP_LAYER_EVENT_NAMES[event] ?? "?",
  );
  const { direction, stage, transaction, isHiddenFromRules } = view;
  const eve = parser.describe(state, view);
  return { direction, stage, transaction, fields, numbers, events, eve, isHiddenFromRules };
}

/** Messages of one datagram to the server. */
export function parseDatagram<State>(
  parser: ProtocolParser<State>,
  bytes: Uint8Array,
  direction: DirectionId = TO_SERVER,
): readonly CollectedMessage[] {
  return new ParserFlow(parser).datagram(direction, bytes).messages;
}
