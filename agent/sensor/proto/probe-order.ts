/**
 * Owns whom the first bytes of a flow are shown to, and in which order: those whose port it is first, and of a stream none that
 * cannot begin with its first octet. Content decides, and a port only orders the trials, but for parsers that are asked on their
 * ports alone. At most 32 parsers of one transport.
 * Memory: 2 KiB.
 */
import { HeldParser } from "./held-parser.js";
import { type ParserInput, Probe, type ProtocolParser } from "./parser.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "./protocols.js";

/** A parser with the ports on which it is tried first. */
export interface RegisteredParser {
  readonly parser: ProtocolParser<unknown>;
  readonly transport: "tcp" | "udp" | "both";
  readonly ports: readonly number[];
  /** It is asked on these ports alone; default: on all. */
  readonly isAskedThereOnly?: boolean;
}

const MAX_PARSERS = 32;
const OCTETS = 256;

export class ProbeOrder {
  readonly parsers: readonly HeldParser[];
  /** More bytes might show what the last ones did not. */
  isUnsure = false;
  readonly #isStream: boolean;
  /** Whose port it is where nobody recognises a stream. */
  #owner: HeldParser | undefined;
  readonly #onPort = new Map<number, number>();
  /** Bits of the parsers that are asked on any port. */
  #elsewhere = -1;
  /** Bits of the parsers that a stream may belong to, by direction and first octet. */
  readonly #fitting = new Int32Array(2 * OCTETS).fill(-1);

  /** @param isStream the bytes are the beginning of a stream, of which more may come: a parser that says no has said it for good */
  constructor(registered: readonly RegisteredParser[], isStream: boolean) {
    if (registered.length > MAX_PARSERS) throw new RangeError("more than 32 parsers of one transport");
    this.parsers = registered.map(({ parser }) => new HeldParser(parser));
    this.#isStream = isStream;
    for (const [index, { ports, isAskedThereOnly }] of registered.entries()) {
      if (isAskedThereOnly) this.#elsewhere &= ~(1 << index);
      for (const port of ports) this.#onPort.set(port, (this.#onPort.get(port) ?? 0) | (1 << index));
    }
    if (isStream) for (const direction of [TO_SERVER, TO_CLIENT] as const) this.#askForOctets(direction);
  }

  /**
   * The first parser that recognises what is in `input`, the first bytes of a direction.
   *
   * @param isOtherUnknown nobody has recognised the other direction
   */
  find(input: ParserInput, isOtherUnknown: boolean): HeldParser | undefined {
    this.isUnsure = false;
    let wanted = -1;
    if (this.#isStream) {
      this.isUnsure = input.offset === input.end;
      if (this.isUnsure) return undefined;
      wanted = this.#fitting[input.direction * OCTETS + input.bytes[input.offset]!]!;
      if (wanted === 0) return undefined;
    }
    const onPorts =
      ((this.#onPort.get(input.sourcePort) ?? 0) | (this.#onPort.get(input.destinationPort) ?? 0)) & wanted;
    this.#owner = undefined;
    return (
      (onPorts === 0 ? undefined : this.#probe(input, onPorts, true, isOtherUnknown)) ??
      this.#probe(input, wanted & ~onPorts & this.#elsewhere, false, isOtherUnknown) ??
      this.#owner
    );
  }

  /** The first parser that recognises the input, among those whose bits are set. */
  #probe(
    input: ParserInput,
    wanted: number,
    onPort: boolean,
    isOtherUnknown: boolean,
  ): HeldParser | undefined {
    const { parsers } = this;
    const { bytes, offset, end, direction } = input;
    for (let i = 0; i < parsers.length; i++) {
      if ((wanted & (1 << i)) === 0) continue;
      const held = parsers[i]!;
      const answer = held.probe.call(held.parser, bytes, offset, end, direction);
      if (answer === Probe.YES || (answer === Probe.LIKELY && onPort && isOtherUnknown)) return held;
      if (answer === Probe.ON_PORT && onPort && this.#servesOnPort(i, input)) {
        if (!this.#isStream) return held;
        this.#owner ??= held;
      }
      if (answer !== Probe.NO && answer !== Probe.ON_PORT) this.isUnsure = true;
    }
    return undefined;
  }

  /** Whether the server's end of the flow is a port of the parser. */
  #servesOnPort(index: number, { direction, sourcePort, destinationPort }: ParserInput): boolean {
    const ports = this.#onPort.get(direction === TO_SERVER ? destinationPort : sourcePort) ?? 0;
    return (ports & (1 << index)) !== 0;
  }

  #askForOctets(direction: DirectionId): void {
    const octet = new Uint8Array(1);
    for (let value = 0; value < OCTETS; value++) {
      octet[0] = value;
      let fitting = 0;
      for (const [index, { parser }] of this.parsers.entries()) {
        if (parser.probe(octet, 0, 1, direction) !== Probe.NO) fitting |= 1 << index;
      }
      this.#fitting[direction * OCTETS + value] = fitting;
    }
  }
}
