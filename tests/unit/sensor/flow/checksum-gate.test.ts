import { describe, expect, it } from "vitest";
import { ChecksumGate } from "../../../../agent/sensor/flow/checksum-gate.js";
import { foldChecksum, pseudoHeaderSum } from "../../../../agent/sensor/wire/checksum.js";
import { FrameDecoder } from "../../../../agent/sensor/wire/frame-decoder.js";
import { LINKTYPE_ETHERNET } from "../../../../agent/sensor/wire/link-type.js";
import type { PacketView } from "../../../../agent/sensor/wire/packet-view.js";
import { ethernet, ipv4, ipv6, tcp, wordsOf } from "../../../support/frames.js";

const PAYLOAD = "GET / HTTP/1.0";

function decoded(frame: Uint8Array): PacketView {
  const decoder = new FrameDecoder();
  decoder.decodeFrame(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET, 0);
  return decoder.packets[0]!;
}

/** A segment whose checksum field says `checksum`; undefined: the right one. */
function segment(isIpv6 = false, checksum?: number): PacketView {
  const frame = ethernet(isIpv6 ? ipv6({}, tcp({}, PAYLOAD)) : ipv4({}, tcp({}, PAYLOAD)));
  const at = frame.length - PAYLOAD.length - 4;
  if (checksum !== undefined) frame.set([checksum >>> 8, checksum & 0xff], at);
  return decoded(frame);
}

describe("the gate for checksums", () => {
  it.each([false, true])("admits right ones and stops wrong ones (IPv6: %s)", (isIpv6) => {
    const gate = new ChecksumGate();
    expect(gate.admits(segment(isIpv6))).toBe(true);
    expect(gate.admits(segment(isIpv6, 0x1234))).toBe(false);
    expect([gate.wrong, gate.passed, gate.partial]).toEqual([1, 0, 0]);
  });

  it("admits the sum of the pseudo header: the network card was to fill it in, or the kernel has joined segments", () => {
    const gate = new ChecksumGate();
    const sum = pseudoHeaderSum(wordsOf("10.0.0.1"), wordsOf("10.0.0.2"), 6, 20 + PAYLOAD.length);
    expect(gate.admits(segment(false, ~foldChecksum(sum) & 0xffff))).toBe(true);
    expect([gate.wrong, gate.partial]).toEqual([0, 1]);
  });

  it("takes all ones for zero, as every receiver does", () => {
    const gate = new ChecksumGate();
    // An acknowledgement number that makes the sum come out as zero.
    for (let acknowledgement = 0; acknowledgement < 65_536; acknowledgement++) {
      const frame = ethernet(ipv4({}, tcp({ acknowledgement }, "")));
      if (frame[14 + 20 + 16] !== 0 || frame[14 + 20 + 17] !== 0) continue;
      frame.set([0xff, 0xff], 14 + 20 + 16);
      expect(gate.admits(decoded(frame))).toBe(true);
      return;
    }
    expect.unreachable();
  });

  it("opens where more than a tenth are wrong, and closes again when they are right", () => {
    const gate = new ChecksumGate();
    const right = segment();
    const wrong = segment(false, 0x1234);
    for (let i = 0; i < 1000; i++) gate.admits(i % 5 === 0 ? wrong : right);
    expect([gate.admits(wrong), gate.passed]).toEqual([true, 1]);
    for (let i = 1; i < 1000; i++) gate.admits(right);
    expect(gate.admits(wrong)).toBe(false);
  });

  it("stays closed where a tenth or fewer are wrong", () => {
    const gate = new ChecksumGate();
    for (let i = 0; i < 5000; i++)
      expect(gate.admits(segment(false, i % 10 === 0 ? 0x1234 : undefined))).toBe(i % 10 !== 0);
  });
});
