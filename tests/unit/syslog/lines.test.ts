/** Headers, times, encodings and framings of syslog as devices write them. All addresses are for documentation. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeText, encodingOf } from "../../../agent/syslog/body-text.js";
import { HeaderParser } from "../../../agent/syslog/header-parser.js";
import { dropsIn } from "../../../agent/syslog/kernel-drops.js";
import { StreamFraming, splitDatagram } from "../../../agent/syslog/line-framing.js";
import { MAX_LINE_BYTES } from "../../../agent/syslog/syslog-message.js";

const RECEIVED = Date.UTC(2026, 10, 28, 7, 0, 0);
const parser = new HeaderParser();
const read = (line: string) => {
  const { textStart, ...header } = parser.parse(line, RECEIVED, 540);
  return {
    ...header,
    text: line.slice(textStart),
    at: header.timeMs && new Date(header.timeMs).toISOString(),
  };
};

describe("header", () => {
  it("RFC 5424 is read with its structured data", () => {
    const line =
      '<165>1 2026-11-28T06:59:58.123+09:00 gw.example.com dhcpd 411 ID47 [a@32473 x="1]\\"2"][b] \u{feff}lease';
    expect(read(line)).toMatchObject({
      quality: "ok",
      facility: 20,
      severity: 5,
      at: "2026-11-27T21:59:58.123Z",
      host: "gw.example.com",
      application: "dhcpd",
      processId: "411",
      messageId: "ID47",
      structuredData: '[a@32473 x="1]\\"2"][b]',
      text: "lease",
    });
  });

  it.each([
    ["<13>Nov 28 15:59:58 gw sshd[77]: hello", "2026-11-28T06:59:58.000Z", "gw", "sshd", "hello"],
    ["<13>Nov  8 15:59:58 gw hello", "2026-11-08T06:59:58.000Z", "gw", "", "hello"],
    ["<13>Dec 31 15:59:58 kernel: no host", "2025-12-31T06:59:58.000Z", "", "kernel", "no host"],
    ["<13>Nov 28 15:59:58 2026 gw app: year behind", "2026-11-28T06:59:58.000Z", "gw", "app", "year behind"],
    ["<166>Nov 28 2026 15:59:58 asa : %ASA-6-1: x", "2026-11-28T06:59:58.000Z", "asa", "", ": %ASA-6-1: x"],
    [
      "<189>77: *Nov 28 06:59:58.123 UTC: %SYS-5-CONFIG_I: c",
      "2026-11-28T06:59:58.123Z",
      "",
      "",
      "%SYS-5-CONFIG_I: c",
    ],
    ["<134>1 1795849198.774247467 MX84 flows allow", "2026-11-28T06:59:58.774Z", "MX84", "", "flows allow"],
    ["<13>2026/11/28 15:59:58 gw app: slashes", "2026-11-28T06:59:58.000Z", "gw", "app", "slashes"],
    ["<13>2026-11-28T15:59:58 gw app: no zone", "2026-11-28T06:59:58.000Z", "gw", "app", "no zone"],
    ["<13>2026-11-28 15:59:58,123 gw app: comma", "2026-11-28T06:59:58.123Z", "gw", "app", "comma"],
    ["<13>2026-11-28T06:59:58Z gw app: zulu", "2026-11-28T06:59:58.000Z", "gw", "app", "zulu"],
    ["<13>Sat Nov 28 15:59:58 gw app: weekday", "2026-11-28T06:59:58.000Z", "gw", "app", "weekday"],
    ["<13>Nov 28 15:59:58 JST gw app: zone", "2026-11-28T06:59:58.000Z", "gw", "app", "zone"],
    ["<13>2026 Nov 28 15:59:58 gw app: year", "2026-11-28T06:59:58.000Z", "gw", "app", "year"],
    ["<13>1795849198123 gw app: milliseconds", "2026-11-28T06:59:58.123Z", "gw", "app", "milliseconds"],
    ["\u{feff}<13>Nov 28 15:59:58 gw app[7]: mark", "2026-11-28T06:59:58.000Z", "gw", "app", "mark"],
    ["<13>1 2026-11-28T15:59:58+09:00 - - - - - nil", "2026-11-28T06:59:58.000Z", "", "", "nil"],
  ])("%s", (line, at, host, application, text) => {
    expect(read(line)).toMatchObject({ quality: "ok", at, host, application, text });
  });

  it("what is missing makes a line partial or none, and all of it is text", () => {
    expect(read("<134>[INSPECT] PP[01][out] TCP 192.0.2.1:1 > 198.51.100.1:443")).toMatchObject({
      quality: "partial",
      text: "[INSPECT] PP[01][out] TCP 192.0.2.1:1 > 198.51.100.1:443",
    });
    expect(read("Nov 28 15:59:58 gw hello")).toMatchObject({ quality: "partial", facility: undefined });
    expect(read("just text")).toMatchObject({ quality: "none", text: "just text" });
    expect(read("<999>just text")).toMatchObject({ quality: "none", text: "<999>just text" });
  });

  it("no text throws or takes long", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 400, unit: "binary" }),
        fc.constantFrom("", "<13>", "<13>1 "),
        (text, head) => {
          const { textStart } = parser.parse(head + text, RECEIVED);
          expect(textStart).toBeLessThanOrEqual(head.length + text.length);
        },
      ),
      { numRuns: 2000, seed: 7 },
    );
  });
});

describe("encodings", () => {
  it.each([
    [
      "shift_jis",
      Buffer.from([0x83, 0x8d, 0x83, 0x4f, 0x83, 0x43, 0x83, 0x93, 0x8e, 0xb8, 0x94, 0x73]),
      "ログイン失敗",
    ],
    [
      "euc-jp",
      Buffer.from([0xa5, 0xed, 0xa5, 0xb0, 0xa5, 0xa4, 0xa5, 0xf3, 0xbc, 0xba, 0xc7, 0xd4]),
      "ログイン失敗",
    ],
    ["utf-8", Buffer.from("ログイン失敗"), "ログイン失敗"],
    ["latin1", Buffer.from([0x41, 0xff, 0x42]), "AÿB"],
  ] as const)("%s is told by its letters", (encoding, bytes, text) => {
    expect(encodingOf(bytes)).toBe(encoding);
    expect(decodeText(bytes, encoding)).toBe(text);
  });
});

describe("framing", () => {
  const linesOf = (feed: (sink: (line: Buffer, isCut: boolean) => void) => void): string[] => {
    const lines: string[] = [];
    feed((line, isCut) => lines.push(line.toString("latin1") + (isCut ? "…" : "")));
    return lines;
  };

  it("a datagram may hold several messages, and one may hold line breaks", () => {
    const bytes = Buffer.from("<13>one\nstill one\n<14>two\r\n\0");
    expect(linesOf((sink) => splitDatagram(bytes, sink))).toEqual(["<13>one\nstill one", "<14>two"]);
  });

  it("counted octets and line ends may alternate, wherever the stream is cut", () => {
    const stream = Buffer.from("7 <13>one<14>two\n11 <15>th\nree!plain\n<16>last");
    for (let cut = 0; cut <= stream.length; cut++) {
      const lines = linesOf((sink) => {
        const framing = new StreamFraming(sink);
        framing.push(stream.subarray(0, cut));
        framing.push(stream.subarray(cut));
        framing.end();
      });
      expect(lines).toEqual(["<13>one", "<14>two", "<15>th\nree!", "plain", "<16>last"]);
    }
  });

  it("a line without end is cut at the bound, and the next one is read", () => {
    const long = "x".repeat(MAX_LINE_BYTES + 5000);
    for (const stream of [`${long}\n<13>next\n`, `${long.length} ${long}<13>next\n`.replace(/ x/, " <")]) {
      const lines = linesOf((sink) => {
        const framing = new StreamFraming(sink);
        for (let at = 0; at < stream.length; at += 1000)
          framing.push(Buffer.from(stream.slice(at, at + 1000)));
      });
      expect(lines.map((line) => line.length)).toEqual([MAX_LINE_BYTES + 1, 8]);
      expect(lines[1]).toBe("<13>next");
    }
  });
});

it("drops of the kernel are read by port", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops",
    "  9: 0100007F:1592 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 17",
    " 10: 0100007F:1593 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 99",
  ].join("\n");
  expect(dropsIn(table, 0x1592)).toBe(17);
  expect(dropsIn(table, 1)).toBeUndefined();
});
