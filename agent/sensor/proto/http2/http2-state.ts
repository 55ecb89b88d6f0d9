/**
 * Owns what the HTTP/2 parser keeps of a connection: where each direction stands, and its streams.
 *
 * Bound: per connection two tables of 64 KiB, two header blocks of MAX_BLOCK_BYTES and MAX_STREAMS streams; a stream holds
 * copies of its two header lists (32 KiB each at most) and two leases of the pool of files. The stream that was made first is forgotten for a new one.
 */
import { type FilePool, OpenFile } from "../file-pool.js";
import { type DirectionId, TO_SERVER } from "../protocols.js";
import { FrameHeader } from "./frame.js";
import type { HeaderList } from "./header-list.js";
import { HpackDecoder } from "./hpack-decoder.js";

const MAX_STREAMS = 64;
/** Header blocks may span frames. */
export const MAX_BLOCK_BYTES = 64 * 1024;
const FIRST_BLOCK_BYTES = 4096;

/** One direction of a stream. */
export class StreamSide {
  headers: HeaderList | undefined;
  readonly body: OpenFile;
  /** Octets of the body, also beyond what is kept. */
  bodyBytes = 0;
  /** The body was handed out, or is none. */
  isDone = false;
  /** The last weight and the last reason for an end that this side gave; −1: none. */
  priority = -1;
  errorCode = -1;

  constructor(pool: FilePool) {
    this.body = new OpenFile(pool);
  }

  /** It has ended, or something of the body was sent. */
  get hasGoneOn(): boolean {
    return this.isDone || this.bodyBytes > 0;
  }
}

export class Http2Stream {
  readonly sides: readonly [StreamSide, StreamSide];
  /** When a direction ended last. */
  endedUs = 0;

  constructor(
    readonly id: number,
    /** Number of its transaction in the connection. */
    readonly transaction: number,
    pool: FilePool,
  ) {
    this.sides = [new StreamSide(pool), new StreamSide(pool)];
  }

  /** Both directions have ended, with an earlier packet: Suricata has no transaction for what follows. */
  isOverAt(timeUs: number): boolean {
    return timeUs > this.endedUs && this.sides[0].isDone && this.sides[1].isDone;
  }

  close(): void {
    for (const { body } of this.sides) body.close();
  }
}

/** Where one direction of the connection stands. */
export class ConnectionSide {
  /** The client's preface is still to come. */
  needsPreface: boolean;
  readonly frame = new FrameHeader();
  /** Octets of the frame's content that are still to come; the frame is over at 0 unless it is `isInFrame`. */
  frameLeft = 0;
  isInFrame = false;
  /** Padding at the end of a DATA frame; −1 before its length was read. */
  padding = 0;
  readonly hpack = new HpackDecoder();
  /** A header block that goes on in another frame. */
  block = new Uint8Array(0);
  blockLength = 0;
  blockStream = 0;
  hasEndOfStream = false;
  /** The block is that of a PUSH_PROMISE. */
  isPromise = false;
  /** Weight in the HEADERS frame; −1: none. */
  priority = -1;
  /** A stream whose body in this direction is to be handed out. */
  ended: Http2Stream | undefined;

  constructor(direction: DirectionId) {
    this.needsPreface = direction === TO_SERVER;
  }

  /** Inside of the frame whose header was read, of which content is taken as it comes. */
  begin(isPadded: boolean): void {
    this.isInFrame = true;
    this.frameLeft = this.frame.length;
    this.padding = isPadded && this.frameLeft > 0 ? -1 : 0;
  }

  /** The first octet of a padded frame. */
  takePadding(length: number): void {
    this.frameLeft--;
    this.padding = Math.min(length, this.frameLeft);
  }

  /** Append to the header block; false where it becomes too long. */
  appendBlock(bytes: Uint8Array, start: number, end: number): boolean {
    const length = this.blockLength + end - start;
    if (length > MAX_BLOCK_BYTES) return false;
    if (length > this.block.length) {
      const larger = new Uint8Array(Math.max(FIRST_BLOCK_BYTES, 2 * length));
      larger.set(this.block.subarray(0, this.blockLength));
      this.block = larger;
    }
    this.block.set(bytes.subarray(start, end), this.blockLength);
    this.blockLength = length;
    return true;
  }
}

export class Http2State {
  readonly sides: readonly [ConnectionSide, ConnectionSide] = [new ConnectionSide(0), new ConnectionSide(1)];
  readonly streams = new Map<number, Http2Stream>();
  /** The stream of the message at hand. */
  stream: Http2Stream | undefined;
  /** The request of HTTP/1.1 that asked for the upgrade, until it was told. */
  upgraded: HeaderList | undefined;
  transactions = 0;
  readonly #pool: FilePool;

  constructor(pool: FilePool) {
    this.#pool = pool;
  }

  streamOf(id: number): Http2Stream {
    const known = this.streams.get(id);
    if (known !== undefined) return known;
    if (this.streams.size >= MAX_STREAMS) {
      const [oldest] = this.streams.values();
      oldest!.close();
      this.streams.delete(oldest!.id);
    }
    const stream = new Http2Stream(id, this.transactions++, this.#pool);
    this.streams.set(id, stream);
    return stream;
  }

  close(): void {
    for (const stream of this.streams.values()) stream.close();
    this.streams.clear();
  }
}
