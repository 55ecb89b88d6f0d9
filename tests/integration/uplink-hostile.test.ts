import { afterEach, describe, expect, it } from "vitest";
import { CHAOS_SEED } from "../support/chaos.js";
import { poll } from "../support/poll.js";
import {
  accept,
  type Behaviour,
  behaveWell,
  publishPacket,
  RogueBroker,
  type RogueConnection,
} from "../support/rogue-broker.js";
import { startDevice, type TestDevice } from "../support/uplink-bench.js";

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function rogue(behaviour: Behaviour): Promise<RogueBroker> {
  const broker = await RogueBroker.start(behaviour);
  cleanups.push(() => broker.stop());
  return broker;
}

function device(...parameters: Parameters<typeof startDevice>): TestDevice {
  const started = startDevice(...parameters);
  cleanups.push(() => started.uplink.stop(0));
  return started;
}

const ACK_TOPIC = "sekisho/v1/box-1/down/ack";
const ackText = (fields: object): Buffer =>
  Buffer.from(JSON.stringify({ v: 1, ledger: "test-ledger", ...fields }));

/** Do something as soon as the client has subscribed, on top of behaving well. */
function afterSubscribe(act: (connection: RogueConnection, version: number) => void): Behaviour {
  return (connection, version) => {
    behaveWell(connection, version);
    const onPacket = connection.onPacket;
    connection.onPacket = (packet) => {
      onPacket?.(packet);
      if (packet.type === 8) act(connection, version);
    };
  };
}

/** What brokers do wrong, and what the agent says about it. */
const MISDEEDS: readonly [what: string, behaviour: Behaviour, reason: RegExp][] = [
  [
    "answers with something else than MQTT",
    ({ write }) => write(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")),
    /unexpected packet type 4/,
  ],
  [
    "answers with a PUBLISH in place of a CONNACK",
    ({ write }) => write(publishPacket("x", Buffer.alloc(1), 5)),
    /unexpected packet type 3/,
  ],
  [
    "refuses the password",
    ({ write }, version) => write(0x20, 3, 0, version === 5 ? 0x86 : 4, 0),
    /Bad User Name or Password|Bad username/i,
  ],
  ["claims a CONNACK of 200 MB", ({ write }) => write(0x20, 0x80, 0x80, 0x80, 0x60), /packet of \d+ bytes/],
  ["sends a CONNACK that cannot be read", ({ write }) => write(0x20, 3, 0xff, 0, 0), /connack flags/i],
  [
    "sends CONNACK twice",
    (c, version) => {
      accept(c, version);
      accept(c, version);
    },
    /unexpected packet type 2/,
  ],
  [
    "closes as soon as it has accepted",
    (c, version) => {
      accept(c, version);
      c.socket.end();
    },
    /closed by the broker/,
  ],
  [
    "denies the subscription",
    (c, version) => {
      accept(c, version);
      c.onPacket = ({ type, body }) => {
        if (type === 8)
          c.write(0x90, version === 5 ? 4 : 3, body.subarray(0, 2), ...(version === 5 ? [0] : []), 0x80);
      };
    },
    /subscri|Unspecified/i,
  ],
  [
    "claims a message of 100 MB",
    afterSubscribe(({ write }) => write(0x30, 0x80, 0xc2, 0xd7, 0x2f)),
    /packet of 100000000 bytes/,
  ],
  [
    "floods with QoS 2",
    afterSubscribe((c, version) => {
      for (let id = 1; id < 500; id++) c.write(publishPacket(ACK_TOPIC, Buffer.alloc(60), version, 2, id));
    }),
    /PUBLISH above QoS 1/,
  ],
  [
    "uses a topic alias nobody asked for",
    afterSubscribe((c) => {
      // Topic "x", property 0x23 (Topic Alias) 7.
      c.write(0x30, 8, 0, 1, 0x78, 3, 0x23, 0, 7, 0x30);
    }),
    /Topic Alias/,
  ],
  [
    "sends a SUBSCRIBE as if it were the client",
    afterSubscribe(({ write }) => write(0x82, 2, 0, 1)),
    /unexpected packet type 8/,
  ],
  [
    "floods with valid messages",
    afterSubscribe((c, version) => {
      const packet = publishPacket(ACK_TOPIC, ackText({ upTo: 0, pad: "x".repeat(50_000) }), version);
      for (let i = 0; i < 200; i++) c.write(packet);
    }),
    /too many bytes/,
  ],
  ["disconnects with a reason", afterSubscribe(({ write }) => write(0xe0, 2, 0x8b, 0)), /reason code 139/],
];

describe("a hostile or broken broker", () => {
  it.each(MISDEEDS)(
    "that %s is left, and the agent lives and loses nothing",
    async (_what, behaviour, reason) => {
      const broker = await rogue(behaviour);
      const { outbox, uplink, lines } = device(broker.url, { config: { protocol: 5 } });
      for (let i = 0; i < 20; i++) outbox.append();
      await poll("two attempts", () => broker.connections >= 2);
      expect(outbox.size).toBe(20);
      expect(lines.join("")).toMatch(reason);
      expect(lines.filter((line) => line.includes("uplink is down")).length).toBeLessThan(4);
      // When it comes to reason, everything is there.
      broker.behaviour = (connection, version) => {
        afterSubscribe((c, v) => c.write(publishPacket(ACK_TOPIC, ackText({ upTo: 0 }), v)))(
          connection,
          version,
        );
        const onPacket = connection.onPacket;
        connection.onPacket = (packet) => {
          onPacket?.(packet);
          connection.write(publishPacket(ACK_TOPIC, ackText({ upTo: 20 }), version));
        };
      };
      await poll("an empty outbox", () => outbox.size === 0);
      expect(uplink.state().isConnected).toBe(true);
    },
  );

  it("that never answers is given up after the time-out", async () => {
    const broker = await rogue(() => undefined);
    device(broker.url, { limits: { connectTimeoutMs: 100 } });
    await poll("three attempts", () => broker.connections >= 3);
    // Silence says nothing about the version.
    expect(new Set(broker.versions)).toEqual(new Set([5]));
  });

  it("that closes on a version 5 CONNECT gets 3.1.1 after the second time", async () => {
    const broker = await rogue((connection, version) => {
      if (version === 5) connection.socket.destroy();
      else behaveWell(connection, version);
    });
    const { uplink } = device(broker.url);
    await poll("a connection", () => uplink.state().isConnected);
    expect(broker.versions).toEqual([5, 5, 4]);
  });

  it("that never sends PUBACK is left after a while", async () => {
    const broker = await rogue((connection, version) => {
      behaveWell(connection, version);
      const onPacket = connection.onPacket;
      connection.onPacket = (packet) => {
        if (packet.type !== 3) onPacket?.(packet);
      };
    });
    const { outbox, lines } = device(broker.url, { limits: { pubackTimeoutMs: 100 } });
    outbox.append();
    await poll("a second attempt", () => broker.connections >= 2);
    expect(lines.join("")).toContain("no PUBACK in time");
    expect(outbox.size).toBe(1);
  });

  it("that acknowledges packet ids nobody used changes nothing", async () => {
    const broker = await rogue(
      afterSubscribe((connection) => {
        for (let id = 1; id < 2_000; id++) connection.write(0x40, 2, id >> 8, id & 255);
      }),
    );
    const { outbox, uplink } = device(broker.url, { config: { acknowledgement: "monitor" } });
    for (let i = 0; i < 20; i++) outbox.append();
    await poll("a connection", () => uplink.state().unacknowledged > 0);
    expect(outbox.size).toBe(20);
  });

  it("cannot delete by acknowledgements that are wrong, of another ledger, too large, or on another topic", async () => {
    const other = Buffer.from(JSON.stringify({ v: 1, ledger: "other", upTo: 1e15 }));
    const hostile = [
      publishPacket(ACK_TOPIC, other, 5),
      publishPacket(ACK_TOPIC, Buffer.from("{"), 5),
      publishPacket(ACK_TOPIC, Buffer.alloc(0), 5),
      publishPacket(ACK_TOPIC, Buffer.from([0xff, 0xff]), 5),
      publishPacket(ACK_TOPIC, ackText({ upTo: 1e300 }), 5),
      publishPacket(ACK_TOPIC, ackText({ upTo: 20, pad: "x".repeat(65_536) }), 5),
      publishPacket("sekisho/v1/box-1/down/cmd/stop", ackText({ upTo: 20 }), 5),
      publishPacket("sekisho/v1/box-2/down/ack", ackText({ upTo: 20 }), 5),
      publishPacket("", ackText({ upTo: 20 }), 5),
    ];
    const broker = await rogue(
      afterSubscribe((connection) => {
        for (const packet of hostile) connection.write(packet);
      }),
    );
    const { outbox, uplink, counters } = device(broker.url);
    for (let i = 0; i < 20; i++) outbox.append();
    await poll("the messages to be read", () => counters.get("uplink.down_refused") >= 8);
    expect(counters.get("uplink.acks_of_other_ledger")).toBe(1);
    expect(outbox.size).toBe(20);
    expect(uplink.state().isConnected).toBe(true);
  });

  it("that sends random bytes over hundreds of connections is survived", async () => {
    const seed = CHAOS_SEED;
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % below;
    };
    const noise = (): Buffer => Buffer.from(Array.from({ length: 1 + random(200) }, () => random(256)));
    /** A valid packet with a few bytes turned. */
    const mutant = (version: number): Buffer => {
      const packets = [
        publishPacket(ACK_TOPIC, ackText({ upTo: random(30) }), version, random(2), 1 + random(9)),
        Buffer.of(0x40, 2, 0, 1 + random(9)),
        Buffer.of(0x90, 4, 0, 1, 0, random(256)),
        Buffer.of(0xd0, 0),
        Buffer.of(0xe0, 2, random(256), 0),
      ];
      const packet = packets[random(packets.length)]!;
      for (let i = random(3); i > 0; i--) packet[random(packet.length)] = random(256);
      return packet;
    };
    const broker = await rogue((connection, version) => {
      if (random(4) === 0) connection.write(noise());
      else {
        behaveWell(connection, version);
        for (let i = random(20); i > 0; i--) connection.write(random(4) === 0 ? noise() : mutant(version));
      }
      setTimeout(() => connection.socket.destroy(), 15);
    });
    const devices = Array.from({ length: 8 }, () =>
      device(broker.url, { limits: { backoffFirstMs: 1, backoffLongestMs: 1, connectTimeoutMs: 200 } }),
    );
    for (const { outbox } of devices) for (let i = 0; i < 20; i++) outbox.append();
    await poll(`300 connections (seed ${seed})`, () => broker.connections >= 300, 120_000);
    for (const { outbox } of devices)
      expect(outbox.size + outbox.acknowledged.length, `seed ${seed}`).toBe(20);
  });
});
