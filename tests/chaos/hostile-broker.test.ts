/** A hostile broker: millions of packets that no broker sends, and the agent neither ends nor grows (10 minutes). */
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type Bundle, bundle } from "../support/bundle.js";
import { CHAOS_SEED, chaosSize, chaosTimeoutMs, noise, Progress, report } from "../support/chaos.js";
import { PATIENCE_MS, poll } from "../support/poll.js";
import {
  accept,
  behaveWell,
  publishPacket,
  RogueBroker,
  type RogueConnection,
} from "../support/rogue-broker.js";

const PACKETS = chaosSize(10_000_000, 40_000);
const DEVICES = 4;
/** Below what the agent lets a broker send per second, so that the packets are read and not the flood refused. */
const BURST_BYTES = 96 * 1024;
const BURST_PACKETS = 2_000;
/** Packet id of the publish behind a burst: its PUBACK proves that the burst was read. */
const BARRIER_ID = 60_000;
const BURST_PAUSE_MS = 100;

let child: Bundle;
beforeAll(async () => {
  child = await bundle(new URL("../support/hostile-device.ts", import.meta.url));
});
afterAll(() => child.remove());

const random = noise(CHAOS_SEED + 3);
const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random(256)));
const ackText = (upTo: number, more: object = {}): Buffer =>
  Buffer.from(JSON.stringify({ v: 1, ledger: "test-ledger", upTo, ...more }));

/** Packets a connection survives: strange, but each may come. */
const ENDURED: readonly ((version: number) => Buffer)[] = [
  () => Buffer.of(0x40, 2, random(256), random(256)),
  () => Buffer.of(0xd0, 0),
  (version) => publishPacket("sekisho/v1/box-1/down/ack", ackText(random(1e9), { ledger: "other" }), version),
  (version) => publishPacket("sekisho/v1/box-2/down/ack", bytes(random(60)), version),
  (version) =>
    publishPacket(`sekisho/v1/box-${1 + random(9)}/down/cmd/${random(99)}`, bytes(random(40)), version),
  (version) => publishPacket("a/b/c", Buffer.alloc(random(200)), version, 1, 1 + random(65_535)),
  (version) => publishPacket("sekisho/v1/box-3/down/ack", ackText(-1, { also: [[9, 1]] }), version, 1, 7),
];

/** Packets after which a client must leave: each is followed by nothing that counts. */
const FATAL: readonly ((version: number) => Buffer)[] = [
  // Topic alias nobody allowed, and one of zero.
  () => Buffer.concat([Buffer.of(0x30, 6, 0, 0, 3, 0x23, 0, random(3))]),
  (version) => publishPacket("x", bytes(10), version, 2, 5),
  () => Buffer.of(0x62, 2, 0, 1),
  () => Buffer.of(0x20, 3, 0, 0, 0),
  () => Buffer.of(0x10, 0),
  () => Buffer.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x7f),
  () => Buffer.concat([Buffer.of(0x30, 0xff, 0xff, 0x7f), Buffer.alloc(2000)]),
  () => Buffer.of(0xe0, 2, 0x8e, 0),
  () => Buffer.of(0xf0, 0),
  () => bytes(64),
  // A topic longer than its packet.
  () => Buffer.of(0x30, 4, 0xff, 0xff, 1, 2),
];

/** A function that waits for the next PUBACK of the barrier; false where the client has left instead. */
function watchBarrier(connection: RogueConnection): () => Promise<boolean> {
  const { onPacket } = connection;
  let passed = 0;
  let awaited = 0;
  connection.onPacket = (packet) => {
    onPacket?.(packet);
    // What the client sends is not kept: this process must not grow either.
    connection.packets.length = 0;
    if (packet.type === 4 && packet.body.readUInt16BE(0) === BARRIER_ID) passed++;
  };
  return async () => {
    awaited++;
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (passed < awaited && !connection.socket.destroyed && performance.now() < deadlineMs) await sleep(5);
    return passed >= awaited;
  };
}

it(
  `that sends ${PACKETS} packets ends nothing and fills nothing`,
  async () => {
    let sent = 0;
    let fatal = 0;
    const progress = new Progress("hostile-broker", PACKETS);
    const torment = async (connection: RogueConnection, version: number): Promise<void> => {
      if (random(50) === 0) {
        // Slow loris: a packet that is begun and never finished; or no CONNACK at all.
        if (random(2) === 0) accept(connection, version);
        connection.write(0x30, 100, 0);
        await sleep(300);
        connection.socket.destroy();
        return;
      }
      behaveWell(connection, version);
      const barrier = watchBarrier(connection);
      const bursts = random(30);
      for (let burst = 0; burst < bursts && sent < PACKETS && !connection.socket.destroyed; burst++) {
        const packets: Buffer[] = [];
        let length = 0;
        // Half of the bursts are of one sort, the others of all.
        const only = random(2) === 0 ? ENDURED[random(ENDURED.length)] : undefined;
        while (length < BURST_BYTES && packets.length < BURST_PACKETS) {
          const packet = (only ?? ENDURED[random(ENDURED.length)]!)(version);
          packets.push(packet);
          length += packet.length;
        }
        packets.push(publishPacket("x", Buffer.alloc(1), version, 1, BARRIER_ID));
        connection.write(...packets);
        if (!(await barrier())) break;
        sent += packets.length;
        progress.reach(sent);
        await sleep(BURST_PAUSE_MS);
      }
      if (connection.socket.destroyed) return;
      connection.write(FATAL[random(FATAL.length)]!(version));
      sent++;
      fatal++;
      await sleep(200);
      connection.socket.destroy();
    };
    const broker = await RogueBroker.start(torment);
    onTestFinished(() => broker.stop());
    const process_ = spawn(process.execPath, [child.path, broker.url, `${DEVICES}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void process_.kill("SIGKILL"));
    const rss: number[] = [];
    let last = { rssBytes: 0, waiting: 0, acknowledged: 0, refused: 0 };
    process_.stdout.setEncoding("utf8").on("data", (text: string) => {
      last = JSON.parse(text.trim().split("\n").at(-1)!) as typeof last;
      rss.push(last.rssBytes);
    });
    await poll("the packets to be sent", () => sent >= PACKETS || process_.exitCode !== null, 3 * 3_600_000);
    const before = rss.length;
    await poll("a last word", () => rss.length > before + 2);
    // The first fifth is warm-up: code is compiled, pools are filled.
    const settled = rss.slice(Math.ceil(rss.length / 5));
    const half = Math.ceil(settled.length / 2);
    const growthMiB = (Math.max(...settled.slice(half)) - Math.max(...settled.slice(0, half))) / (1 << 20);
    report(
      `hostile-broker: ${sent} packets read over ${broker.connections} connections, ${fatal} of them fatal, ` +
        `${last.refused} refused by the agent, 0 exits, RSS at most ${(Math.max(...rss) / (1 << 20)).toFixed(0)} MiB, ` +
        `second half against first ${growthMiB.toFixed(1)} MiB`,
    );
    expect(process_.exitCode).toBeNull();
    expect(last).toMatchObject({ waiting: DEVICES * 20, acknowledged: 0 });
    expect(growthMiB).toBeLessThan(20);
  },
  chaosTimeoutMs(),
);
