/** Data before a connection stands: on a SYN (TCP Fast Open), or with the segment that ends it at once. */
import { expect, test } from "vitest";
import type { Sensor } from "../../../agent/sensor/sensor.js";
import { LINKTYPE_ETHERNET } from "../../../agent/sensor/wire/link-type.js";
import { ethernet, ipv4, type Payload, tcp } from "../../support/frames.js";
import { TEST_START_US } from "../../support/segments.js";
import { sensorWith } from "../../support/sensor-with.js";
import { clientHello, handshake, record, serverHello, serverName } from "../../support/tls-records.js";

const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const FIN_ACK = 0x19;
const FAST_OPEN = Uint8Array.of(34, 6, 1, 2, 3, 4);
const GET = "GET /first HTTP/1.1\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

interface Numbers {
  readonly sequence: number;
  readonly acknowledgement?: number;
  readonly options?: Uint8Array;
}

/** Segments of a client (numbers from 1,000 on) and a server (from 5,000 on). */
function wire(sensor: Sensor) {
  let timeUs = TEST_START_US;
  const send = (isClient: boolean, flags: number, numbers: Numbers, payload: Payload) => {
    const [client, server] = ["192.168.10.20", "203.0.113.5"];
    const addresses = isClient
      ? { source: client, destination: server }
      : { source: server, destination: client };
    const ports = isClient
      ? { sourcePort: 40_000, destinationPort: 443 }
      : { sourcePort: 443, destinationPort: 40_000 };
    const frame = ethernet(ipv4(addresses, tcp({ ...ports, ...numbers, flags }, payload)));
    timeUs += 1000;
    sensor.frame(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET, timeUs);
  };
  return {
    client: (flags: number, numbers: Numbers, payload: Payload = "") => send(true, flags, numbers, payload),
    server: (flags: number, numbers: Numbers, payload: Payload = "") => send(false, flags, numbers, payload),
  };
}

test("what a SYN has carried is judged as part of an established connection", () => {
  const { sensor, sids } = sensorWith([
    'alert http any any -> any any (flow:established,to_server; http.uri; content:"/first"; sid:1;)',
    'alert http any any -> any any (flow:not_established,to_server; http.uri; content:"/first"; sid:2;)',
  ]);
  const { client, server } = wire(sensor);
  client(SYN, { sequence: 1000, options: FAST_OPEN }, GET);
  server(SYN_ACK, { sequence: 5000, acknowledgement: 1001 + GET.length });
  client(ACK, { sequence: 1001 + GET.length, acknowledgement: 5001 });
  expect(sids).toEqual([1]);
});

test("so is a request that comes with the client's ACK and its FIN", () => {
  const { sensor, sids } = sensorWith([
    'alert http any any -> any any (flow:established,to_server; http.uri; content:"/first"; sid:1;)',
  ]);
  const { client, server } = wire(sensor);
  client(SYN, { sequence: 1000 });
  server(SYN_ACK, { sequence: 5000, acknowledgement: 1001 });
  client(FIN_ACK, { sequence: 1001, acknowledgement: 5001 }, GET);
  server(FIN_ACK, { sequence: 5001, acknowledgement: 1002 + GET.length }, OK);
  expect(sids).toEqual([1]);
});

test("what a segment acknowledges shows the protocol before what it brings", () => {
  const { sensor, sids } = sensorWith([
    'alert tls any any -> any any (flow:established,to_server; tls.sni; content:"a.example"; sid:1;)',
  ]);
  const hello = record(22, handshake(1, clientHello(serverName("a.example"))));
  const answer = record(22, handshake(2, serverHello()));
  const { client, server } = wire(sensor);
  client(SYN, { sequence: 1000, options: FAST_OPEN }, hello);
  server(SYN_ACK, { sequence: 5000, acknowledgement: 1001 });
  client(ACK, { sequence: 1001 + hello.length, acknowledgement: 5001 });
  server(ACK, { sequence: 5001, acknowledgement: 1001 + hello.length }, answer);
  expect(sids).toEqual([1]);
});
