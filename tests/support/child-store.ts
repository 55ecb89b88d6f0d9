/**
 * The store that proofs kill, starve and cut off: how it is opened, and the words in which the ledger outside of it
 * (`store-ledger.ts`) names what its outbox holds.
 */
import { systemClock } from "../../agent/base/clock.js";
import { type OutboxMessage, PRIORITY_CLASSES, type PriorityClass } from "../../agent/base/outbox.js";
import { Store, type StoreOptions } from "../../agent/store/store.js";
import type { StoreLedger } from "./store-ledger.js";

const DAY_MS = 86_400_000;

export const CHILD_STORE = {
  budgetBytes: 8 * 1024 * 1024,
  // Messages have room and are never evicted; detections and logs come and go.
  shares: { outbox: 80, incidents: 10, detections: 5, logs: 5 },
  retention: { detections: 2 * DAY_MS, incidents: 2 * DAY_MS, logs: DAY_MS },
} as const satisfies Partial<StoreOptions>;

/** The class a message of the process belongs to, known by its number: all come in turn, in no order. */
export function classOf(id: number): PriorityClass {
  return PRIORITY_CLASSES[(Math.imul(id + 1, 2_654_435_761) >>> 16) % PRIORITY_CLASSES.length]!;
}

interface Payload {
  readonly id?: number;
  readonly event?: string;
  readonly shed?: Record<string, number>;
  readonly priority?: string;
  readonly firstSequence?: number;
  readonly lastSequence?: number;
  readonly messages?: number;
}

/** A message as `id:sequence`; what the store says of itself as its event's name, with what is to be counted behind it. */
export function wordOf({ payload, sequence }: OutboxMessage): string {
  const { id, event, ...rest } = JSON.parse(payload) as Payload;
  const shed = Object.values(rest.shed ?? {}).reduce((sum, count) => sum + count, 0);
  if (event === "store.tombstone") {
    const { priority, firstSequence, lastSequence, messages } = rest;
    return `${event}/${priority}/${firstSequence}-${lastSequence}/${messages}:${sequence}`;
  }
  return `${id ?? `${event}${shed > 0 ? `/${shed}` : ""}`}:${sequence}`;
}

/** All messages in the outbox, leased from the start. */
export async function wordsIn(store: Store): Promise<readonly string[]> {
  const words: string[] = [];
  store.outbox.rewind();
  for (;;) {
    const messages = await store.outbox.lease(1_000);
    if (messages.length === 0) break;
    words.push(...messages.map(wordOf));
  }
  store.outbox.rewind();
  return words;
}

/** Open what a process has left behind, compare it with the ledger, have it take one more message, and close it. */
export async function readBehind(
  path: string,
  ledger: StoreLedger,
  context: string,
  more: Partial<StoreOptions> = {},
): Promise<void> {
  const store = await Store.open({
    ...CHILD_STORE,
    ...more,
    path,
    clock: systemClock,
    limits: { maxDelayMs: 5 },
  });
  try {
    ledger.read([`open ${store.status().boot}`, ["held", ...(await wordsIn(store))].join(" ")], context);
    const id = ledger.nextId;
    const message = { topic: "incident", payload: JSON.stringify({ id }) };
    const { committed, sequences } = await store.append([{ priority: classOf(id), message }]);
    if (committed !== 1) throw new Error(`${context}: the store takes nothing any more`);
    const last = ["last", ...(await wordsIn(store))].join(" ");
    ledger.read([`give ${id} ${id}`, `accepted ${id}:${sequences[0]}`, last], context);
  } finally {
    await store.close();
  }
}
