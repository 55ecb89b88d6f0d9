/** Data before a connection stands: on a SYN (TCP Fast Open), or with the segment that ends it at once. */
import { expect, test } from "vitest";
import { segmentWire } from "../../support/segment-wire.js";
import { sensorWith } from "../../support/sensor-with.js";
import { clientHello, handshake, record, serverHello, serverName } from "../../support/tls-records.js";

const SYN = 0x02;
const SYN_ACK = 0x12;
const ACK = 0x10;
const FIN_ACK = 0x19;
const FAST_OPEN = Uint8Array.of(34, 6, 1, 2, 3, 4);
const GET = "GET /first HTTP/1.1\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

test("what a SYN has carried is judged as part of an established connection", () => {
  const { sensor, sids } = sensorWith([
    'alert http any any -> any any (flow:established,to_server; http.uri; content:"/first"; sid:1;)',
    'alert http any any -> any any (flow:not_established,to_server; http.uri; content:"/first"; sid:2;)',
  ]);
  const { client, server } = segmentWire(sensor);
  client(SYN, { sequence: 1000, options: FAST_OPEN }, GET);
  server(SYN_ACK, { sequence: 5000, acknowledgement: 1001 + GET.length });
  client(ACK, { sequence: 1001 + GET.length, acknowledgement: 5001 });
  expect(sids).toEqual([1]);
});

test("so is a request that comes with the client's ACK and its FIN", () => {
  const { sensor, sids } = sensorWith([
    'alert http any any -> any any (flow:established,to_server; http.uri; content:"/first"; sid:1;)',
  ]);
  const { client, server } = segmentWire(sensor);
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
  const { client, server } = segmentWire(sensor);
  client(SYN, { sequence: 1000, options: FAST_OPEN }, hello);
  server(SYN_ACK, { sequence: 5000, acknowledgement: 1001 });
  client(ACK, { sequence: 1001 + hello.length, acknowledgement: 5001 });
  server(ACK, { sequence: 5001, acknowledgement: 1001 + hello.length }, answer);
  expect(sids).toEqual([1]);
});
