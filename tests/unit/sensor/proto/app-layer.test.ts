import { expect, test } from "vitest";
import { AppLayer } from "../../../../agent/sensor/proto/app-layer.js";
import type { MessageView } from "../../../../agent/sensor/proto/message-view.js";
import {
  Parsed,
  type ParsedCode,
  type ParserInput,
  Probe,
  type ProbeCode,
  type ProtocolParser,
} from "../../../../agent/sensor/proto/parser.js";
import type { RegisteredParser } from "../../../../agent/sensor/proto/probe-order.js";
import { Protocol, type ProtocolId, TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";

/** Lines that begin with a keyword: recognised by its letters, one message a line. */
class LineParser implements ProtocolParser<{ lines: number }> {
  constructor(
    readonly protocol: ProtocolId,
    readonly keyword: string,
  ) {}

  probe(bytes: Uint8Array, offset: number, end: number): ProbeCode {
    const text = Buffer.from(bytes.subarray(offset, end)).toString("latin1");
    if (text.startsWith(this.keyword)) return Probe.YES;
    return this.keyword.startsWith(text) ? Probe.UNSURE : Probe.NO;
  }

  createState() {
    return { lines: 0 };
  }

  parse(state: { lines: number }, input: ParserInput, message: MessageView): ParsedCode {
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

/** Says DONE with a tunnel at the first line of the server. */
class TunnelParser extends LineParser {
  override createState() {
    return { lines: 0, isTunnel: false };
  }

  override parse(state: { lines: number; isTunnel?: boolean }, input: ParserInput, message: MessageView) {
    if (state.isTunnel) return Parsed.DONE;
    if (input.direction === TO_SERVER) return super.parse(state, input, message);
    const end = input.bytes.indexOf(0x0a, input.offset);
    if (end < 0) return Parsed.NEED_MORE;
    input.offset = end + 1;
    state.isTunnel = true;
    return Parsed.DONE;
  }
}

test("a protocol that gives way to another leaves the flow to be recognised anew from where it stopped", () => {
  const parsers: RegisteredParser[] = [
    { parser: new TunnelParser(Protocol.SMTP, "HELO"), transport: "tcp", ports: [] },
    { parser: new LineParser(Protocol.FTP, "USER"), transport: "tcp", ports: [] },
  ];
  const layer = new AppLayer(parsers, 2, () => undefined);
  const give = (text: string, direction: 0 | 1) => {
    Object.assign(layer.input, { bytes: Buffer.from(text), offset: 0, end: text.length, direction });
    return layer.recognise(0, false);
  };
  give("HELO\n", TO_SERVER);
  expect(layer.parse(0)).toBe(Parsed.NEED_MORE);
  expect(give("go\nrest", TO_CLIENT)).toBe(true);
  expect(layer.parse(0)).toBe(Parsed.NEED_MORE);
  expect(layer.input.offset).toBe(3);
  expect(layer.protocols[0]).toBe(Protocol.UNKNOWN);
  expect(give("USER\n", TO_SERVER)).toBe(true);
  expect(layer.protocols[0]).toBe(Protocol.FTP);
});

test("a likely protocol is taken on its port once the other side has spoken without being recognised", () => {
  class GreetingParser extends LineParser {
    override probe(bytes: Uint8Array, offset: number, end: number) {
      const answer = super.probe(bytes, offset, end);
      return answer === Probe.YES ? Probe.LIKELY : answer;
    }
  }
  const parsers: RegisteredParser[] = [
    { parser: new GreetingParser(Protocol.FTP, "220"), transport: "tcp", ports: [21] },
    { parser: new GreetingParser(Protocol.SMTP, "220"), transport: "tcp", ports: [25] },
  ];
  const layer = new AppLayer(parsers, 2, () => undefined);
  const give = (text: string, direction: 0 | 1, sourcePort: number) => {
    Object.assign(layer.input, {
      bytes: Buffer.from(text),
      offset: 0,
      end: text.length,
      direction,
      sourcePort,
    });
    return layer.recognise(0, false);
  };
  expect(give("220 hello\n", TO_CLIENT, 25)).toBe(false);
  expect(layer.isFinished(0)).toBe(false);
  expect(give("NOOP\n", TO_SERVER, 40_000)).toBe(false);
  expect(give("220 hello\n250 ok\n", TO_CLIENT, 25)).toBe(true);
  expect(layer.protocols[0]).toBe(Protocol.SMTP);
});

test("a flow that was announced is not probed", () => {
  class ClaimingParser extends LineParser {
    claim(input: ParserInput) {
      return input.destinationPort === 5001 ? { lines: 7 } : undefined;
    }
  }
  const parsers: RegisteredParser[] = [
    { parser: new LineParser(Protocol.FTP, "USER"), transport: "tcp", ports: [] },
    { parser: new ClaimingParser(Protocol.FTP_DATA, "?"), transport: "tcp", ports: [] },
  ];
  const layer = new AppLayer(parsers, 2, () => undefined);
  Object.assign(layer.input, { bytes: Buffer.from("USER\n"), offset: 0, end: 5, direction: TO_SERVER });
  layer.input.destinationPort = 5001;
  expect(layer.recognise(0, false)).toBe(true);
  expect(layer.protocols[0]).toBe(Protocol.FTP_DATA);
  expect(layer.describe(0)).toEqual({ lines: 7 });
  layer.input.destinationPort = 21;
  layer.recognise(1, false);
  expect(layer.protocols[1]).toBe(Protocol.FTP);
});

test("a parser hears of the end of its flow, so that it can give shared memory back", () => {
  const released: unknown[] = [];
  class LendingParser extends LineParser {
    release(state: { lines: number }) {
      released.push(state);
    }
  }
  const layer = new AppLayer(
    [{ parser: new LendingParser(Protocol.FTP, "USER"), transport: "tcp", ports: [] }],
    2,
    () => undefined,
  );
  Object.assign(layer.input, { bytes: Buffer.from("USER\n"), offset: 0, end: 5, direction: TO_SERVER });
  layer.recognise(0, false);
  layer.release(1);
  expect(released).toEqual([]);
  layer.release(0);
  layer.release(0);
  expect(released).toEqual([{ lines: 0 }]);
});
