import { createServer, type Server, type Socket } from "node:net";
import { Aedes } from "aedes";
import { afterEach, describe, expect, it } from "vitest";
import type { Monitor } from "../../scripts/monitor/monitor.js";
import { MemoryOutbox } from "../support/memory-outbox.js";
import { hasMosquitto, Mosquitto } from "../support/mosquitto.js";
import { MqttProxy } from "../support/mqtt-proxy.js";
import { poll } from "../support/poll.js";
import { startDevice, startMonitor, type TestDevice, temporaryFolder } from "../support/uplink-bench.js";

/** Everything a test started, ended in reverse order whatever happened. */
const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startBroker(...lines: string[]): Promise<Mosquitto> {
  const broker = await Mosquitto.start(["allow_anonymous true", ...lines]);
  cleanups.push(() => broker.stop());
  return broker;
}

function device(...parameters: Parameters<typeof startDevice>): TestDevice {
  const started = startDevice(...parameters);
  cleanups.push(() => started.uplink.stop(0));
  return started;
}

interface Receiver {
  monitor: Monitor;
  /** Sequence numbers in the order of their commit. */
  readonly arrived: number[];
  restart(): Promise<void>;
}

async function receiver(url: string, options: Parameters<typeof startMonitor>[3] = {}): Promise<Receiver> {
  const folder = temporaryFolder();
  const arrived: number[] = [];
  const start = () =>
    startMonitor(url, folder.file, { onMessage: (message) => void arrived.push(message.seq) }, options);
  const running: Receiver = {
    monitor: await start(),
    arrived,
    restart: async () => {
      running.monitor = await start();
    },
  };
  cleanups.push(folder.remove);
  cleanups.push(() => running.monitor.stop());
  return running;
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);
const ascending = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

describe.skipIf(!hasMosquitto)("uplink over mosquitto, MQTT 5", () => {
  it("delivers everything once, in order, and empties the outbox only then", async () => {
    const broker = await startBroker();
    const { arrived } = await receiver(broker.url);
    const { outbox, uplink } = device(broker.url);
    for (let i = 0; i < 500; i++) outbox.append("normal", { i });
    await poll("an empty outbox", () => outbox.size === 0);
    expect(arrived).toEqual(upTo(500));
    expect(uplink.state()).toMatchObject({ isConnected: true, protocol: 5, isMonitorSilent: false });
  });

  it("keeps everything while no monitor listens, and delivers it when one comes", async () => {
    const broker = await startBroker();
    const { outbox, uplink, counters } = device(broker.url);
    for (let i = 0; i < 200; i++) outbox.append();
    await poll("a silent monitor to be noticed", () => uplink.state().isMonitorSilent);
    expect(outbox.size).toBe(200);
    expect(counters.get("uplink.unheard")).toBeGreaterThan(0);
    const { arrived } = await receiver(broker.url);
    await poll("an empty outbox", () => outbox.size === 0);
    expect(ascending(arrived)).toEqual(upTo(200));
    await poll("the monitor to count as heard", () => !uplink.state().isMonitorSilent);
  });

  it("sends at once to a monitor that comes later than the device, long before its time-out", async () => {
    const broker = await startBroker();
    const { outbox, uplink } = device(broker.url, { limits: { ackTimeoutMs: 60_000 } });
    for (let i = 0; i < 20; i++) outbox.append();
    await poll("messages that nobody hears", () => uplink.state().unacknowledged === 20);
    const { arrived } = await receiver(broker.url);
    await poll("an empty outbox", () => outbox.size === 0);
    expect(ascending(arrived)).toEqual(upTo(20));
  });

  it("loses and doubles nothing when the broker is killed again and again, with all it had acknowledged", async () => {
    const broker = await startBroker();
    const { arrived, monitor } = await receiver(broker.url);
    const { outbox, counters } = device(broker.url);
    for (let round = 1; round <= 4; round++) {
      for (let i = 0; i < 400; i++) outbox.append();
      await poll("part of the messages", () => arrived.length > (round - 1) * 400 + 50);
      await broker.restart();
    }
    await poll("an empty outbox", () => outbox.size === 0);
    expect(ascending(arrived)).toEqual(upTo(1_600));
    expect(counters.get("uplink.connections")).toBeGreaterThan(1);
    expect(monitor.totals()).toMatchObject({ stored: 1_600, lost: 0, missing: 0 });
  });

  it("loses and doubles nothing when the monitor is killed again and again", async () => {
    const broker = await startBroker();
    const running = await receiver(broker.url);
    const { outbox } = device(broker.url);
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 300; i++) outbox.append();
      await poll("part of the messages", () => running.arrived.length > (round - 1) * 300 + 20);
      await running.monitor.kill();
      await running.restart();
    }
    await poll("an empty outbox", () => outbox.size === 0);
    // What was committed in the moment of a kill was not announced any more; the database has it.
    expect(new Set(running.arrived).size).toBe(running.arrived.length);
    const { repeats, received, stored } = running.monitor.totals();
    expect(received).toBe(stored + repeats);
    await running.monitor.stop();
    await running.restart();
    expect(await running.monitor.count()).toBe(900);
    expect(running.monitor.totals()).toMatchObject({ missing: 0, lost: 0 });
  });

  it("goes on after a restart of the agent with what was not acknowledged", async () => {
    const broker = await startBroker();
    const outbox = new MemoryOutbox();
    for (let i = 0; i < 100; i++) outbox.append();
    const first = device(broker.url, { outbox, boot: () => 1 });
    await poll("a first publish", () => first.counters.get("uplink.published") >= 64);
    await first.uplink.stop(0);
    expect(outbox.size).toBe(100);
    const { arrived } = await receiver(broker.url);
    device(broker.url, { outbox, boot: () => 2 });
    await poll("an empty outbox", () => outbox.size === 0);
    expect(ascending(arrived)).toEqual(upTo(100));
  });

  it("sends what is critical before a backlog of ten thousand", async () => {
    const broker = await startBroker();
    const { arrived } = await receiver(broker.url);
    const outbox = new MemoryOutbox();
    for (let i = 0; i < 10_000; i++) outbox.append("low");
    device(broker.url, { outbox, limits: { ackTimeoutMs: 5_000 } });
    await poll("the backlog to move", () => arrived.length > 500);
    const critical = outbox.append("critical");
    const at = arrived.length;
    await poll("the critical message", () => arrived.includes(critical));
    expect(arrived.indexOf(critical) - at).toBeLessThan(1_500);
    expect(outbox.size).toBeGreaterThan(5_000);
  });

  it("drains before it stops, and leaves behind a retained state that says so", async () => {
    const broker = await startBroker();
    const states: string[] = [];
    const folder = temporaryFolder();
    cleanups.push(folder.remove);
    const monitor = await startMonitor(broker.url, folder.file, {
      onState: ({ status }) => void states.push(status),
    });
    const { outbox, uplink } = device(broker.url);
    await poll("birth", () => states.includes("online"));
    for (let i = 0; i < 300; i++) outbox.append();
    await uplink.stop(5_000);
    expect(outbox.size).toBe(0);
    await poll("goodbye", () => states.at(-1) === "stopped");
    await monitor.stop();
    const late: string[] = [];
    const next = await startMonitor(broker.url, folder.file, {
      onState: ({ status }) => void late.push(status),
    });
    cleanups.push(() => next.stop());
    await poll("the retained state", () => late.length > 0);
    expect(late).toEqual(["stopped"]);
  });

  it("tries once more before it stops, instead of waiting for the end of its pause", async () => {
    const broker = await startBroker();
    const { arrived } = await receiver(broker.url);
    const { outbox, uplink, counters } = device(broker.url, {
      limits: { backoffFirstMs: 600_000, backoffLongestMs: 600_000 },
    });
    await poll("a connection", () => uplink.state().isConnected);
    await broker.restart();
    await poll("the loss of it", () => counters.get("uplink.downs") >= 1);
    for (let i = 0; i < 20; i++) outbox.append();
    await uplink.stop(10_000);
    expect(outbox.size).toBe(0);
    expect(ascending(arrived)).toEqual(upTo(20));
  });

  it("stops at once where there is no broker to drain to", async () => {
    const broker = await startBroker();
    await broker.kill();
    const { outbox, uplink, counters } = device(broker.url, {
      limits: { backoffFirstMs: 600_000, backoffLongestMs: 600_000 },
    });
    outbox.append();
    await poll("a failed attempt", () => counters.get("uplink.downs") >= 1);
    // Two days, of which a stop that waited would need the whole.
    await uplink.stop(172_800_000);
    expect(outbox.size).toBe(1);
  });

  it("is reported lost by the broker when its connection breaks", async () => {
    const broker = await startBroker();
    const proxy = await MqttProxy.start(broker.port);
    cleanups.push(() => proxy.stop());
    const states: string[] = [];
    const folder = temporaryFolder();
    cleanups.push(folder.remove);
    const monitor = await startMonitor(broker.url, folder.file, {
      onState: ({ status }) => void states.push(status),
    });
    cleanups.push(() => monitor.stop());
    device(proxy.url, { limits: { backoffFirstMs: 2_000, backoffLongestMs: 2_000 } });
    await poll("birth", () => states.includes("online"));
    proxy.cut();
    await poll("the last will", () => states.includes("lost"));
    await poll("the next birth", () => states.at(-1) === "online");
  });

  it.each([1, 10])("never has more publishes open than a Receive Maximum of %i", async (maximum) => {
    const broker = await startBroker(`max_inflight_messages ${maximum}`);
    const proxy = await MqttProxy.start(broker.port);
    cleanups.push(() => proxy.stop());
    await receiver(broker.url);
    const { outbox } = device(proxy.url, { limits: { ackTimeoutMs: 5_000 } });
    for (let i = 0; i < 300; i++) outbox.append();
    await poll("an empty outbox", () => outbox.size === 0);
    expect(proxy.published).toBeGreaterThanOrEqual(300);
    expect(proxy.mostOpen).toBe(maximum);
  });

  it("shares the work between two monitors of a group, each message at one of them", async () => {
    const broker = await startBroker();
    const one = await receiver(broker.url, { clientId: "monitor-1", isAlone: false });
    const two = await receiver(broker.url, { clientId: "monitor-2", isAlone: false });
    await poll("both monitors", () => one.monitor.isConnected && two.monitor.isConnected);
    const { outbox } = device(broker.url, { limits: { ackTimeoutMs: 5_000 } });
    for (let i = 0; i < 400; i++) outbox.append();
    await poll("an empty outbox", () => outbox.size === 0);
    expect(ascending([...one.arrived, ...two.arrived])).toEqual(upTo(400));
    expect(one.arrived.length).toBeGreaterThan(0);
    expect(two.arrived.length).toBeGreaterThan(0);
    expect(one.monitor.totals().lost + two.monitor.totals().lost).toBe(0);
  });

  it("names the numbers that will never come, and is not held up by them", async () => {
    const broker = await startBroker();
    const gaps: unknown[] = [];
    const folder = temporaryFolder();
    cleanups.push(folder.remove);
    const monitor = await startMonitor(broker.url, folder.file, {
      onGaps: (id, ranges) => void gaps.push([id, ...ranges]),
    });
    cleanups.push(() => monitor.stop());
    const { outbox } = device(broker.url);
    outbox.append();
    for (let i = 0; i < 3; i++) outbox.skip();
    outbox.append();
    await poll("an empty outbox", () => outbox.size === 0);
    outbox.append("low", {}, "incident");
    await poll("the gap to be named", () => gaps.length > 0);
    expect(gaps).toEqual([["box-1", [2, 4]]]);
    await poll("an empty outbox again", () => outbox.size === 0);
    expect(monitor.totals()).toMatchObject({ stored: 3, lost: 3, missing: 0 });
  });

  it("knows a device whose store opens only after its birth, and tells whose numbers it has then", async () => {
    const broker = await startBroker();
    const folder = temporaryFolder();
    const states: { status: string; ledger: string; boot: number; session: number }[] = [];
    const monitor = await startMonitor(broker.url, folder.file, {
      onState: ({ status, ledger, boot, session }) => void states.push({ status, ledger, boot, session }),
    });
    cleanups.push(folder.remove, () => monitor.stop());
    const outbox = new MemoryOutbox("");
    let boot = 0;
    const proxy = await MqttProxy.start(broker.port);
    cleanups.push(() => proxy.stop());
    const { uplink } = device(proxy.url, { outbox, boot: () => boot });
    await poll("the birth", () => states.length > 0);
    boot = 6;
    outbox.ledger = "found";
    outbox.append();
    await poll("an empty outbox", () => outbox.size === 0);
    const { session } = uplink.state();
    // The will of this connection was written when nothing was known.
    proxy.cut();
    await poll("the next birth", () => (states.at(-1)?.session ?? 0) > session);
    expect(states.map(({ status }) => status)).toEqual(["online", "lost", "online"]);
    expect(states.at(-1)).toMatchObject({ status: "online", ledger: "found", boot: 6 });
    expect(monitor.totals()).toMatchObject({ stored: 1, lost: 0, invalid: 0 });
  });

  it("takes a device whose store was made anew for a new line of numbers", async () => {
    const broker = await startBroker();
    const running = await receiver(broker.url);
    const first = device(broker.url, { outbox: new MemoryOutbox("first-life") });
    for (let i = 0; i < 50; i++) first.outbox.append("normal", { life: 1 });
    await poll("an empty outbox", () => first.outbox.size === 0);
    await first.uplink.stop(0);
    const second = device(broker.url, { outbox: new MemoryOutbox("second-life") });
    for (let i = 0; i < 20; i++) second.outbox.append("normal", { life: 2 });
    await poll("an empty second outbox", () => second.outbox.size === 0);
    expect(await running.monitor.count()).toBe(70);
  });
});

describe("uplink over aedes, which knows MQTT 3.1.1 only", () => {
  async function startAedes(): Promise<{ url: string; port: number }> {
    const aedes = await Aedes.createBroker();
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      aedes.handle(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    return { url: `mqtt://127.0.0.1:${port}`, port };
  }

  it("falls back at once and delivers everything", async () => {
    const { url } = await startAedes();
    const { arrived } = await receiver(url);
    const { outbox, uplink, counters, lines } = device(url);
    for (let i = 0; i < 300; i++) outbox.append();
    await poll("an empty outbox", () => outbox.size === 0);
    expect(ascending(arrived)).toEqual(upTo(300));
    expect(uplink.state()).toMatchObject({ protocol: 4, session: 2 });
    expect(counters.get("uplink.connections")).toBe(1);
    expect(lines.join("")).toContain('"protocol":4');
  });

  it("remembers the version for the next connection", async () => {
    const { port } = await startAedes();
    const proxy = await MqttProxy.start(port);
    cleanups.push(() => proxy.stop());
    const { uplink, counters } = device(proxy.url);
    await poll("a connection", () => uplink.state().isConnected);
    expect(proxy.connections).toBe(2);
    proxy.cut();
    await poll("a second connection", () => counters.get("uplink.connections") === 2);
    expect(uplink.state()).toMatchObject({ protocol: 4 });
    expect(proxy.connections).toBe(3);
  });

  it("stays away from a broker that does not speak the version that was set", async () => {
    const { url } = await startAedes();
    const { uplink } = device(url, { config: { protocol: 5 } });
    await poll("refusals", () => uplink.state().session > 2);
    expect(uplink.state()).toMatchObject({ isConnected: false });
    expect(uplink.state().reason).toMatch(/version/i);
  });
});
