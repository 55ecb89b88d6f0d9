import { describe, expect, it } from "vitest";
import { translate } from "../../../../agent/base/language.js";
import { liveCaptureError, lostCaptureError } from "../../../../agent/sensor/capture/live-errors.js";

describe("what libpcap says", () => {
  // Sentences of libpcap 1.10.3 as node-pcap throws them and tcpdump 4.99.3 prints them.
  it.each([
    ["error.capture.no_interface", "No such device exists"],
    ["error.capture.no_interface", "eth9: No such device exists (No such device exists)"],
    ["error.capture.interface_down", "That device is not up"],
    ["error.capture.interface_down", "eth9: That device is not up"],
    ["error.capture.permission", "socket: Operation not permitted"],
    [
      "error.capture.permission",
      "eth9: You don't have permission to perform this capture on that device (socket: Operation not permitted)",
    ],
    ["error.capture.filter", "can't parse filter expression: syntax error"],
    ["error.capture.interface_lost", "pcap_loop: The interface disappeared"],
    ["error.capture.broken", "recvfrom failed: Something new"],
  ])("becomes %s with a remedy in both languages", (code, sentence) => {
    const error = liveCaptureError("tcpdump", "eth9", "tcp port", sentence);
    expect(error.code).toBe(code);
    for (const language of ["en", "ja"] as const) {
      expect(translate(language, error.code, error.params)).not.toMatch(/\{\w+\}/);
    }
  });

  it("names the interfaces there are when the one asked for is not", () => {
    const error = liveCaptureError("pcap", "eth9", "", "No such device exists");
    expect(error.message).toMatch(/no network interface eth9.* lo\b/);
  });

  it("is not needed to see that an interface has gone", () => {
    expect(lostCaptureError("pcap", "sekisho-gone").code).toBe("error.capture.interface_lost");
    expect(lostCaptureError("pcap", "lo").code).toBe("error.capture.broken");
  });
});
