import { expect, test } from "vitest";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";
import {
  certificate,
  certificates,
  clientHello,
  concat,
  handshake,
  record,
  serverHello,
} from "../../support/tls-records.js";

const hello = record(22, handshake(1, clientHello()));
const answer = record(22, handshake(2, serverHello()));
const chain = record(22, handshake(11, certificates(certificate())));
const keyExchange = record(22, handshake(16, Buffer.alloc(32)));
const changeCipher = record(20, Buffer.from([1]));
const finished = record(22, Buffer.alloc(40, 0xd7));
const data = record(23, Buffer.alloc(50));

const RULES = [
  "alert tls any any -> any any (tls.cert_chain_len:0; sid:1;)",
  "alert tls any any -> any any (tls.cert_chain_len:>0; sid:2;)",
  "alert tls any any -> any any (tls.version:1.2; sid:3;)",
  "alert tls any any -> any any (ssl_version:sslv2; flow:to_client; sid:4;)",
];

function told(talk: (flow: TcpConversation) => unknown): number[] {
  const { sensor, sids } = sensorWith(RULES);
  talk(new TcpConversation(sensor, { serverPort: 443 }));
  sensor.finish();
  return sids.sort((a, b) => a - b);
}

test("a rule on TLS holds once in each direction of a flow, however often the handshake says the same", () => {
  const talk = (flow: TcpConversation) =>
    flow.client(hello).server(answer).server(chain).client(keyExchange).client(data).server(data);
  expect(told(talk)).toEqual([2, 3, 3]);
});

test("a flow whose server shows no certificate has a chain of none, told when it is encrypted or at its end", () => {
  const resumed = (flow: TcpConversation) =>
    flow
      .client(hello)
      .server(concat(answer, changeCipher, finished))
      .client(concat(changeCipher, finished, data));
  expect(told(resumed)).toEqual([1, 3, 3]);
  expect(told((flow) => flow.client(hello).server(answer))).toEqual([1, 3, 3]);
  expect(told((flow) => flow.client(hello))[0]).toBe(1);
  expect(
    told((flow) =>
      flow
        .client(hello)
        .server(concat(answer, record(22, handshake(11, certificates()))))
        .server(data),
    )[0],
  ).toBe(1);
});

test("a server that answers with something of SSLv2 has that version", () => {
  const odd = Buffer.from("U\x04\x03a\x08go-phish", "latin1");
  expect(told((flow) => flow.client(hello).server(odd))).toContain(4);
});

test("a rule may ask for a certificate and for what the hello before it said, as a text too", () => {
  const { sensor, sids } = sensorWith([
    'alert tls any any -> any any (tls.cert_chain_len:>0; ja3s.string; content:","; sid:1;)',
    'alert tls any any -> any any (tls.cert_chain_len:>0; ja3s.hash; content:"00000000000000000000000000000000"; sid:2;)',
    'alert tls any any -> any any (ja3s.string; content:","; sid:3;)',
  ]);
  new TcpConversation(sensor, { serverPort: 443 }).client(hello).server(answer).server(chain);
  sensor.finish();
  expect(sids.toSorted()).toEqual([1, 3]);
});
