/** Segments that the sensor did not get: what it still reads behind them, and what it counts. */
import { describe, expect, it } from "vitest";
import { DEFAULT_FLOW_LIMITS, type FlowLimits } from "../../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import { imageOf } from "../../support/rules.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

const RULES = [
  'alert http any any -> any any (http.uri; content:"/second"; sid:1;)',
  'alert http any any -> any any (http.response_body; content:"before"; sid:2;)',
  'alert http any any -> any any (http.response_body; content:"after"; sid:3;)',
  'alert http any any -> any any (flow:to_client; http.stat_code; content:"404"; sid:4;)',
  'alert http any any -> any any (http.request_body; content:"upload"; sid:5;)',
];
const GET = "GET /first HTTP/1.1\r\nHost: a.example\r\n\r\n";
const SECOND = "GET /second HTTP/1.1\r\nHost: a.example\r\n\r\n";
const NOT_FOUND = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

function listen(limits: Partial<FlowLimits> = {}): {
  readonly sensor: Sensor;
  readonly sids: number[];
  readonly talk: TcpConversation;
} {
  const sids: number[] = [];
  const sensor = new Sensor({
    image: imageOf(...RULES),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 16, streamMemoryBytes: 1024 * 1024, ...limits },
    makeParsers: registeredParsers,
    onDetection: ({ signatureId }) => sids.push(signatureId),
    wallMs: () => 0,
  });
  return { sensor, sids, talk: new TcpConversation(sensor, { serverPort: 80 }) };
}

const head = (length: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;

describe("a segment that was lost within an HTTP body of known length", () => {
  it("does not hide the rest of the body, nor the messages behind it", () => {
    const { sensor, sids, talk } = listen();
    talk
      .client(GET)
      .server(`${head(1000)}before`)
      .lostServer("x".repeat(500));
    talk
      .server(`after${"y".repeat(489)}`)
      .client(SECOND)
      .server(NOT_FOUND);
    sensor.finish();
    expect(sids.sort()).toEqual([1, 2, 3, 4]);
    expect(sensor.counters()).toMatchObject({
      "proto.gaps_passed": 1,
      "stream.gaps": 1,
      "stream.gap_bytes": 500,
      "proto.body_buffers_used": 0,
    });
  });

  it("may reach to the very end of the body", () => {
    const { sids, talk } = listen();
    talk
      .client(GET)
      .server(`${head(506)}before`)
      .lostServer("x".repeat(500));
    talk.client(SECOND).server(NOT_FOUND);
    expect(sids.sort()).toEqual([1, 2, 4]);
  });

  it("is passed in requests too", () => {
    const { sids, talk } = listen();
    talk.client("POST /first HTTP/1.1\r\nHost: a.example\r\nContent-Length: 106\r\n\r\n");
    talk.lostClient("x".repeat(100)).client(`upload${SECOND}`);
    talk.server(NOT_FOUND).server(NOT_FOUND);
    expect(sids.sort()).toEqual([1, 4, 4, 5]);
  });

  it("ends the message where it reaches beyond the body, and what follows is read as the next one", () => {
    const { sids, talk } = listen();
    talk
      .client(GET)
      .server(`${head(506)}before`)
      .lostServer(`${"x".repeat(500)}HTTP/1.1 200 O`);
    talk.server(`K\r\nContent-Length: 0\r\n\r\n${NOT_FOUND}`).client(SECOND);
    expect(sids.sort()).toEqual([1, 2, 4]);
  });
});

describe("a segment that was lost elsewhere", () => {
  it("between two messages hides only what stood in it, in requests and in responses", () => {
    const { sids, talk } = listen();
    talk
      .client(GET)
      .server(`${head(6)}before`)
      .lostClient(GET);
    talk
      .server(`${head(5)}after`)
      .client(SECOND)
      .server(NOT_FOUND);
    expect(sids.sort()).toEqual([1, 2, 3, 4]);
    const { sids: others, talk: other } = listen();
    other.client(GET).lostServer(`${head(6)}before`);
    other.client(SECOND).server(NOT_FOUND);
    expect(others.sort()).toEqual([1, 4]);
  });

  it("leaves a body that goes on to the end of the connection as it is", () => {
    const { sensor, sids, talk } = listen();
    talk.client(GET).server("HTTP/1.1 200 OK\r\n\r\nbefore").lostServer("x".repeat(5000)).server("after");
    sensor.finish();
    expect(sids.sort()).toEqual([2, 3]);
  });

  it("within a head is not noticed: the line goes on with what follows", () => {
    const { sids, talk } = listen();
    talk.client(GET).server("HTTP/1.1 404 No").lostServer("t Fou").server("nd\r\nContent-Length: 0\r\n\r\n");
    talk.client("GET /sec").lostClient("?????").client("ond HTTP/1.1\r\nHost: a.example\r\n\r\n");
    talk.server(`${head(5)}after`);
    expect(sids.sort()).toEqual([1, 3, 4]);
  });

  it("within a chunk is not noticed either: the chunk goes on for as long as it said", () => {
    const { sids, talk } = listen();
    talk.client(GET).server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nbefore");
    talk.lostServer("xxxxx").server(`after\r\n0\r\n\r\n${NOT_FOUND}`).client(SECOND);
    expect(sids.sort()).toEqual([1, 2, 3, 4]);
  });

  it("within a line that has lost its memory meanwhile leaves a line that begins behind it", () => {
    const { sensor, sids, talk } = listen({ maxFlows: 64, streamMemoryBytes: 0 });
    talk.client("GET /fir");
    for (let clientPort = 50_000; clientPort < 50_040; clientPort++)
      new TcpConversation(sensor, { serverPort: 80, clientPort }).client("GET /");
    expect(sensor.counters()["stream.lost_heads"]).toBeGreaterThan(0);
    talk.client(SECOND);
    expect(sids).toEqual([1]);
  });
});
