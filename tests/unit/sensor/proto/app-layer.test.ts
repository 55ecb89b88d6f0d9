import { expect, test } from "vitest";
import { AppLayer, type RegisteredParser } from "../../../../agent/sensor/proto/app-layer.js";
import type { MessageView } from "../../../../agent/sensor/proto/message-view.js";
import {
  Parsed,
  type ParserInput,
  Probe,
  type ProtocolParser,
} from "../../../../agent/sensor/proto/parser.js";
import { Protocol, type ProtocolId, TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";

/** Lines that begin with a keyword: recognised by its letters, one message a line. */
class LineParser implements ProtocolParser<{ lines: number }> {
  constructor(
    readonly protocol: ProtocolId,
    readonly keyword: string,
  ) {}

  probe(bytes: Uint8Array, offset: number, end: number) {
    const text = Buffer.from(bytes.subarray(offset, end)).toString("latin1");
    if (text.startsWith(this.keyword)) return Probe.YES;
    return this.keyword.startsWith(text) ? Probe.UNSURE : Probe.NO;
  }

  createState() {
    return { lines: 0 };
  }

  parse(state: { lines: number }, input: ParserInput, message: MessageView) {
    const end = input.bytes.indexOf(0x0a, input.offset);
    if (end < 0 || end >= input.end) return Parsed.NEED_MORE;
    message.begin(this.protocol, input.direction, 0, state.lines++);
    input.offset = end + 1;
    return Parsed.MESSAGE;
  }

  describe(state: { lines: number }) {
    return { lines: state.lines };
  }
}

function bench() {
  const messages: string[] = [];
  const parsers: RegisteredParser[] = [
    { parser: new LineParser(Protocol.FTP, "USER"), transport: "both", ports: [21] },
    { parser: new LineParser(Protocol.SMTP, "HELO"), transport: "tcp", ports: [25] },
  ];
  const layer = new AppLayer(parsers, 8, (flow) =>
    messages.push(`${flow}:${layer.message.protocol}:${layer.message.transaction}`),
  );
  const give = (flow: number, text: string, direction: 0 | 1 = TO_SERVER, isDatagram = false): boolean => {
    layer.input.bytes = Buffer.from(text, "latin1");
    layer.input.offset = 0;
    layer.input.end = text.length;
    layer.input.direction = direction;
    layer.input.isEnd = false;
    layer.input.isFull = false;
    return layer.recognise(flow, isDatagram);
  };
  return { layer, messages, give };
}

test("content decides which parser gets a flow, and every message is handed on", () => {
  const { layer, messages, give } = bench();
  expect(give(3, "HELO a\nHELO b\nHE")).toBe(true);
  expect(layer.parse(3)).toBe(Parsed.NEED_MORE);
  expect(layer.input.offset).toBe(14);
  expect(messages).toEqual([`3:${Protocol.SMTP}:0`, `3:${Protocol.SMTP}:1`]);
  expect(layer.describe(3)).toEqual({ lines: 2 });
});

test("a flow is unknown while its first bytes may still become a protocol", () => {
  const { layer, give } = bench();
  expect(give(0, "US")).toBe(false);
  expect(layer.protocols[0]).toBe(Protocol.UNKNOWN);
  expect(give(0, "USER x\n")).toBe(true);
  expect(layer.protocols[0]).toBe(Protocol.FTP);
});

test("a flow is given up only when neither direction is recognised", () => {
  const { layer, give } = bench();
  give(1, "????");
  expect(layer.isFinished(1)).toBe(false);
  give(1, "!!!!", TO_CLIENT);
  expect(layer.isFinished(1)).toBe(true);
  expect(give(1, "USER x\n")).toBe(false);
});

test("datagrams of a flow are probed a few times, by parsers for datagrams only", () => {
  const { layer, give } = bench();
  for (let i = 0; i < 4; i++) expect(give(2, "HELO x\n", TO_SERVER, true)).toBe(false);
  expect(layer.isFinished(2)).toBe(true);
});

test("a slot that is given to another flow starts afresh", () => {
  const { layer, give } = bench();
  give(4, "USER x\n");
  layer.release(4);
  expect(layer.protocols[4]).toBe(Protocol.UNKNOWN);
  expect(give(4, "HELO x\n")).toBe(true);
  expect(layer.protocols[4]).toBe(Protocol.SMTP);
});
