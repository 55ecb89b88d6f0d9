/**
 * Which malformations were told of the transaction that a flow is in. As in Suricata an event belongs to the transaction: it is
 * told once, and rules that ask for more see it in every later message of the same one.
 *
 * Memory: the latest MAX_FLOWS flows with events, about 100 bytes each.
 */
import { MAX_EVENTS, type MessageView } from "./message-view.js";

const MAX_FLOWS = 1024;

interface Told {
  transaction: number;
  count: number;
  readonly events: Uint16Array;
}

export class EventMemory {
  readonly #flows = new Map<number, Told>();

  /** Note the events of `message` and put what was told of its transaction before in front of them. */
  join(flow: number, message: MessageView): void {
    let told = this.#flows.get(flow);
    if (told === undefined) {
      if (message.eventCount === 0) return;
      told = this.#begin(flow);
    }
    const transaction = message.isOfWholeFlow ? 0 : message.transaction;
    if (told.transaction !== transaction) {
      told.transaction = transaction;
      told.count = 0;
    }
    message.tellEventsAgain(told.events, told.count);
    told.count = message.eventCount;
    for (let i = 0; i < told.count; i++) told.events[i] = message.events[i]!;
  }

  /** The flow is over, or speaks another protocol. */
  forget(flow: number): void {
    this.#flows.delete(flow);
  }

  #begin(flow: number): Told {
    if (this.#flows.size === MAX_FLOWS) {
      for (const oldest of this.#flows.keys()) {
        this.#flows.delete(oldest);
        break;
      }
    }
    const told = { transaction: -1, count: 0, events: new Uint16Array(MAX_EVENTS) };
    this.#flows.set(flow, told);
    return told;
  }
}
