import { describe, expect, it } from "vitest";
import { HeaderParser } from "../../../agent/syslog/header-parser.js";
import type { LogEvent } from "../../../agent/syslog/log-event.js";
import { FormatReader } from "../../../agent/syslog/log-formats.js";
import { FIXTURES } from "../../support/log-fixtures.js";

const NOW = Date.UTC(2026, 10, 28, 10);
const headers = new HeaderParser();

function read(reader: FormatReader, line: string): LogEvent | undefined {
  const header = headers.parse(line, NOW, 540);
  return reader.read({ ...header, line, text: line.slice(header.textStart), receivedMs: NOW });
}

describe.each(Object.entries(FIXTURES))("lines of %s", (format, fixtures) => {
  it.each(fixtures)("%s", (line, expected) => {
    expect(read(new FormatReader(format), line)).toEqual(expected);
    // Found out by itself as well, and by no other format before.
    const auto = new FormatReader("auto");
    expect(read(auto, line)).toEqual(expected);
    expect(auto.formatName).toBe(format);
  });

  it("are read or left, wherever they are cut, and do not take another's", () => {
    const reader = new FormatReader(format);
    for (const [line] of fixtures)
      for (let length = 0; length < line.length; length += 3) read(reader, line.slice(0, length));
    for (const [other, lines] of Object.entries(FIXTURES))
      if (other !== format) for (const [line] of lines) expect(read(reader, line), line).toBeUndefined();
  });
});

describe("a source whose format is not named", () => {
  it("may change it, and lines of no format are left", () => {
    const reader = new FormatReader("auto");
    const [[yamaha], [asa]] = [FIXTURES.yamaha![0]!, FIXTURES["cisco-asa"]![0]!];
    expect(read(reader, yamaha)?.kind).toBe("flow");
    expect(read(reader, asa)?.kind).toBe("flow");
    expect(reader.formatName).toBe("cisco-asa");
    expect(read(reader, "<13>Nov 28 19:00:00 printer toner low")).toBeUndefined();
    expect(read(reader, "")).toBeUndefined();
  });

  it("is read to its end, whatever it sends", () => {
    const reader = new FormatReader("auto");
    const parts = ['a="', "src=1.2.3.4 ", "CEF:0|", "\\", "LEEF:1.0|", "1,", "PP[01] ", "=", "x "];
    for (const part of [...parts, "%ASA-1-106023: Deny tcp src ", "Teardown TCP connection 1 for a"])
      expect(() => read(reader, part.repeat(16_384 / part.length))).not.toThrow();
  });
});
