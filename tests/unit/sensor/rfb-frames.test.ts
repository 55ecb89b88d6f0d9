import { expect, test } from "vitest";
import { refusalOf } from "../../support/rules.js";
import { sensorWith } from "../../support/sensor-with.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

const INIT = `\0\x10\0\x10${"\0".repeat(16)}\0\0\0\x03abc`;

/** Sizes of the parts, in the order in which they are told. */
function sizes(talk: (flow: TcpConversation) => unknown): number[] {
  const rules = Array.from(
    { length: 40 },
    (_, size) => `alert rfb any any -> any any (frame:rfb.pdu; bsize:${size}; sid:${size + 1};)`,
  );
  const { sensor, sids } = sensorWith(rules);
  talk(new TcpConversation(sensor, { serverPort: 5900 }));
  sensor.finish();
  return sids.map((sid) => sid - 1);
}

const bytes = (text: string) => Buffer.from(text, "latin1");
const open = (flow: TcpConversation, version: string) =>
  flow.server(`RFB 003.00${version}\n`).client(`RFB 003.00${version}\n`);

test("each message of an RFB handshake is a part, up to the session", () => {
  const talk = (flow: TcpConversation) =>
    open(flow, "8")
      .server(bytes("\x02\x02\x01"))
      .client(bytes("\x02"))
      .server("H".repeat(16))
      .client("R".repeat(16))
      .server(bytes("\0\0\0\0"))
      .client(bytes("\x01"))
      .server(bytes(INIT))
      .client("later");
  expect(sizes(talk)).toEqual([12, 12, 3, 1, 16, 16, 4, 1, 27]);
});

test("version 3.3 has no choice, and after other ways to log on nothing is a part", () => {
  const old = (flow: TcpConversation) =>
    open(flow, "3").server(bytes("\0\0\0\x01")).client(bytes("\x01")).server(bytes(INIT));
  expect(sizes(old)).toEqual([12, 12, 4, 1, 27]);
  const other = (flow: TcpConversation) =>
    open(flow, "8")
      .server(bytes("\x01\x1e"))
      .client(bytes("\x1e"))
      .server("A".repeat(32))
      .client("Q".repeat(32));
  expect(sizes(other)).toEqual([12, 12, 2, 1]);
  const refused = (flow: TcpConversation) => open(flow, "8").server(bytes("\0\0\0\0\x04nope"));
  expect(sizes(refused)).toEqual([12, 12, 1]);
});

test("whole streams are refused as parts, with what to write instead", () => {
  expect(refusalOf('alert tcp any any -> any any (frame:smtp.stream; content:"a"; sid:1;)')).toContain(
    "contents on the payload",
  );
});
