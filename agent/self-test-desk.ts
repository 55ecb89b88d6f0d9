/**
 * Joins the self-test with the rest of the agent: puts its flow on the interfaces, picks its detections and observations out before
 * anything counts them, makes the incident of them as of any other, and follows its message to the monitor.
 *
 * What the test makes is told under a topic of its own (`up/selftest`), is no row among detections and incidents, and reaches
 * collectors and evidence as the agent's own message: nothing of it can be mistaken for something that happened.
 */
import { randomBytes } from "node:crypto";
import type { Clock } from "./base/clock.js";
import { Counters } from "./base/counters.js";
import { isMessageKey, type MessageKey } from "./base/language.js";
import type { Outbox } from "./base/outbox.js";
import { SELF_TEST_CLIENT, SELF_TEST_SERVER, SELF_TEST_SID, selfTestToken } from "./base/self-test-mark.js";
import type { Config } from "./config/schema.js";
import { evidenceOf } from "./incident/evidence.js";
import { IncidentBook } from "./incident/incident-book.js";
import { type Commands, jsonAnswer, type Routes } from "./onsite/control-server.js";
import { type Injected, SelfTest, type TrackedMessage } from "./onsite/self-test/self-test.js";
import {
  SELF_TEST_INJECTED_PATH,
  SELF_TEST_PATH,
  type SelfTestReport,
} from "./onsite/self-test/self-test-report.js";
import { OutboxWatch, type WatchedMessage } from "./outbox-watch.js";
import { putOnWire } from "./self-test-sending.js";
import type { Detection, SensorRecord } from "./sensor/detection.js";
import type { StoreEntry } from "./store/record.js";
import type { UplinkState } from "./uplink/uplink.js";

const TOKEN_BYTES = 8;
/** Topic of the message below `up/`. */
const TOPIC = "selftest";

export interface SelfTestDeskParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly outbox: Outbox;
  readonly ruleCount: () => number;
  readonly packets: (name: string) => Promise<number | undefined>;
  readonly uplink: () => UplinkState;
  /** Has entries committed; resolves when they are, or were given up. */
  readonly keep: (entries: readonly StoreEntry[]) => Promise<void>;
  readonly isStoreReady: () => boolean;
}

export class SelfTestDesk {
  /** The outbox as the uplink has to use it. */
  readonly outbox: OutboxWatch;
  readonly #parts: SelfTestDeskParts;
  #test: SelfTest | undefined;
  #detection: Detection | undefined;
  #watched: WatchedMessage | undefined;

  constructor(parts: SelfTestDeskParts) {
    this.#parts = parts;
    this.outbox = new OutboxWatch(parts.outbox);
  }

  get routes(): Routes {
    return { [SELF_TEST_PATH]: () => jsonAnswer(this.report() ?? null) };
  }

  /** `by=caller`: the caller will put the packets on the interfaces. */
  get commands(): Commands {
    return {
      [SELF_TEST_PATH]: (params) => jsonAnswer(this.begin(params.get("by") === "caller")),
      [SELF_TEST_INJECTED_PATH]: (params) => {
        this.#test?.callerInjected(params.get("interface") ?? "", injectedBy(params));
        return jsonAnswer(this.report() ?? null);
      },
    };
  }

  report(): SelfTestReport | undefined {
    return this.#test?.report();
  }

  /** Begin a test; where one is under way, that one goes on and is told of. */
  begin(isInjectedByCaller = false): SelfTestReport {
    if (this.#test?.isRunning) return this.#test.report();
    const { config, clock, ruleCount, packets } = this.#parts;
    const { file, interfaces, filter } = config.capture;
    const test = new SelfTest(
      {
        monotonicMs: clock.monotonicMs,
        wallMs: clock.wallMs,
        newToken: () => randomBytes(TOKEN_BYTES).toString("hex"),
        interfaces: file === null ? interfaces : [],
        filter,
        ruleCount,
        packets,
        inject: putOnWire,
        tell: (id) => this.#tell(id),
        uplink: () => {
          const { isConfigured, isConnected, reason } = this.#parts.uplink();
          return {
            ...{ isConfigured, isConnected, reason: reason ?? "-" },
            acknowledgement: config.uplink.acknowledgement,
          };
        },
      },
      isInjectedByCaller,
    );
    this.#test = test;
    this.#detection = undefined;
    void test.run().finally(() => {
      this.#watched?.forget();
      this.#watched = undefined;
    });
    return test.report();
  }

  /** Whether a record is of a self-test, this box's or another's: then nobody else may count it. */
  owns(record: SensorRecord): boolean {
    if (record.kind === "observation") return isTestAddress(record.address);
    if (record.kind !== "detection") return false;
    if (record.signatureId === SELF_TEST_SID) {
      const [, name = ""] = evidenceOf(record.metadata).find(([kind]) => kind === "dns.rrname") ?? [];
      const token = selfTestToken(name);
      // Kept before the test hears of it: it goes on at once.
      if (this.#test?.isRunning) this.#detection = record;
      if (token === undefined || this.#test?.detected(token) !== true)
        this.#parts.counters.add("selftest.strange");
      return true;
    }
    // Rules of the site may know the flow as well.
    return (
      this.#test?.isRunning === true &&
      isTestAddress(record.clientAddress) &&
      isTestAddress(record.serverAddress)
    );
  }

  #tell(test: string): TrackedMessage {
    const detection = this.#detection;
    if (detection === undefined) throw new Error("a self-test tells of a detection that it does not have");
    const { clock, keep, isStoreReady } = this.#parts;
    const { clientAddress, interfaceName } = detection;
    const book = new IncidentBook({
      clock,
      isInside: (address) => address === clientAddress,
      devices: { lookUp: (address) => ({ address }) },
      counters: new Counters(),
    });
    const [change] = book.observe(detection);
    const data = { test, interface: interfaceName, incident: change?.incident };
    const watched = this.outbox.watch(
      ({ topic, payload }) => topic === TOPIC && payload.includes(`"test":"${test}"`),
    );
    this.#watched = watched;
    const entry: StoreEntry = {
      priority: "critical",
      message: { topic: TOPIC, payload: JSON.stringify(data) },
    };
    return { ...watched, committed: keep([entry]).then(isStoreReady) };
  }
}

/** What the caller says in a query: the way, or the key of a message and its parameters. */
function injectedBy(params: URLSearchParams): Injected {
  const key = params.get("trouble");
  if (key === null) {
    const way = params.get("way") === "datagram" ? "datagram" : "frames";
    return { way, sentMs: Number(params.get("sent_ms")) || 0 };
  }
  const known: MessageKey = isMessageKey(key) ? key : "selftest.inject.failed";
  const told = [...params].filter(([name]) => name !== "trouble");
  return { trouble: { key: known, params: Object.fromEntries(told) } };
}

function isTestAddress(address: string): boolean {
  return address === SELF_TEST_CLIENT || address === SELF_TEST_SERVER;
}
