/**
 * Owns what the HTTP parser keeps per flow: where each direction stands, and the facts of requests whose responses
 * are outstanding.
 *
 * Bound: about 1 KiB and, from the first request on, 1.4 KiB of facts; bodies wait in the parser's pool.
 */

import type { TunnelState } from "../parser.js";
import type { BodyBuffer } from "./body-pool.js";
import { EventList } from "./event-list.js";
import { Framing, type FramingId } from "./framing.js";
import { Ending, type EndingCode } from "./line-ends.js";
import { type FactMemories, RequestFacts } from "./request-facts.js";

/** Where one direction of a flow stands. */
export const Phase = {
  /** Between two messages. */
  IDLE: 0,
  /** In a head; the input begins with it. */
  HEAD: 1,
  /** The head was handed out and still stands at the beginning of the input. */
  AFTER_HEAD: 2,
  /** In the rest of a head that was too long to be kept. */
  HEAD_REST: 3,
  BODY_LENGTH: 4,
  CHUNK_SIZE: 5,
  CHUNK_DATA: 6,
  CHUNK_END: 7,
  TRAILER: 8,
  BODY_UNTIL_CLOSE: 9,
  /** The message is over unless what follows is no next one. */
  FINISH: 10,
  /** CONNECT was asked for; its response decides how to go on. */
  AWAIT_CONNECT: 11,
  /** What follows is not read. */
  DONE: 12,
  /** What follows cannot be read; a message may still have to be handed out. */
  BROKEN: 13,
} as const;
export type PhaseId = (typeof Phase)[keyof typeof Phase];

export class HttpSide {
  phase: PhaseId = Phase.IDLE;
  /** Messages handed out: the number of the next one. */
  messages = 0;
  /** Octets at the beginning of the input in which the end of a line or head was looked for in vain. */
  scanned = 0;
  /** Where, counted from the beginning of the input, the line begins that is being looked at. */
  lineFrom = 0;
  /** LF CR stands right before `scanned`. */
  wasFeedReturn = false;
  /** A head is begun but not complete. */
  hasPartialHead = false;
  /** How the head ended: with an empty line (OPEN), with the stream, or cut because it was too long. */
  headEnding: EndingCode = Ending.OPEN;
  /** The head was cut within one line that alone is too long. */
  isLineTooLong = false;
  /** Length of the head in AFTER_HEAD. */
  headLength = 0;
  /** The message is HTTP/0.9: nothing follows it. */
  isShort = false;
  /** HTTP ends with this response. */
  isSwitching = false;
  /** And what follows is to be recognised anew. */
  leadsOn = false;
  /** There is a compressed body. */
  isCoded = false;
  /** A "100 Continue" came before this response. */
  hasSeenContinue = false;
  framing: FramingId = Framing.NO_BODY;
  /** Octets left of the body or chunk. */
  left = 0;
  /** Octets of the body so far, as they came, the lines around chunks included (what EVE calls its length). */
  bodyOctets = 0;
  /** A hole has ended the message: what follows is a next one, whatever it is. */
  isCutOff = false;
  /** Nobody looks at what came of the body. */
  isBodyLost = false;
  /** When the head was complete. */
  headUs = 0;
  /** Octets of the body were missing. */
  hasHole = false;
  /** The EVE object of a record about the message, whose length is kept up to date until the message is over. */
  record: { length?: number } | undefined;
  /** The body was handed out before its end: what follows of it is not kept. */
  isInspected = false;
  /** What waits in the pool. */
  buffer: BodyBuffer | null = null;
  lease = 0;
  /** Malformations of the body. */
  readonly events = new EventList();
}

/** What became of a CONNECT. */
export const Connect = { NONE: 0, PENDING: 1, REFUSED: 2 } as const;
export type ConnectCode = (typeof Connect)[keyof typeof Connect];

export class HttpState implements TunnelState {
  readonly request = new HttpSide();
  readonly response = new HttpSide();
  readonly facts: RequestFacts;
  connect: ConnectCode = Connect.NONE;
  /** The server agreed to speak something else from here on (2xx to CONNECT, 101): both directions return DONE. */
  hasSwitched = false;
  /** And what follows is to be probed anew: TLS for instance behind CONNECT, as in Suricata 7 HTTP/2 alone behind 101. */
  isTunnel = false;
  /** Packets of the client when its last request was over: with the next one Suricata sees the request for the last time. */
  clientPackets = 0;
  /** A response began before the head of its request was complete. */
  isRequestAnswered = false;
  /** And before its first line was: as in Suricata nothing is seen of the response's body. */
  isLineMissing = false;

  constructor(memories: FactMemories) {
    this.facts = new RequestFacts(memories);
  }
}
