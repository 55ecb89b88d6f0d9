import { describe, expect, it } from "vitest";
import { FilePool } from "../../../../agent/sensor/proto/file-pool.js";
import { FtpDataParser } from "../../../../agent/sensor/proto/ftp/data-parser.js";
import { HostPort, readExtendedPort } from "../../../../agent/sensor/proto/ftp/data-ports.js";
import { ExpectedTransfers, FtpTransfer } from "../../../../agent/sensor/proto/ftp/expected-transfers.js";
import { FtpParser } from "../../../../agent/sensor/proto/ftp/parser.js";
import { STAGE_BODY, STAGE_HEAD } from "../../../../agent/sensor/proto/message-view.js";
import { Parsed, ParserInput, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { fromLatin1, ParserFlow } from "../../../support/parse-messages.js";

const OFFICE = 0xc0a80a14;
const SERVER = 0xcb007105;

/** The input of a flow between two IPv4 ends, for a parser that asks for addresses. */
function flowInput(
  client: number,
  server: number,
  ports: readonly [number, number],
  timeUs = 1e6,
): ParserInput {
  const input = new ParserInput();
  input.clientAddresses = Uint32Array.of(0, 0, 0, client);
  input.serverAddresses = Uint32Array.of(0, 0, 0, server);
  [input.sourcePort, input.destinationPort] = ports;
  input.timeUs = timeUs;
  return input;
}

function bench() {
  const expected = new ExpectedTransfers();
  const pool = new FilePool({ maxFiles: 2, fileBytes: 16, idleUs: 1 });
  return { expected, control: new FtpParser(expected), data: new FtpDataParser(expected, pool) };
}

const text = (line: string) => fromLatin1(`${line}\r\n`);

describe("the control connection of FTP", () => {
  it("gives commands with their data and replies, and tells the port of a transfer", () => {
    const flow = new ParserFlow(bench().control)
      .stream(TO_CLIENT, text("220 (vsFTPd 3.0.3)"))
      .stream(TO_SERVER, text("USER tanaka"))
      .stream(TO_CLIENT, text("331 Please specify the password."))
      .stream(TO_SERVER, text("PASV"))
      .stream(TO_CLIENT, text("227 Entering Passive Mode (203,0,113,5,19,137)."))
      .stream(TO_SERVER, text("retr  list of customers.csv"));
    expect(
      flow.messages.map(({ direction, fields, numbers }) => ({ direction, ...fields, ...numbers })),
    ).toEqual([
      { direction: TO_CLIENT, FTP_REPLY: ["(vsFTPd 3.0.3)"] },
      { direction: TO_SERVER, FTP_COMMAND: ["USER"], FTP_COMMAND_DATA: ["tanaka"] },
      { direction: TO_CLIENT, FTP_REPLY: ["Please specify the password."] },
      { direction: TO_SERVER, FTP_COMMAND: ["PASV"] },
      {
        direction: TO_CLIENT,
        FTP_REPLY: ["Entering Passive Mode (203,0,113,5,19,137)."],
        FTP_DYNAMIC_PORT: 5001,
      },
      {
        direction: TO_SERVER,
        FTP_COMMAND: ["retr"],
        FTP_COMMAND_DATA: ["list of customers.csv"],
        FTP_DYNAMIC_PORT: 5001,
      },
    ]);
    expect(flow.messages[4]!.eve).toEqual({
      ftp: {
        command: "PASV",
        completion_code: ["227"],
        reply: ["Entering Passive Mode (203,0,113,5,19,137)."],
        dynamic_port: 5001,
        mode: "passive",
        reply_received: "yes",
      },
    });
  });

  it("reads the same wherever the stream is cut", () => {
    const bytes = fromLatin1("USER a\r\nPORT 1,2,3,4,5,6\nEPRT |2|::1|5282|\r\nSTOR x\r\n");
    const whole = new ParserFlow(bench().control).stream(TO_SERVER, bytes).messages;
    expect(whole.map(({ numbers }) => numbers.FTP_DYNAMIC_PORT)).toEqual([undefined, 1286, 5282, 5282]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const flow = new ParserFlow(bench().control);
      flow.stream(TO_SERVER, bytes.slice(0, cut)).stream(TO_SERVER, bytes.slice(cut));
      expect(flow.messages).toEqual(whole);
    }
  });

  it("says where PORT names an address that is not the client's", () => {
    const { control } = bench();
    const flow = new ParserFlow(control).stream(TO_SERVER, text("PORT 10,0,0,1,0,21"));
    expect(flow.messages[0]!.numbers.FTP_BOUNCE).toBe(1);
    flow.stream(TO_SERVER, text("PORT 0,0,0,0,0,21"));
    expect(flow.messages[1]!.numbers.FTP_BOUNCE).toBe(0);
  });

  it("notes lines that are too long, once, and reads on behind them", () => {
    const flow = new ParserFlow(bench().control)
      .stream(TO_SERVER, new Uint8Array(5000).fill(97))
      .stream(TO_SERVER, fromLatin1("rest\r\nNOOP\r\n"))
      .stream(TO_CLIENT, new Uint8Array(5000).fill(97));
    expect(flow.messages.map(({ events }) => events)).toEqual([
      ["ftp.request_command_too_long"],
      [],
      ["ftp.response_command_too_long"],
    ]);
    expect(flow.messages[0]!.fields.FTP_COMMAND![0]).toHaveLength(4096);
  });

  it("ends with a tunnel where AUTH TLS is agreed upon", () => {
    const flow = new ParserFlow(bench().control).stream(TO_SERVER, text("AUTH TLS"));
    flow.stream(TO_CLIENT, text("234 Proceed"));
    expect(flow.last).toBe(Parsed.DONE);
    expect(flow.state.isTunnel).toBe(true);
  });

  it("recognises what Suricata recognises", () => {
    const { control } = bench();
    const probe = (line: string, direction: 0 | 1) =>
      control.probe(fromLatin1(line), 0, line.length, direction);
    expect(probe("user x", TO_SERVER)).toBe(Probe.YES);
    expect(probe("FE", TO_SERVER)).toBe(Probe.UNSURE);
    expect(probe("HELP", TO_SERVER)).toBe(Probe.NO);
    expect(probe("220 (vsFTPd", TO_CLIENT)).toBe(Probe.YES);
    expect(probe("220 ftp.example", TO_CLIENT)).toBe(Probe.UNSURE);
    expect(probe("220", TO_CLIENT)).toBe(Probe.UNSURE);
    expect(probe("221 x", TO_CLIENT)).toBe(Probe.NO);
  });

  it("reads the addresses of data connections and nothing else", () => {
    const hostPort = new HostPort();
    const read = (line: string) => hostPort.read(fromLatin1(line), 0, line.length);
    expect(read("(10,1,2,3,4,5)")).toBe(true);
    expect([hostPort.address, hostPort.port]).toEqual([0x0a010203, 1029]);
    for (const line of ["1,2,3,4,5", "256,1,1,1,1,1", "1,2,3,4,5,", "1111,2,3,4,5,6,", ""])
      expect(read(line)).toBe(false);
    const port = (line: string) => readExtendedPort(fromLatin1(line), 0, line.length);
    expect([port("(|||5000|)"), port("|1|10.0.0.1|21|"), port("|1|x|99999|"), port("|1|"), port("")]).toEqual(
      [5000, 21, 0, 0, 0],
    );
  });
});

describe("data connections of FTP", () => {
  function announce(isActive: boolean) {
    const made = bench();
    const name = fromLatin1("a.txt");
    const control = flowInput(OFFICE, SERVER, [40_000, 21]);
    made.expected.add(
      control,
      isActive,
      5001,
      isActive ? FtpTransfer.STOR : FtpTransfer.RETR,
      name,
      name.length,
    );
    return made;
  }

  it("are known by both addresses and the port, once, for thirty seconds", () => {
    const { data } = announce(false);
    expect(data.claim(flowInput(OFFICE, SERVER, [40_001, 5002]))).toBeUndefined();
    expect(data.claim(flowInput(OFFICE + 1, SERVER, [40_001, 5001]))).toBeUndefined();
    expect(data.claim(flowInput(SERVER, OFFICE, [40_001, 5001]))).toBeUndefined();
    expect(data.claim(flowInput(OFFICE, SERVER, [40_001, 5001], 32e6))).toBeUndefined();
    expect(data.claim(flowInput(OFFICE, SERVER, [40_001, 5001], 30e6))?.transfer).toBe(FtpTransfer.RETR);
    expect(data.claim(flowInput(OFFICE, SERVER, [40_001, 5001]))).toBeUndefined();
    const active = announce(true);
    expect(active.data.claim(flowInput(SERVER, OFFICE, [20, 5001]))?.transfer).toBe(FtpTransfer.STOR);
  });

  it("give the file's name at once and its content when it is over", () => {
    const { data } = announce(false);
    const claimed = data.claim(flowInput(OFFICE, SERVER, [40_001, 5001]))!;
    const flow = new ParserFlow({ ...methodsOf(data), createState: () => claimed });
    flow.stream(TO_CLIENT, fromLatin1("root:x:"));
    expect(flow.messages[0]).toMatchObject({
      stage: STAGE_HEAD,
      fields: { FILE_NAME: ["a.txt"] },
      numbers: { FTP_DATA_COMMAND: FtpTransfer.RETR },
      eve: { ftp_data: { filename: "a.txt", command: "RETR" } },
    });
    flow.stream(TO_CLIENT, fromLatin1("0:0"), true);
    expect(flow.messages.map(({ direction }) => direction)).toEqual([TO_CLIENT, TO_SERVER, TO_CLIENT]);
    expect(flow.messages[2]).toMatchObject({
      stage: STAGE_BODY,
      fields: { FILE_NAME: ["a.txt"], FILE_DATA: ["root:x:0:0"] },
    });
    expect(flow.last).toBe(Parsed.DONE);
  });

  it("give the first bytes where the file is larger than is kept", () => {
    const flow = new ParserFlow(bench().data).stream(TO_SERVER, new Uint8Array(40).fill(97));
    expect(flow.messages[2]!.fields.FILE_DATA).toEqual(["a".repeat(16)]);
    flow.stream(TO_SERVER, new Uint8Array(40));
    expect(flow.last).toBe(Parsed.DONE);
  });

  it("are forgotten for newer ones when there are too many", () => {
    const { expected, data } = bench();
    for (let port = 1; port <= 65; port++) {
      const control = flowInput(OFFICE, SERVER, [40_000, 21], 1e6 + port);
      expected.add(control, false, port, FtpTransfer.RETR, fromLatin1("f"), 1);
    }
    expect(expected.evictions).toBe(1);
    expect(data.claim(flowInput(OFFICE, SERVER, [1, 1]))).toBeUndefined();
    expect(data.claim(flowInput(OFFICE, SERVER, [1, 65]))).toBeDefined();
  });
});

function methodsOf(parser: FtpDataParser) {
  return {
    protocol: parser.protocol,
    probe: () => parser.probe(),
    parse: parser.parse.bind(parser),
    describe: parser.describe.bind(parser),
  };
}
