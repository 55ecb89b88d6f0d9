/**
 * Rules with `decode-event` in the corpus of stored Suricata 7.0.10 answers: the events noted while decoding and
 * defragmenting must be as many as the alerts that Suricata raised for them.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readCaptureFile } from "../../../../agent/sensor/capture/capture-file.js";
import { Defragmenter } from "../../../../agent/sensor/flow/defrag.js";
import { DECODE_REASON_NAMES } from "../../../../agent/sensor/wire/decode-reason.js";
import { FrameDecoder } from "../../../../agent/sensor/wire/frame-decoder.js";
import type { PacketView } from "../../../../agent/sensor/wire/packet-view.js";

const corpus = fileURLToPath(new URL("../../../../../shared/corpus/verify/", import.meta.url));

interface EventRule {
  readonly sid: number;
  readonly protocol: string;
  readonly event: string;
}

/** Sid → how many packets had the event of that rule. */
function countEvents(capture: string, rules: readonly EventRule[]): Map<number, number> {
  const counts = new Map(rules.map((rule) => [rule.sid, 0]));
  const decoder = new FrameDecoder({ opensMoreTunnels: false });
  const rebuilt = new FrameDecoder({ opensMoreTunnels: false });
  const defragmenter = new Defragmenter({ maxDatagrams: 256, maxBytes: 1 << 20, timeoutUs: 60e6 });
  const take = (from: FrameDecoder, count: number): void => {
    for (let i = 0; i < count; i++) {
      const packet = from.packets[i]!;
      const isComplete = packet.isFragment && defragmenter.add(packet);
      for (const rule of rules) {
        if (appliesTo(rule.protocol, packet) && packet.hasEvent(DECODE_REASON_NAMES.indexOf(rule.event))) {
          counts.set(rule.sid, counts.get(rule.sid)! + 1);
        }
      }
      if (!isComplete) continue;
      take(
        rebuilt,
        rebuilt.decodeDatagram(
          defragmenter.bytes,
          defragmenter.offset,
          defragmenter.end,
          packet.timeUs,
          packet.tunnelDepth,
          packet,
        ),
      );
    }
  };
  readCaptureFile(capture, {
    frame: (...frame) => take(decoder, decoder.decodeFrame(...frame)),
  });
  return counts;
}

function appliesTo(protocol: string, packet: PacketView): boolean {
  switch (protocol) {
    case "tcp":
      return packet.ipProtocol === 6;
    case "udp":
      return packet.ipProtocol === 17;
    case "sctp":
      return packet.ipProtocol === 132;
    case "ip":
      return packet.ipVersion !== 0;
    default:
      return true;
  }
}

function eventRules(text: string, loadedSids: readonly number[]): EventRule[] {
  const rules: EventRule[] = [];
  for (const line of text.split("\n")) {
    const match = /^alert (\S+) .*decode-event: *([^;]+);.*sid: *(\d+)/.exec(line);
    // Rules that 7.0 does not load share their sid with one that it does.
    if (!match || line.includes("requires:") || !loadedSids.includes(Number(match[3]))) continue;
    rules.push({ protocol: match[1]!, event: match[2]!.trim(), sid: Number(match[3]) });
  }
  return rules;
}

describe.skipIf(!existsSync(corpus))("decode events against the stored answers of Suricata", () => {
  const names = existsSync(corpus)
    ? readdirSync(corpus).filter((name) =>
        /^alert .*decode-event:/m.test(readFileSync(`${corpus}${name}/test.rules`, "latin1")),
      )
    : [];

  it.each(names)("%s notes as many events as Suricata alerted on", (name) => {
    const folder = `${corpus}${name}/`;
    const answer: { loaded_sids: number[]; alerts: { sid: number; n: number }[] } = JSON.parse(
      readFileSync(`${folder}expected.json`, "utf8"),
    );
    const reference = `${folder}pcap.ref`;
    const capture = existsSync(reference)
      ? `${corpus}../${readFileSync(reference, "utf8").trim()}/input.pcap`
      : `${folder}input.pcap`;
    const rules = eventRules(readFileSync(`${folder}test.rules`, "latin1"), answer.loaded_sids);
    const expected = new Map(
      rules.map(({ sid }) => [
        sid,
        answer.alerts.reduce((sum, alert) => sum + (alert.sid === sid ? alert.n : 0), 0),
      ]),
    );
    expect(rules.length).toBeGreaterThan(0);
    expect(countEvents(capture, rules)).toEqual(expected);
  });
});
