import { NO_BYTES, NO_SMALL_INTEGER } from "../wire/packet-view.js";
import type { MessageView } from "./message-view.js";
import { type DirectionId, type ProtocolId, TO_SERVER } from "./protocols.js";

/** What a parser did with its input. */
export const Parsed = {
  /** `message` holds a message; call again, there may be more (also with nothing consumed: a later stage). */
  MESSAGE: 0,
  /** Nothing more without further bytes; what was not consumed stays in front of them. */
  NEED_MORE: 1,
  /** This direction has nothing more to say (encrypted, done): stop collecting it. */
  DONE: 2,
  /** This is not the protocol it was taken for, or broken beyond repair: stop collecting both directions. */
  FAILED: 3,
} as const;
export type ParsedCode = (typeof Parsed)[keyof typeof Parsed];

/** What a state counts for that does not say how large it is. */
export const DEFAULT_STATE_BYTES = 512;

const NO_ADDRESSES = new Uint32Array(4);

/**
 * Takes a part of an EVE record from a parser that knows which messages belong to one transaction. Parts of the same
 * key are merged, and written with the last one or when the flow ends.
 */
export type RecordSink = (key: number, isLast: boolean, metadata: Readonly<Record<string, unknown>>) => void;

/** Contiguous bytes of one direction of a flow, or one datagram. Reused; the parser moves `offset` forward. */
export class ParserInput {
  bytes: Uint8Array = NO_BYTES;
  /** First byte not yet consumed. Leave it where it is to see the same bytes again with more behind them. */
  offset = 0;
  /** Exclusive. */
  end = 0;
  direction: DirectionId = TO_SERVER;
  /** No byte will follow in this direction: it was closed, reset, timed out, or has a hole. */
  isEnd = false;
  /** The stream head cannot hold more before something is consumed: make do with what is here. */
  isFull = false;
  /** A parser sets it to the direction at hand when what follows both ways is encrypted: rules need not look at payload. */
  encryptedBy: DirectionId | -1 = -1;
  /**
   * Behind these octets (first and last index in `bytes`, also beyond `end`) payload rules are to look at the stream at once, not
   * only when enough has gathered; −1: nowhere.
   */
  firstInspection = -1;
  lastInspection = -1;
  /** A number of bytes behind `end` the parser does not need (a body past its limit): it may set this. */
  skipBytes = 0;
  /** Packet time, microseconds since the Unix epoch. */
  timeUs = NO_SMALL_INTEGER;
  sourcePort = 0;
  destinationPort = 0;
  /** Addresses of client and server: four words each from `addressOffset` on, IPv4 in the last. Streams only. */
  clientAddresses: Uint32Array = NO_ADDRESSES;
  serverAddresses: Uint32Array = NO_ADDRESSES;
  addressOffset = 0;
  /** Packets of the client so far. Streams only. */
  clientPackets = 0;
  /** A rule asks where a handshake stands (`ssl_state`), or for certificates that are missing: that is told in messages of its own. */
  tellsSteps = false;
  /** Rules or records look at bodies or at what is odd in them; where none does a body is passed over. */
  readsBodies = true;
  /** Rules look at headers, which may stand behind a chunked body as well. */
  readsTrailers = true;
  /** Where somebody wants records. Parsers that give parts say the rest by `describe` in alerts only. */
  recordSink: RecordSink | undefined = undefined;

  /** A parser calls it where a whole step of its protocol ends: payload rules look at it without waiting for more. */
  inspectBehind(index: number): void {
    if (this.firstInspection < 0) this.firstInspection = index;
    this.lastInspection = index;
  }
}

/**
 * What probing the first bytes of a direction says. LIKELY: they do not tell it from another protocol; it is the one
 * if the flow stands on its port and the other direction has spoken without being recognised. ON_PORT: broken, but it is the
 * one if the server stands on its port.
 */
export const Probe = { NO: 0, UNSURE: 1, YES: 2, LIKELY: 3, ON_PORT: 4 } as const;
export type ProbeCode = (typeof Probe)[keyof typeof Probe];

/** State of a flow whose protocol may give way to another: after STARTTLS, CONNECT, Upgrade. */
export interface TunnelState {
  /** Set with DONE: what follows in both directions is to be recognised anew. */
  readonly isTunnel: boolean;
}

/**
 * One application protocol. A sensor has one parser object per protocol with its scratch buffers; what belongs
 * to a flow stands in a state object that `createState` makes once per recognised flow and that holds a bounded
 * number of bytes. Parsers never throw: malformed input ends as an event, `NEED_MORE`, `DONE` or `FAILED`.
 */
export interface ProtocolParser<State> {
  readonly protocol: ProtocolId;
  /** About how many bytes a state takes, where that is more than `DEFAULT_STATE_BYTES`: states of all flows have one budget. */
  readonly stateBytes?: number;
  /**
   * Whether `bytes[offset, end)`, the first bytes of that direction, is this protocol. Of a stream more may follow: a NO to one
   * octet or more holds for whatever follows them. Of nothing nobody is sure.
   */
  probe(bytes: Uint8Array, offset: number, end: number, direction: DirectionId): ProbeCode;
  /** @param earlier state of the protocol that gave way to this one on the flow, if any */
  createState(earlier?: unknown): State;
  /**
   * The state of a flow that was announced on another one (a data connection of FTP), undefined where it was not;
   * asked before anyone is asked to probe. `input` has the addresses of both ends.
   */
  claim?(input: ParserInput): State | undefined;
  /**
   * Write down by dotted names how much of the memory that flows share is in use, and how often there was too little of it.
   * Absolute numbers: parsers that share a pool may all write them.
   */
  addCounters?(counters: Record<string, number>): void;
  /**
   * `byteCount` octets of a direction are missing here: what was consumed is in front of them, the next input begins behind
   * them. True: the parser goes on there. False: the direction ends in front of the hole. Parsers without this hear of the hole
   * as the end of the input (`isEnd`) and are given what follows all the same, unless they are DONE then.
   */
  passGap?(state: State, direction: DirectionId, byteCount: number): boolean;
  /** What stands in front of a hole and is no whole step is kept, and what follows the hole is put right behind it. */
  readonly joinsOverGap?: boolean;
  /** What stands in front of a hole and is no whole step is shown again as if the stream head were full: the parser makes do with it. */
  readonly readsUpToGap?: boolean;
  /** The flow is over: give back what its state holds of memory that flows share. */
  release?(state: State): void;
  /**
   * The flow is over: whether `message` holds what is only known now. Called once, behind the last step of both directions.
   */
  finish?(state: State, input: ParserInput, message: MessageView): boolean;
  /** Parse one step. Bounded by the length of the input; never looks outside [offset, end). */
  parse(state: State, input: ParserInput, message: MessageView): ParsedCode;
  /**
   * The EVE object (`{ tls: {…} }`) of the message with what earlier messages of the flow said. The cold path:
   * called when something leaves the sensor.
   */
  describe(state: State, message: MessageView): Readonly<Record<string, unknown>>;
  /** The EVE object for a record of its own, where that says more than the one in an alert. */
  describeRecord?(state: State, message: MessageView): Readonly<Record<string, unknown>>;
}
