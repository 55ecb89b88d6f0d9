import { writeUint32 } from "../wire/big-endian.js";
import { NO_BYTES } from "../wire/packet-view.js";
import {
  FIELD_LIMIT,
  FILE_SIZE_KIND_BYTES,
  FILE_SIZE_VALUE_BYTES,
  Field,
  type FieldId,
  FileSize,
  NUMBER_FIELD_LIMIT,
  type NumberFieldId,
} from "./fields.js";
import { type DirectionId, Protocol, type ProtocolId, TO_SERVER } from "./protocols.js";

/** More instances of fields in one message than this are counted and left out. */
export const MAX_ENTRIES = 512;
/** More malformations in one message than this are left out. */
export const MAX_EVENTS = 16;

/** Files of one message whose size is told. */
const MAX_FILES = 32;
/** Protocols of which the whole flow is one transaction. */
const OF_ONE_TRANSACTION: ReadonlySet<ProtocolId> = new Set([Protocol.RFB, Protocol.SSH, Protocol.TLS]);
const SIZE_BYTES = FILE_SIZE_KIND_BYTES + FILE_SIZE_VALUE_BYTES;

/** The head of a message is complete: everything but its body. */
export const STAGE_HEAD = 0;
/** The body up to the inspection limit is there as well. Head fields stand in the message again. */
export const STAGE_BODY = 1;
/** Where rules are filed that ask for events and for no field: see `isAboutEvents`. */
export const STAGE_EVENTS = 2;
export const STAGES = 3;

/**
 * One message of an application protocol (a request, a response, a handshake) as fields. The one view of a
 * sensor is written over for every message; entries point into the packet, the stream head or the parser's
 * scratch and are valid until the next call of the parser.
 */
export class MessageView {
  protocol: ProtocolId = Protocol.UNKNOWN;
  direction: DirectionId = TO_SERVER;
  /** STAGE_HEAD or STAGE_BODY. A rule is judged at the latest stage its fields need, once. */
  stage = STAGE_HEAD;
  /** Rises per flow and direction with each new message; both stages of one message share it. */
  transaction = 0;

  entryCount = 0;
  readonly entryField = new Uint8Array(MAX_ENTRIES);
  readonly entryBytes: Uint8Array[] = new Array<Uint8Array>(MAX_ENTRIES).fill(NO_BYTES);
  readonly entryOffset = new Int32Array(MAX_ENTRIES);
  readonly entryLength = new Int32Array(MAX_ENTRIES);
  readonly #nextEntry = new Int16Array(MAX_ENTRIES);
  readonly #firstEntry = new Int16Array(FIELD_LIMIT).fill(-1);
  readonly #lastEntry = new Int16Array(FIELD_LIMIT).fill(-1);

  readonly #numbers = new Float64Array(NUMBER_FIELD_LIMIT);
  /** Of each number, in which message it was set last: to count them is less than to wipe them all out for each. */
  readonly #numberedIn = new Float64Array(NUMBER_FIELD_LIMIT);
  readonly #messageCount = new Float64Array([1]);

  #fileCount = 0;
  readonly #fileSizes = new Uint8Array(MAX_FILES * 2 * SIZE_BYTES);

  /** 1 for each field that somebody looks at: parsers may leave others out that are dear, and add them when they describe. */
  wanted: Uint8Array = new Uint8Array(FIELD_LIMIT).fill(1);

  /** It says where the protocol stands and nothing else: for rules, no record is made of it. */
  isStepAlone = false;

  /** No transaction of Suricata's holds it: rules do not see it, but it has a record, and is looked up in lists. */
  isHiddenFromRules = false;

  /**
   * Suricata's prefilter has looked for the headers of this answer of HTTP/2, one by one and by their names, before they were there:
   * a rule that is found by them is not.
   */
  areHeadersLate = false;

  /**
   * What joins the message to others of its transaction and direction, −1 where nothing does, and whether it goes on with one that
   * another has begun. Rules that held before of such a transaction do not hold again.
   */
  part = -1;
  goesOn = false;

  /** Headers stand in the message that came behind the body (STAGE_BODY): rules on the head alone are to see them. */
  hasTrailers = false;
  /** They came later than the head. As in Suricata that is news for the list of headers alone, and all of it is looked at again. */
  areTrailersLate = false;

  /** It is a part of the stream as it was sent. */
  isFrame = false;

  /** Octets of the body were missing. */
  hasHole = false;

  eventCount = 0;
  readonly events = new Uint16Array(MAX_EVENTS);
  /** The first events, which were told of an earlier message or stage of the transaction. */
  toldEventCount = 0;
  /** The other side of the transaction was over before: rules on that direction do not see the events any more. */
  isOtherSideOver = false;
  /** Rules on events alone are judged, with each direction of the transaction. */
  isAboutEvents = false;
  readonly #ownEvents = new Uint16Array(MAX_EVENTS);

  /** Entries left out since the sensor started because a message had more than MAX_ENTRIES. */
  droppedEntries = 0;

  /** Forget the previous message. */
  begin(protocol: ProtocolId, direction: DirectionId, stage: number, transaction: number): void {
    for (let i = 0; i < this.entryCount; i++) {
      this.#firstEntry[this.entryField[i]!] = -1;
      this.entryBytes[i] = NO_BYTES;
    }
    this.#messageCount[0] = this.#messageCount[0]! + 1;
    this.entryCount = 0;
    this.eventCount = 0;
    this.toldEventCount = 0;
    this.isOtherSideOver = false;
    this.#fileCount = 0;
    this.hasHole = false;
    this.part = -1;
    this.goesOn = false;
    this.hasTrailers = false;
    this.areTrailersLate = false;
    this.isStepAlone = false;
    this.isHiddenFromRules = false;
    this.areHeadersLate = false;
    this.protocol = protocol;
    this.direction = direction;
    this.stage = stage;
    this.transaction = transaction;
  }

  /** The whole flow is one transaction. */
  get isOfWholeFlow(): boolean {
    return OF_ONE_TRANSACTION.has(this.protocol) && !this.isFrame;
  }

  wants(field: FieldId): boolean {
    return this.wanted[field] === 1;
  }

  /** Append an instance of `field`; empty ones count as present. */
  add(field: FieldId, bytes: Uint8Array, offset: number, length: number): void {
    const entry = this.entryCount;
    if (entry === MAX_ENTRIES) {
      this.droppedEntries++;
      return;
    }
    this.entryCount = entry + 1;
    this.entryField[entry] = field;
    this.entryBytes[entry] = bytes;
    this.entryOffset[entry] = offset;
    this.entryLength[entry] = length;
    this.#nextEntry[entry] = -1;
    if (this.#firstEntry[field]! < 0) this.#firstEntry[field] = entry;
    else this.#nextEntry[this.#lastEntry[field]!] = entry;
    this.#lastEntry[field] = entry;
  }

  /**
   * Append the size of a file.
   *
   * @param isCut more of it follows than is looked at
   */
  addFileSize(size: number, isCut: boolean): void {
    if (this.#fileCount === MAX_FILES) return;
    const { WHOLE, AT_LEAST } = FileSize;
    const sizes = this.#fileSizes;
    const start = this.#fileCount++ * 2 * SIZE_BYTES;
    const length = isCut ? SIZE_BYTES : 2 * SIZE_BYTES;
    for (let at = start; at < start + length; at += SIZE_BYTES) {
      sizes[at] = at === start ? AT_LEAST : WHOLE;
      writeUint32(sizes, at + FILE_SIZE_KIND_BYTES, size);
    }
    this.add(Field.FILE_SIZE, sizes, start, length);
  }

  /** Index of the first instance of `field`, or −1. */
  first(field: number): number {
    return this.#firstEntry[field]!;
  }

  /** Index of the next instance of the same field, or −1. */
  next(entry: number): number {
    return this.#nextEntry[entry]!;
  }

  setNumber(field: NumberFieldId, value: number): void {
    this.#numbers[field] = value;
    this.#numberedIn[field] = this.#messageCount[0]!;
  }

  dropNumber(field: NumberFieldId): void {
    this.#numberedIn[field] = 0;
  }

  hasNumber(field: number): boolean {
    return this.#numberedIn[field] === this.#messageCount[0]!;
  }

  /** Meaningless where `hasNumber` is false. */
  number(field: number): number {
    return this.#numbers[field]!;
  }

  /** Note a malformation (see app-layer-events.ts). */
  addEvent(event: number): void {
    if (this.eventCount < MAX_EVENTS && this.placeOfEvent(event) < 0) this.events[this.eventCount++] = event;
  }

  /** Index of an event, or −1. */
  placeOfEvent(event: number): number {
    for (let i = 0; i < this.eventCount; i++) {
      if (this.events[i] === event) return i;
    }
    return -1;
  }

  /** The first `count` of `told` were told before: put them in front, and what is news behind them. */
  tellEventsAgain(told: Uint16Array, count: number): void {
    const own = this.#ownEvents;
    const ownCount = this.eventCount;
    for (let i = 0; i < ownCount; i++) own[i] = this.events[i]!;
    for (let i = 0; i < count; i++) this.events[i] = told[i]!;
    this.eventCount = count;
    this.toldEventCount = count;
    for (let i = 0; i < ownCount; i++) this.addEvent(own[i]!);
  }
}
