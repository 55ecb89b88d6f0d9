import { describe, expect, test } from "vitest";
import { HIGHEST_LEVEL, LoadShedder } from "../../../agent/sensor/load-shedder.js";
import { Protocol } from "../../../agent/sensor/proto/protocols.js";
import type { PacketView } from "../../../agent/sensor/wire/packet-view.js";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

test("gives up more and more while packets are late, one level at a time", () => {
  const load = new LoadShedder();
  const levels = [0, 100, 200, 300, 400, 500, 600].map((nowMs) => {
    load.observe(nowMs, 300, 0);
    return load.level;
  });
  expect(levels).toEqual([1, 1, 2, 2, 3, 3, 3]);
  expect(load.raised).toBe(HIGHEST_LEVEL);
});

test("a drop in the kernel is pressure as well, an old count of drops is none", () => {
  const load = new LoadShedder();
  load.observe(0, 0, 7);
  expect(load.level).toBe(1);
  load.observe(1000, 0, 7);
  expect(load.level).toBe(1);
});

test("a source that gathers packets for a second is not late before that second is over", () => {
  const load = new LoadShedder(1000);
  load.observe(0, 1200, 0);
  expect(load.level).toBe(0);
  load.observe(1000, 1300, 0);
  expect(load.level).toBe(1);
  load.observe(2000, 900, 0);
  load.observe(7000, 900, 0);
  expect(load.level).toBe(0);
});

test("takes everything up again, level by level, after calm seconds; a little lag is neither pressure nor calm", () => {
  const load = new LoadShedder();
  load.observe(0, 1000, 0);
  load.observe(200, 1000, 0);
  load.observe(1000, 10, 0);
  load.observe(3000, 100, 0);
  load.observe(5900, 10, 0);
  expect(load.level).toBe(2);
  load.observe(6100, 10, 0);
  expect(load.level).toBe(1);
  load.observe(11_000, 10, 0);
  expect(load.level).toBe(1);
  load.observe(11_200, 10, 0);
  expect(load.level).toBe(0);
});

test("bulk goes first, the first packets and octets of a flow are never given up, and names never", () => {
  const load = new LoadShedder();
  const packet = { payloadLength: 100 } as PacketView;
  const limits: number[][] = [];
  for (let level = 0; level <= HIGHEST_LEVEL; level++) {
    load.level = level;
    const shed = (protocol: number): number[] => [
      [512, 1025, 8193, 65_537].filter((seen) => load.shedsStream(protocol, seen)).length,
      [1, 5, 17, 65].filter((seen) => load.shedsDatagram(protocol, seen, packet)).length,
    ];
    limits.push(shed(Protocol.HTTP1));
    expect(shed(Protocol.DNS)).toEqual([0, 0]);
  }
  expect(limits).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(load.counters()).toMatchObject({
    "load.flows_given_up_bulk": 1,
    "load.flows_given_up_payload": 2,
    "load.flows_given_up_all_but_first": 3,
    "load.payload_bytes_given_up": 600,
  });
});

describe("a sensor under load", () => {
  const rules = [
    'alert tcp any any -> any any (content:"SECRET"; sid:1;)',
    'alert http any any -> any any (http.uri; content:"/evil"; sid:2;)',
    'alert dns any any -> any any (dns.query; content:"evil"; sid:3;)',
    "alert tcp any any -> any 4444 (stream_size:client,>,90000; threshold:type limit,track by_src,count 1,seconds 600; sid:4;)",
  ];

  function play(load: LoadShedder): number[] {
    const { sensor, sids } = sensorWith(rules, { load });
    const bulk = new TcpConversation(sensor, { serverPort: 4444 });
    for (let i = 0; i < 100; i++) bulk.client("x".repeat(1000));
    bulk.client("SECRET").server("SECRET");
    new TcpConversation(sensor, { serverPort: 80 }).client("GET /evil HTTP/1.1\r\nHost: a\r\n\r\n");
    sensor.finish();
    return sids;
  }

  test("looks into everything while there is no pressure", () => {
    expect(play(new LoadShedder()).sort()).toEqual([1, 1, 2, 4]);
  });

  test("gives up the rest of long connections, and still sees first requests, and judges headers to the end", () => {
    const load = new LoadShedder();
    load.observe(0, 1000, 0);
    expect(play(load).sort()).toEqual([2, 4]);
    const counters = load.counters();
    expect(counters["load.flows_given_up_bulk"]).toBe(1);
    expect(counters["load.payload_bytes_given_up"]).toBeGreaterThan(30_000);
  });
});
