import { expect, test } from "vitest";
import { GreetingParser } from "../../../../agent/sensor/proto/greeting-parser.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { Protocol, TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { fromLatin1 } from "../../../support/parse-messages.js";

test("a protocol that is only recognised is known by its server's greeting", () => {
  const imap = new GreetingParser(Protocol.IMAP, "* ok ");
  const probe = (text: string, direction: 0 | 1 = TO_CLIENT) =>
    imap.probe(fromLatin1(text), 0, text.length, direction);
  expect(probe("* OK IMAP4rev1 ready")).toBe(Probe.YES);
  expect(probe("* O")).toBe(Probe.UNSURE);
  expect(probe("+OK")).toBe(Probe.NO);
  expect(probe("* OK ", TO_SERVER)).toBe(Probe.NO);
  expect(imap.parse()).toBe(Parsed.DONE);
  expect(imap.describe()).toEqual({});
});
