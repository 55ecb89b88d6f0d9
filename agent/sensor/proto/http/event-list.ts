import type { MessageView } from "../message-view.js";
import { MAX_EVENTS } from "../message-view.js";

const NO_EVENTS = new Uint16Array(0);

/** The malformations found in one message, each once; more than a message can carry are left out. */
export class EventList {
  count = 0;
  /** Made with the first event. */
  numbers = NO_EVENTS;

  clear(): void {
    this.count = 0;
  }

  add(event: number): void {
    for (let i = 0; i < this.count; i++) {
      if (this.numbers[i] === event) return;
    }
    if (this.numbers.length === 0) this.numbers = new Uint16Array(MAX_EVENTS);
    if (this.count < MAX_EVENTS) this.numbers[this.count++] = event;
  }

  addAll(other: EventList): void {
    for (let i = 0; i < other.count; i++) this.add(other.numbers[i]!);
  }

  addTo(message: MessageView): void {
    for (let i = 0; i < this.count; i++) message.addEvent(this.numbers[i]!);
  }
}
