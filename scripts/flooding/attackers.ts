/**
 * Owns the flood: every step is a 5-tuple nobody has seen before. SYNs and datagrams with forged sources; echo requests; sessions
 * of a hundred hosts that complete the handshake and leave a request unfinished; questions of one infected PC for names that do
 * not exist, and their answers.
 */
import type { FuzzRandom } from "../fuzzing/random.js";
import { ACK, type FrameWriter, PSH_ACK, SYN, SYN_ACK } from "./frame-writer.js";

const SERVER = address(203, 0, 113, 5);
const RESOLVER = address(192, 168, 10, 1);
const INFECTED = address(192, 168, 10, 250);
const BOTS = 100;
const FIRST_BOT = address(198, 51, 100, 0);
const UNFINISHED = Uint8Array.from("GET /index.html HTTP/1.1\r\nHost: www.example\r\nX-Slow: a", (c) =>
  c.charCodeAt(0),
);
const NAME_AT = 13;
const NAME_LENGTH = 16;
const QUESTION = Uint8Array.from([
  0,
  1,
  1,
  0,
  0,
  1,
  0,
  0,
  0,
  0,
  0,
  0,
  NAME_LENGTH,
  ...new Array<number>(NAME_LENGTH).fill(0x61),
  7,
  0x65,
  0x78,
  0x61,
  0x6d,
  0x70,
  0x6c,
  0x65,
  0,
  0,
  1,
  0,
  1,
]);

export function address(a: number, b: number, c: number, d: number): number {
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

export class Attackers {
  /** 5-tuples so far. */
  tuples = 0;
  readonly #random: FuzzRandom;
  readonly #frame: FrameWriter;
  readonly #send: () => void;
  readonly #question = QUESTION.slice();
  #session = 0;
  #query = 0;

  /** `send` passes on what stands in `frame`. */
  constructor(random: FuzzRandom, frame: FrameWriter, send: () => void) {
    this.#random = random;
    this.#frame = frame;
    this.#send = send;
  }

  /** One more 5-tuple. */
  step(): void {
    const kind = this.#random.below(100);
    this.tuples++;
    if (kind < 50) this.#syn();
    else if (kind < 70) this.#datagram();
    else if (kind < 75) this.#echo();
    else if (kind < 90) this.#halfOpen();
    else this.#lookup();
  }

  /** Forged: anywhere but in the office. The number of the tuple stands in address and port, so that none comes twice. */
  #forged(): number {
    return (0x2000_0000 + Math.imul(this.tuples, 0x9e37_79b1)) >>> 0;
  }

  #syn(): void {
    const port = 1024 + (this.tuples % 60_000);
    this.#frame.tcp(this.#forged(), port, SERVER, 80, this.#random.below(2 ** 32), 0, SYN, UNFINISHED, 0);
    this.#send();
  }

  #datagram(): void {
    const size = this.#random.below(UNFINISHED.length);
    const port = 1 + this.#random.below(65_535);
    this.#frame.udp(this.#forged(), 1024 + (this.tuples % 60_000), SERVER, port, UNFINISHED, size);
    this.#send();
  }

  #echo(): void {
    this.#frame.icmp(this.#forged(), SERVER, this.tuples & 0xffff);
    this.#send();
  }

  /** A session of a real host whose request never ends. */
  #halfOpen(): void {
    const session = this.#session++;
    const bot = (FIRST_BOT + (session % BOTS)) >>> 0;
    const round = Math.floor(session / BOTS);
    const port = 1024 + (round % 64_000);
    const server = (SERVER + Math.floor(round / 64_000)) >>> 0;
    const frame = this.#frame;
    frame.tcp(bot, port, server, 80, 1000, 0, SYN, UNFINISHED, 0);
    this.#send();
    frame.tcp(server, 80, bot, port, 5000, 1001, SYN_ACK, UNFINISHED, 0);
    this.#send();
    frame.tcp(bot, port, server, 80, 1001, 5001, ACK, UNFINISHED, 0);
    this.#send();
    frame.tcp(bot, port, server, 80, 1001, 5001, PSH_ACK, UNFINISHED, UNFINISHED.length);
    this.#send();
  }

  /** A name that does not exist: question and answer. */
  #lookup(): void {
    const query = this.#query++;
    const port = 1024 + (query % 64_000);
    // Another resolver after each round of ports, so that the tuple is new.
    const resolver = (RESOLVER + Math.floor(query / 64_000)) >>> 0;
    const question = this.#question;
    for (let i = 0; i < NAME_LENGTH; i++) question[NAME_AT + i] = 0x61 + this.#random.below(26);
    question[2] = 0x01;
    question[3] = 0;
    this.#frame.udp(INFECTED, port, resolver, 53, question, question.length);
    this.#send();
    question[2] = 0x81;
    question[3] = 0x83;
    this.#frame.udp(resolver, 53, INFECTED, port, question, question.length);
    this.#send();
  }
}
