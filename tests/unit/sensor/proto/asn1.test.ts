import { describe, expect, it } from "vitest";
import { DerElement, DerRead } from "../../../../agent/sensor/proto/asn1/der.js";
import { isUtf8 } from "../../../../agent/sensor/proto/asn1/x509-name.js";
import { TextBuffer } from "../../../../agent/sensor/proto/text-buffer.js";

describe("DER", () => {
  const element = new DerElement();
  const read = (hex: string, offset = 0): number => {
    const bytes = Buffer.from(hex, "hex");
    return element.read(bytes, offset, bytes.length);
  };

  it("reads short and long lengths and says where the next element begins", () => {
    expect(read("ff0201052a", 1)).toBe(DerRead.OK);
    expect([element.tag, element.contentOffset, element.contentEnd, element.contentLength]).toEqual([
      2, 3, 4, 1,
    ]);
    expect(read(`308180${"00".repeat(128)}`)).toBe(DerRead.OK);
    expect([element.contentOffset, element.contentEnd]).toEqual([3, 131]);
    expect(read(`30820100${"00".repeat(256)}`)).toBe(DerRead.OK);
    expect(read("0500")).toBe(DerRead.OK);
    expect(element.contentLength).toBe(0);
  });

  it("tells what is cut from what is none, and stays inside its range", () => {
    for (const hex of ["", "30", "3081", "308201", "0205010203", "3084ffffffff", "30ffffff"]) {
      expect(read(hex)).toBe(DerRead.TRUNCATED);
      expect(element.contentEnd).toBeLessThanOrEqual(hex.length / 2);
    }
    expect(read("0205010203")).toBe(DerRead.TRUNCATED);
    expect([element.hasHeader, element.tag, element.contentEnd]).toEqual([true, 2, 5]);
    expect(read("3082")).toBe(DerRead.TRUNCATED);
    expect(element.hasHeader).toBe(false);
    for (const hex of ["30800000", "1f8101", "3085000000000000"]) expect(read(hex)).toBe(DerRead.INVALID);
  });

  it("knows well-formed UTF-8 as the text decoder does", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const samples = ["", "a", "é", "関所", "😀", "\ud7ff\ue000\u{10ffff}"].map((text) => Buffer.from(text));
    for (const hex of [
      "80",
      "c080",
      "c1bf",
      "c3",
      "e08080",
      "ed9fbf",
      "eda080",
      "efbfbf",
      "f0808080",
      "f48fbfbf",
      "f4908080",
      "f5808080",
      "e381",
      "c3c3",
    ]) {
      samples.push(Buffer.from(hex, "hex"));
    }
    for (const sample of samples) {
      let isSound = true;
      try {
        decoder.decode(sample);
      } catch {
        isSound = false;
      }
      expect([sample.toString("hex"), isUtf8(sample, 0, sample.length)]).toEqual([
        sample.toString("hex"),
        isSound,
      ]);
    }
  });
});

describe("a text buffer", () => {
  it("writes numbers, and leaves out and notes what does not fit", () => {
    const text = new TextBuffer(12);
    for (const value of [0, 7, 10, 65535, 99]) text.pushDecimal(value);
    expect(Buffer.from(text.bytes.subarray(0, text.length)).toString()).toBe("071065535" + "99");
    expect(text.isTruncated).toBe(false);
    text.push(Buffer.from("abc"), 1, 2);
    expect([text.length, text.isTruncated, text.bytes[11]]).toEqual([12, true, 0x62]);
    text.clear();
    expect([text.length, text.isTruncated]).toEqual([0, false]);
  });
});
