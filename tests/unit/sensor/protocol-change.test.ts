import { expect, test } from "vitest";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";
import { CLIENT_HELLO_TLS12 } from "./proto/tls/golden.js";

const TLS_RULE = "alert tls any any -> any any (tls.random; bsize:32; sid:1;)";

test("TLS is read after STARTTLS in SMTP", () => {
  const { sensor, sids } = sensorWith([TLS_RULE]);
  new TcpConversation(sensor, { serverPort: 25 })
    .server("220 mail ESMTP\r\n")
    .client("EHLO pc\r\n")
    .server("250 STARTTLS\r\n")
    .client("STARTTLS\r\n")
    .server("220 go ahead\r\n")
    .client(CLIENT_HELLO_TLS12);
  expect(sids).toEqual([1]);
});

test("TLS is read after CONNECT through an HTTP proxy, but not after a CONNECT that was refused", () => {
  const { sensor, sids } = sensorWith([TLS_RULE]);
  const connect = "CONNECT example.jp:443 HTTP/1.1\r\nHost: example.jp:443\r\n\r\n";
  new TcpConversation(sensor, { serverPort: 8080 })
    .client(connect)
    .server("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    .client(CLIENT_HELLO_TLS12);
  expect(sids).toEqual([]);
  new TcpConversation(sensor, { serverPort: 8080, clientPort: 40_001 })
    .client(connect)
    .server("HTTP/1.1 200 Connection established\r\n\r\n")
    .client(CLIENT_HELLO_TLS12);
  expect(sids).toEqual([1]);
});

test("a data connection of FTP is known by what its control connection said", () => {
  const { sensor, sids } = sensorWith([
    'alert ftp-data any any -> any any (flow:to_client; file.data; content:"root:"; filename:"passwd"; sid:2;)',
    "alert ftp-data any any -> any any (flow:to_server; ftpdata_command:stor; sid:3;)",
  ]);
  new TcpConversation(sensor, { serverPort: 21 })
    .server("220 (vsFTPd 3.0.3)\r\n")
    .client("PASV\r\n")
    .server("227 Entering Passive Mode (203,0,113,5,19,137).\r\n")
    .client("RETR /etc/passwd\r\n");
  new TcpConversation(sensor, { serverPort: 5001, clientPort: 40_001 }).server(
    "root:x:0:0:root:/root:/bin/sh\n",
  );
  new TcpConversation(sensor, { serverPort: 5001, clientPort: 40_002 }).server(
    "root:x:0:0:root:/root:/bin/sh\n",
  );
  sensor.finish();
  expect(sids).toEqual([2]);
});

test("a client that opens with no command of SMTP is nobody's, whatever the server says, as in Suricata", () => {
  const { sensor, sids } = sensorWith([
    'alert smtp any any -> any any (smtp.mail_from; content:"@x"; sid:4;)',
  ]);
  const session = new TcpConversation(sensor, { serverPort: 25 });
  session.server("220 mail ESMTP\r\n").client("NOOP\r\n").server("250 ok\r\n");
  session.client("MAIL FROM:<a@x>\r\n").server("250 ok\r\n").client("DATA\r\n");
  expect(sids).toEqual([]);
});

test("HTTP/2 is read behind an upgrade, with the request of HTTP/1.1 as its first stream", () => {
  const { sensor, sids } = sensorWith([
    'alert http2 any any -> any any (http.uri; content:"/start"; sid:1;)',
    'alert http2 any any -> any any (http.stat_code; content:"204"; sid:2;)',
    'alert http2 any any -> any any (content:"/start"; sid:3;)',
    'alert http1 any any -> any any (http.uri; content:"/start"; sid:4;)',
  ]);
  const settings = Uint8Array.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  // :status: 204 stands in the static table.
  const answer = Uint8Array.from([0, 0, 1, 1, 5, 0, 0, 0, 1, 0x89]);
  new TcpConversation(sensor, { serverPort: 8080 })
    .client("GET /start HTTP/1.1\r\nHost: a.jp\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    .server("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    .client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    .client(settings)
    .server(settings)
    .server(answer);
  expect(sids.sort()).toEqual([1, 2, 4]);
});

test("payload rules do not look at what is encrypted in both directions", () => {
  const { sensor, sids } = sensorWith(['alert tcp any any -> any any (content:"secret"; sid:1;)']);
  const changeCipherSpec = Uint8Array.from([20, 3, 3, 0, 1, 1]);
  const data = Uint8Array.from([23, 3, 3, 0, 6, ...Buffer.from("secret")]);
  new TcpConversation(sensor, { serverPort: 443 })
    .client(CLIENT_HELLO_TLS12)
    .client(changeCipherSpec)
    .server(Uint8Array.from([22, 3, 3, 0, 4, 14, 0, 0, 0]))
    .server(changeCipherSpec)
    .client(data)
    .server(data);
  expect(sids).toEqual([]);
  new TcpConversation(sensor, { serverPort: 443, clientPort: 40_001 }).client("plain secret");
  sensor.finish();
  expect(sids).toEqual([1]);
});

test("a line of a request that is too long ends HTTP: the answer is not read", () => {
  const { sensor, sids } = sensorWith([
    "alert http any any -> any any (app-layer-event:http.request_field_too_long; sid:1;)",
    'alert http any any -> any any (http.stat_code; content:"400"; sid:2;)',
  ]);
  new TcpConversation(sensor, { serverPort: 80 })
    .client(`GET / HTTP/1.1\r\nHost: a.jp\r\nX: ${"x".repeat(1000)}`)
    .client("y".repeat(9000))
    .client("z".repeat(9000))
    .server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  expect(sids).toEqual([1, 1]);
});
