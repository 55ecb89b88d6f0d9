import { expect, test } from "vitest";
import { SipFrames } from "../../../../agent/sensor/match/sip-frames.js";
import { Field } from "../../../../agent/sensor/proto/fields.js";
import { MessageView, STAGE_HEAD } from "../../../../agent/sensor/proto/message-view.js";
import { Protocol, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { PacketView } from "../../../../agent/sensor/wire/packet-view.js";
import { PseudoField } from "../../../../agent/signature/signature.js";
import { refusalOf } from "../../../support/rules.js";

const LINE = "INVITE sip:a@b SIP/2.0\r\n";
const HEADERS = "Via: x\r\nContent-Length: 4\r\n";

/** The text of a frame of a datagram; undefined where it has none. */
function frame(field: number, text: string, ipProtocol = 17): string | undefined {
  const packet = new PacketView();
  packet.bytes = Buffer.from(`__${text}`, "latin1");
  packet.payloadOffset = 2;
  packet.payloadLength = text.length;
  packet.ipProtocol = ipProtocol;
  const message = new MessageView();
  message.begin(Protocol.SIP, TO_SERVER, STAGE_HEAD, 0);
  const isResponse = text.startsWith("SIP/");
  message.add(isResponse ? Field.SIP_RESPONSE_LINE : Field.SIP_REQUEST_LINE, packet.bytes, 2, 5);
  const frames = new SipFrames();
  if (!frames.find(field, message, packet)) return undefined;
  return Buffer.from(frames.bytes).toString("latin1", frames.offset, frames.offset + frames.length);
}

test("a request has its first line, its headers without the empty line, and its body", () => {
  const text = `${LINE}${HEADERS}\r\nv=0\n`;
  expect(frame(PseudoField.SIP_PDU, text)).toBe(text);
  expect(frame(PseudoField.SIP_REQUEST_LINE, text)).toBe(LINE);
  expect(frame(PseudoField.SIP_REQUEST_HEADERS, text)).toBe(HEADERS);
  expect(frame(PseudoField.SIP_REQUEST_BODY, text)).toBe("v=0\n");
  expect(frame(PseudoField.SIP_RESPONSE_HEADERS, text)).toBeUndefined();
});

test("a response has frames of its own", () => {
  const text = `SIP/2.0 200 OK\r\n${HEADERS}\r\n`;
  expect(frame(PseudoField.SIP_RESPONSE_LINE, text)).toBe("SIP/2.0 200 OK\r\n");
  expect(frame(PseudoField.SIP_RESPONSE_HEADERS, text)).toBe(HEADERS);
  expect(frame(PseudoField.SIP_RESPONSE_BODY, text)).toBeUndefined();
  expect(frame(PseudoField.SIP_REQUEST_LINE, text)).toBeUndefined();
});

test("a message cut anywhere has no frame beyond its end", () => {
  const text = `${LINE}${HEADERS}\r\nv=0\n`;
  for (let length = 0; length <= text.length; length++) {
    const cut = text.slice(0, length);
    for (let field = PseudoField.SIP_PDU; field <= PseudoField.SIP_RESPONSE_BODY; field++) {
      expect(cut).toContain(frame(field, cut) ?? "");
    }
  }
});

test("frames are found in datagrams alone", () => {
  expect(frame(PseudoField.SIP_PDU, LINE, 6)).toBeUndefined();
});

test.each([
  ['alert sip any any -> any any (frame:pdu; content:"a"; sid:1;)', undefined],
  ['alert udp any any -> any any (frame:sip.request.line; content:"a"; sid:1;)', undefined],
  ['alert udp any any -> any any (frame:pdu; content:"a"; sid:1;)', 'frame: "pdu" names no protocol'],
])("%s: %s", (text, reason) => {
  if (reason === undefined) expect(refusalOf(text)).toBeUndefined();
  else expect(refusalOf(text)).toContain(reason);
});
