/**
 * Owns one self-test: on each interface a marked flow is put on the wire, the sensor has to see it and the rule of the test has to
 * fire; then the incident made of it has to be committed, sent and acknowledged by the monitor. Each leg is timed; of a leg that
 * fails it says why and what to do. Nothing behind a failed leg is called failed as well.
 *
 * Bounds: one test at a time, MAX_INTERFACES interfaces, PATIENCE a leg.
 */
import type { MessageKey, MessageParams } from "../../base/language.js";
import { within } from "../../base/within.js";
import type { LegName, SelfTestLeg, SelfTestReport } from "./self-test-report.js";

const MAX_INTERFACES = 16;
const ATTEMPTS = 2;
/** How long each leg is waited for, milliseconds. */
export interface Patience {
  readonly inject: number;
  readonly detect: number;
  readonly store: number;
  readonly monitor: number;
  /** For a connection that is not there when the test needs it. */
  readonly connection: number;
}
const PATIENCE: Patience = {
  inject: 10_000,
  detect: 3_000,
  store: 5_000,
  monitor: 15_000,
  connection: 3_000,
};

interface Reason {
  readonly key: MessageKey;
  readonly params: MessageParams;
}

/** What became of putting the packets on an interface; `sentMs` is the box's wall time right before it. */
export type Injected = { readonly way: string; readonly sentMs: number } | { readonly trouble: Reason };

export interface TestedUplink {
  readonly isConfigured: boolean;
  readonly isConnected: boolean;
  readonly reason: string;
  /** Who acknowledges: with `broker` the monitor's own word is not waited for. */
  readonly acknowledgement: "monitor" | "broker";
}

/** A message on its way to the monitor. */
export interface TrackedMessage {
  /** False where the store could only keep it in memory, or not at all. */
  readonly committed: Promise<boolean>;
  readonly sent: Promise<void>;
  readonly acknowledged: Promise<void>;
}

export interface SelfTestPorts {
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  /** Random text of hexadecimal digits. */
  readonly newToken: () => string;
  readonly interfaces: readonly string[];
  /** The capture's filter: it may leave the flow of the test out. */
  readonly filter: string;
  /** Rules and indicators to detect by, those of the test not counted. */
  readonly ruleCount: () => number;
  /** Packets that the sensor of an interface has seen; undefined where it does not answer. */
  readonly packets: (name: string) => Promise<number | undefined>;
  readonly inject: (name: string, token: string, port: number) => Promise<Injected>;
  /** Have the incident of the last detection of this test told to the monitor. */
  readonly tell: (test: string) => TrackedMessage;
  readonly uplink: () => TestedUplink;
  readonly patience?: Patience;
}

export class SelfTest {
  readonly id: string;
  readonly #ports: SelfTestPorts;
  readonly #patience: Patience;
  readonly #startedAt: string;
  readonly #legs: SelfTestLeg[] = [];
  /** Tokens of the flows that are looked for, with who waits for them. */
  readonly #awaited = new Map<string, () => void>();
  #wanted: SelfTestReport["wanted"];
  #injected: ((outcome: Injected) => void) | undefined;
  #isRunning = true;

  /** @param isInjectedByCaller the caller puts the packets on the interfaces, and says so by `callerInjected` */
  constructor(
    ports: SelfTestPorts,
    readonly isInjectedByCaller = false,
  ) {
    this.#ports = ports;
    this.#patience = ports.patience ?? PATIENCE;
    this.id = ports.newToken().slice(0, 8);
    this.#startedAt = new Date(ports.wallMs()).toISOString();
    this.#legs.push({ leg: "rules", state: "waiting" });
    for (const name of this.#interfaces) {
      for (const leg of ["inject", "capture", "detect"] as const)
        this.#legs.push({ leg, interface: name, state: "waiting" });
    }
    for (const leg of ["store", "send", "acknowledge"] as const) this.#legs.push({ leg, state: "waiting" });
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  report(): SelfTestReport {
    return {
      id: this.id,
      startedAt: this.#startedAt,
      isRunning: this.#isRunning,
      legs: [...this.#legs],
      ...(this.#wanted && { wanted: this.#wanted }),
    };
  }

  /** A flow with this token was detected. @returns whether it is one of this test */
  detected(token: string): boolean {
    const found = this.#awaited.get(token);
    found?.();
    return found !== undefined;
  }

  /** What became of the packets that the caller was to send; ignored where none were wanted. */
  callerInjected(name: string, outcome: Injected): void {
    if (this.#wanted?.interface === name) this.#injected?.(outcome);
  }

  /** Go the whole way; never throws for what the world does. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } finally {
      for (const [index, leg] of this.#legs.entries()) {
        if (leg.state === "waiting" || leg.state === "running")
          this.#legs[index] = { ...leg, state: "unproved", reason: reason("selftest.not_reached") };
      }
      this.#isRunning = false;
    }
  }

  async #run(): Promise<void> {
    const { ruleCount } = this.#ports;
    if (ruleCount() > 0) this.#set("rules", undefined, { state: "proved", ms: 0 });
    else this.#set("rules", undefined, { state: "failed", reason: reason("selftest.rules.none") });
    let hasDetected = false;
    for (const name of this.#interfaces) hasDetected = (await this.#testInterface(name)) || hasDetected;
    if (this.#interfaces.length === 0) {
      this.#legs.splice(1, 0, {
        leg: "inject",
        state: "unproved",
        reason: reason("selftest.inject.no_interface"),
      });
    }
    if (hasDetected) await this.#tell();
  }

  get #interfaces(): readonly string[] {
    return this.#ports.interfaces.slice(0, MAX_INTERFACES);
  }

  /** @returns whether the rule has fired */
  async #testInterface(name: string): Promise<boolean> {
    const token = this.#ports.newToken();
    let hasFired = false;
    let firedMs = 0;
    const fired = new Promise<void>((resolve) => {
      this.#awaited.set(token, () => {
        hasFired = true;
        firedMs = this.#ports.wallMs();
        resolve();
      });
    });
    let packetsBefore: number | undefined;
    for (let attempt = 0; attempt < ATTEMPTS && !hasFired; attempt++) {
      packetsBefore = await this.#packets(name);
      const sentMs = await this.#inject(name, token);
      if (sentMs === undefined) break;
      this.#set("capture", name, { state: "running" });
      await within(fired, this.#patience.detect);
      if (hasFired) {
        this.#set("capture", name, { state: "proved" });
        this.#set("detect", name, { state: "proved", ms: Math.max(0, Math.round(firedMs - sentMs)) });
      }
    }
    this.#awaited.delete(token);
    if (!hasFired && this.#stateOf("inject", name) === "proved") await this.#blame(name, packetsBefore);
    return hasFired;
  }

  /** @returns when it was sent, by the wall clock; undefined where it was not */
  async #inject(name: string, token: string): Promise<number | undefined> {
    this.#set("inject", name, { state: "running" });
    const startedMs = this.#ports.monotonicMs();
    // Ephemeral ports (RFC 6335); another one for each attempt.
    const port = 49_152 + (Number.parseInt(this.#ports.newToken().slice(0, 4), 16) % 16_384);
    const outcome = this.isInjectedByCaller
      ? await this.#byCaller(name, token, port)
      : await this.#ports.inject(name, token, port);
    if ("trouble" in outcome) {
      this.#set("inject", name, { state: "failed", reason: outcome.trouble });
      return undefined;
    }
    const ms = Math.round(this.#ports.monotonicMs() - startedMs);
    this.#set("inject", name, { state: "proved", ms, way: outcome.way });
    return outcome.sentMs;
  }

  async #byCaller(name: string, token: string, port: number): Promise<Injected> {
    let outcome: Injected = { trouble: reason("selftest.inject.no_caller") };
    const told = new Promise<void>((resolve) => {
      this.#injected = (given) => {
        outcome = given;
        resolve();
      };
    });
    this.#wanted = { interface: name, token, port };
    await within(told, this.#patience.inject);
    this.#wanted = undefined;
    return outcome;
  }

  /** The packets were sent and the rule has not fired: is it that they are not seen, or that they are not judged? */
  async #blame(name: string, packetsBefore: number | undefined): Promise<void> {
    const packets = await this.#packets(name);
    const { filter } = this.#ports;
    if (packets === undefined || packetsBefore === undefined) {
      this.#set("capture", name, { state: "failed", reason: reason("selftest.capture.no_sensor") });
    } else if (packets === packetsBefore && filter !== "") {
      // The filter may well be right about real traffic.
      this.#set("capture", name, {
        state: "unproved",
        reason: reason("selftest.capture.filter", { filter }),
      });
    } else if (packets === packetsBefore) {
      this.#set("capture", name, { state: "failed", reason: reason("selftest.capture.unseen") });
    } else if (filter !== "") {
      this.#set("capture", name, { state: "proved" });
      this.#set("detect", name, { state: "unproved", reason: reason("selftest.capture.filter", { filter }) });
    } else {
      this.#set("capture", name, { state: "proved" });
      this.#set("detect", name, { state: "failed", reason: reason("selftest.detect.silent") });
    }
  }

  async #packets(name: string): Promise<number | undefined> {
    let packets: number | undefined;
    const asked = this.#ports.packets(name).then((count) => {
      packets = count;
    });
    await within(asked, this.#patience.detect);
    return packets;
  }

  async #tell(): Promise<void> {
    const startedMs = this.#ports.monotonicMs();
    const elapsedMs = (): number => Math.round(this.#ports.monotonicMs() - startedMs);
    this.#set("store", undefined, { state: "running" });
    const message = this.#ports.tell(this.id);
    let isCommitted: boolean | undefined;
    await within(
      message.committed.then((is) => {
        isCommitted = is;
      }),
      this.#patience.store,
    );
    if (isCommitted !== true) {
      this.#set("store", undefined, { state: "failed", reason: reason("selftest.store.failed") });
      return;
    }
    this.#set("store", undefined, { state: "proved", ms: elapsedMs() });
    await this.#awaitMonitor(message);
  }

  async #awaitMonitor({ sent, acknowledged }: TrackedMessage): Promise<void> {
    const startedMs = this.#ports.monotonicMs();
    const elapsedMs = (): number => Math.round(this.#ports.monotonicMs() - startedMs);
    if (!this.#ports.uplink().isConfigured) {
      this.#set("send", undefined, { state: "unproved", reason: reason("selftest.send.none") });
      return;
    }
    this.#set("send", undefined, { state: "running" });
    let sentMs: number | undefined;
    let acknowledgedMs: number | undefined;
    const told = Promise.all([
      sent.then(() => {
        sentMs = elapsedMs();
        this.#set("send", undefined, { state: "proved", ms: sentMs });
        this.#set("acknowledge", undefined, { state: "running" });
      }),
      acknowledged.then(() => {
        acknowledgedMs = elapsedMs();
      }),
    ]);
    if (!this.#ports.uplink().isConnected) await within(sent, this.#patience.connection);
    if (this.#ports.uplink().isConnected) await within(told, this.#patience.monitor);
    const { isConnected, reason: why, acknowledgement } = this.#ports.uplink();
    if (sentMs === undefined) {
      const away = reason(isConnected ? "selftest.send.waits" : "selftest.send.away", { reason: why });
      this.#set("send", undefined, { state: "unproved", reason: away });
    } else if (acknowledgedMs !== undefined) {
      const ms = Math.max(0, acknowledgedMs - sentMs);
      this.#set("acknowledge", undefined, { state: "proved", ms, way: acknowledgement });
    } else {
      const key = isConnected ? "selftest.acknowledge.silent" : "selftest.send.away";
      const params = { reason: why };
      const state = isConnected ? "failed" : "unproved";
      this.#set("acknowledge", undefined, { state, reason: reason(key, params) });
    }
  }

  #stateOf(leg: LegName, name: string): SelfTestLeg["state"] | undefined {
    return this.#legs.find((one) => one.leg === leg && one.interface === name)?.state;
  }

  #set(
    leg: LegName,
    name: string | undefined,
    outcome: Pick<SelfTestLeg, "state" | "ms" | "reason" | "way">,
  ): void {
    const index = this.#legs.findIndex((one) => one.leg === leg && one.interface === name);
    this.#legs[index] = { leg, ...(name !== undefined && { interface: name }), ...outcome };
  }
}

function reason(key: MessageKey, params: MessageParams = {}): Reason {
  return { key, params };
}
