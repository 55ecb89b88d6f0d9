/**
 * Owns the honest connections: PCs of the office that talk HTTP with servers, from before the flood or from within it, a request
 * now and then; the last request of each is the one a rule asks for. They are due by time, in a heap.
 */
import type { FuzzRandom } from "../fuzzing/random.js";
import { address } from "./attackers.js";
import { ACK, type FrameWriter, PSH_ACK, SYN, SYN_ACK } from "./frame-writer.js";

const PCS = 40;
/** A request this often, so that the connection is not silent for longer than time-outs in an emergency allow. */
const PAUSE_US = 30_000_000;
const ROUND_TRIP_US = 20_000;
/** Path of the request that is to be found. */
export const PLANTED_PATH = "/planted.php";

const octets = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const ORDINARY = octets("GET /news HTTP/1.1\r\nHost: news.example\r\nUser-Agent: office\r\n\r\n");
const PLANTED = octets(`GET ${PLANTED_PATH} HTTP/1.1\r\nHost: evil.example\r\nUser-Agent: office\r\n\r\n`);
const ANSWER = octets("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
const NOTHING = new Uint8Array(0);

const Step = { SYN: 0, SYN_ACK: 1, ACK: 2, REQUEST: 3, ANSWER: 4 } as const;

interface Visit {
  readonly client: number;
  readonly port: number;
  readonly server: number;
  /** When the planted request is sent. */
  readonly plantedUs: number;
  step: number;
  dueUs: number;
  clientNext: number;
  serverNext: number;
  isPlanted: boolean;
}

export class Visitors {
  readonly #frame: FrameWriter;
  readonly #send: () => void;
  readonly #due: Visit[];

  /**
   * @param startUs beginning of the flood: half of the visits begin before it
   * @param endUs its end: the planted requests are spread up to there
   */
  constructor(
    count: number,
    startUs: number,
    endUs: number,
    random: FuzzRandom,
    frame: FrameWriter,
    send: () => void,
  ) {
    this.#frame = frame;
    this.#send = send;
    const spanUs = endUs - startUs;
    this.#due = Array.from({ length: count }, (_, i) => {
      const isBefore = i % 2 === 0;
      const beginUs = isBefore
        ? startUs - 1_000_000 + random.below(900_000)
        : startUs + Math.floor((random.below(1000) / 1000) * spanUs * 0.8);
      const room = endUs - beginUs - 1_000_000;
      return {
        client: address(192, 168, 10, 10 + (i % PCS)),
        port: 20_000 + Math.floor(i / PCS),
        server: address(203, 0, 114, i % 200),
        plantedUs: beginUs + 500_000 + Math.floor((random.below(1000) / 1000) * Math.max(0, room)),
        step: Step.SYN,
        dueUs: beginUs,
        clientNext: random.below(2 ** 32),
        serverNext: random.below(2 ** 32),
        isPlanted: false,
      };
    });
    this.#due.sort((a, b) => a.dueUs - b.dueUs);
  }

  /** When the next packet is due; Infinity where none is. */
  get dueUs(): number {
    return this.#due[0]?.dueUs ?? Number.POSITIVE_INFINITY;
  }

  /** Send the packet that is due. */
  step(): void {
    const visit = this.#due.shift()!;
    const nowUs = visit.dueUs;
    switch (visit.step) {
      case Step.SYN:
        this.#fromClient(visit, SYN, NOTHING);
        visit.dueUs += ROUND_TRIP_US;
        visit.step = Step.SYN_ACK;
        break;
      case Step.SYN_ACK:
        this.#fromServer(visit, SYN_ACK, NOTHING);
        visit.dueUs += ROUND_TRIP_US / 10;
        visit.step = Step.ACK;
        break;
      case Step.ACK:
        this.#fromClient(visit, ACK, NOTHING);
        visit.dueUs += 1000;
        visit.step = Step.REQUEST;
        break;
      case Step.REQUEST:
        visit.isPlanted = nowUs >= visit.plantedUs;
        this.#fromClient(visit, PSH_ACK, visit.isPlanted ? PLANTED : ORDINARY);
        visit.dueUs += ROUND_TRIP_US;
        visit.step = Step.ANSWER;
        break;
      default:
        this.#fromServer(visit, PSH_ACK, ANSWER);
        if (visit.isPlanted) return;
        visit.dueUs = nowUs < visit.plantedUs ? Math.min(nowUs + PAUSE_US, visit.plantedUs) : nowUs + 1000;
        visit.step = Step.REQUEST;
    }
    this.#insert(visit);
  }

  #insert(visit: Visit): void {
    let low = 0;
    let high = this.#due.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#due[middle]!.dueUs <= visit.dueUs) low = middle + 1;
      else high = middle;
    }
    this.#due.splice(low, 0, visit);
  }

  #fromClient(visit: Visit, flags: number, payload: Uint8Array): void {
    const { client, port, server, clientNext, serverNext } = visit;
    const acknowledgement = flags === SYN ? 0 : serverNext;
    this.#frame.tcp(client, port, server, 80, clientNext, acknowledgement, flags, payload, payload.length);
    visit.clientNext = (clientNext + payload.length + (flags === SYN ? 1 : 0)) >>> 0;
    this.#send();
  }

  #fromServer(visit: Visit, flags: number, payload: Uint8Array): void {
    const { client, port, server, clientNext, serverNext } = visit;
    this.#frame.tcp(server, 80, client, port, serverNext, clientNext, flags, payload, payload.length);
    visit.serverNext = (serverNext + payload.length + (flags === SYN_ACK ? 1 : 0)) >>> 0;
    this.#send();
  }
}
