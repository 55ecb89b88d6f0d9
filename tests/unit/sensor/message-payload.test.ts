import { expect, test } from "vitest";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import { imageOf } from "../../support/rules.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

/** Sids that alert on a conversation with a server on port 80. */
function alerts(rule: string, talk: (conversation: TcpConversation) => void): number[] {
  const sids: number[] = [];
  const sensor = new Sensor({
    image: imageOf(rule),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1024 * 1024 },
    makeParsers: registeredParsers,
    onDetection: ({ signatureId }) => sids.push(signatureId),
    wallMs: () => 0,
  });
  talk(new TcpConversation(sensor, { serverPort: 80 }));
  sensor.finish();
  return sids;
}

const RULE = 'alert http any any -> any any (flow:to_server; content:"../"; http.uri; content:"/a"; sid:1;)';
const HEAD = "/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n";
const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

test("a content of the payload beside one of a message is looked for in the packet of that message", () => {
  expect(alerts(RULE, (talk) => talk.client(`POST ${HEAD}../`))).toEqual([1]);
  expect(alerts(RULE, (talk) => talk.client(`POST ${HEAD}abc`).server(`${ANSWER}../`))).toEqual([]);
});

test("and in the stream, where a later packet or the other side's answer completes the message", () => {
  // An unknown method: the answer tells that this is HTTP.
  expect(alerts(RULE, (talk) => talk.client(`abcPOST ${HEAD}../`).server(ANSWER))).toEqual([1]);
  const [first, second] = ["POST /a HTTP/1.1\r\nX: ../\r\n", "Host: x\r\nContent-Length: 0\r\n\r\n"];
  expect(alerts(RULE, (talk) => talk.client(first).client(second))).toEqual([1]);
});
