import { describe, expect, it } from "vitest";
import { Counters } from "../../../agent/base/counters.js";
import { explain } from "../../../agent/incident/explanation.js";
import type { Incident } from "../../../agent/incident/incident.js";
import { IncidentBook } from "../../../agent/incident/incident-book.js";
import type { Theme } from "../../../agent/incident/theme.js";
import type { Detection } from "../../../agent/sensor/detection.js";
import { directoryOf, isInside, makeDetection } from "../../support/detection.js";

/** The last incident that comes of detections in an office where one phone is known by name. */
function incidentOf(...detections: readonly Partial<Detection>[]): Incident {
  const devices = directoryOf([
    { address: "192.168.1.50", hostname: "Taro-no-iPhone", macAddress: "02:00:00:00:00:20" },
    { address: "192.168.1.60", macAddress: "02:00:00:00:00:60" },
  ]);
  const clock = { wallMs: () => 0, monotonicMs: () => 0 };
  const book = new IncidentBook({ clock, isInside, devices, counters: new Counters() });
  const changes = detections.flatMap((changed) => book.observe(makeDetection(changed)));
  return changes.find(({ incident }) => incident.scope !== "pair")?.incident ?? changes.at(-1)!.incident;
}

const PHONE = { clientAddress: "192.168.1.50" };

describe("an explanation", () => {
  it("tells of a phone that looks up a command server", () => {
    const incident = incidentOf({
      ...PHONE,
      serverAddress: "192.168.1.1",
      serverPort: 53,
      category: "Domain Observed Used for C2 Detected",
      applicationProtocol: "dns",
      metadata: { dns: { query: [{ rrname: "update.bad-cdn.example" }] } },
    });
    expect(explain(incident, "en", "Asia/Tokyo")).toEqual({
      title: "Taro-no-iPhone (192.168.1.50) looked up the address of a command server of malware",
      deviceFacts: [{ name: "MAC", value: expect.stringContaining("02:00:00:00:00:20 (private") }],
      verdict: "Action needed",
      direction: "inside → outside",
      device: "Taro-no-iPhone (192.168.1.50)",
      seen: "It looked up update.bad-cdn.example (seen 1×).",
      when: "2026-09-21 23:13:20",
      meaning:
        "Programs that have taken over a device fetch their orders from such a server. The device is probably infected, and strangers may be able to control it.",
      actions: [
        "Disconnect Taro-no-iPhone (192.168.1.50) from the network at once: pull out the network cable, turn Wi-Fi off.",
        "Do not switch it off and do not restart it: traces needed for the investigation would be lost.",
        `Call your IT support and tell them the incident number ${incident.id}.`,
        "Do not type passwords on this device until it has been checked.",
      ],
    });
    expect(explain(incident, "ja", "Asia/Tokyo")).toEqual({
      title: "Taro-no-iPhone (192.168.1.50) がマルウェアの指令サーバーの名前を検索しました",
      deviceFacts: [{ name: "MAC アドレス", value: expect.stringContaining("プライベート") }],
      verdict: "要対応",
      direction: "社内 → 社外",
      device: "Taro-no-iPhone (192.168.1.50)",
      seen: "update.bad-cdn.example の名前検索（DNS）を 1 回検出しました。",
      when: "2026/09/21 23:13:20",
      meaning:
        "機器を乗っ取るプログラム（マルウェア）は、この種のサーバーに接続して攻撃者の指示を受け取ります。この機器は感染している可能性が高く、外部から操作されるおそれがあります。",
      actions: [
        "Taro-no-iPhone (192.168.1.50) をただちにネットワークから切り離してください（LAN ケーブルを抜く、Wi-Fi を切る）。",
        "電源は切らず、再起動もしないでください。調査に必要な痕跡が失われます。",
        `システム担当者または保守窓口に連絡し、インシデント番号 ${incident.id} を伝えてください。`,
        "確認が終わるまで、この機器ではパスワードを入力しないでください。",
      ],
    });
  });

  it("tells of a beacon over TLS and a download by HTTP", () => {
    const tls = incidentOf({
      ...PHONE,
      category: "Malware Command and Control Activity Detected",
      applicationProtocol: "tls",
      metadata: { tls: { sni: "c2.example" } },
    });
    expect(explain(tls, "ja").title).toBe(
      "Taro-no-iPhone (192.168.1.50) がマルウェアの指令サーバーに接続しました",
    );
    expect(explain(tls, "en").seen).toBe("It opened encrypted connections (TLS) to c2.example (seen 1×).");
    const http = incidentOf({
      ...PHONE,
      applicationProtocol: "http",
      metadata: { http: { hostname: "dl.example", url: "/a.exe?id=7" } },
    });
    expect(explain(http, "en").title).toContain("made a web request typical of malware");
    expect(explain(http, "ja").seen).toBe("http://dl.example/a.exe への Web アクセスを 1 回検出しました。");
  });

  it("tells of a scan of the office, and which devices were reached for", () => {
    const knocks = Array.from({ length: 12 }, (_, n) => ({
      ...PHONE,
      category: "Detection of a Network Scan",
      severity: 3,
      serverAddress: `192.168.1.${100 + n}`,
      serverPort: 445,
      isAnswered: false,
    }));
    const { title, seen, actions } = explain(incidentOf(...knocks), "en");
    expect(title).toBe("Taro-no-iPhone (192.168.1.50) is scanning other devices in the office");
    expect(seen).toBe(
      "It contacted 9 different addresses, port 445: 192.168.1.100, 192.168.1.101, 192.168.1.102 and 6 more (seen 9×).",
    );
    expect(actions.at(-1)).toContain("192.168.1.100, 192.168.1.101, 192.168.1.102 and 6 more");
    expect(explain(incidentOf(...knocks), "ja").seen).toBe(
      "9 件の宛先（192.168.1.100、192.168.1.101、192.168.1.102 ほか 6 件、ポート 445）への通信を 9 回検出しました。",
    );
  });

  it("calms down where the Internet knocked and nobody answered", () => {
    const knock = {
      clientAddress: "203.0.113.9",
      serverAddress: "192.168.1.60",
      isAnswered: false,
      serverPort: 22,
    };
    const { title, actions, meaning } = explain(incidentOf({ ...knock, category: "Misc Attack" }), "ja");
    expect(title).toBe("インターネット側の 203.0.113.9 が 192.168.1.60 への侵入を試みました");
    expect(meaning).toContain("失敗したとみられます");
    expect(actions).toEqual(["対応は不要です。"]);
  });

  it("begins with finding the device where it has no name", () => {
    const withMac = explain(incidentOf({ clientAddress: "192.168.1.60" }), "ja").actions[0];
    expect(withMac).toBe(
      "どの機器かを特定してください（IP アドレス 192.168.1.60、MAC アドレス 02:00:00:00:00:60）。",
    );
    const without = explain(incidentOf({ clientAddress: "192.168.1.61" }), "en").actions[0];
    expect(without).toBe("Find out which device it is: IP address 192.168.1.61.");
  });

  it("sends nobody to pull cables for what is only to be watched", () => {
    const incident = incidentOf({ ...PHONE, ruleMetadata: { signature_severity: ["Informational"] } });
    expect(explain(incident, "en").actions[0]).toBe(
      "Ask the user of the device whether this was done on purpose.",
    );
  });

  it("has whole sentences for every theme, direction, verdict and scope in both languages", () => {
    const themes: readonly Theme[] = [
      "command-and-control",
      "malware",
      "phishing",
      "coin-mining",
      "unwanted-program",
      "intrusion",
      "attack",
      "scan",
      "denial-of-service",
      "policy",
      "suspicious",
      "information",
      "unclassified",
    ];
    const base = incidentOf(PHONE);
    const texts = new Set<string>();
    for (const theme of themes) {
      for (const direction of ["outbound", "inbound", "lateral", "transit"] as const) {
        for (const verdict of ["act", "watch", "information"] as const) {
          for (const scope of ["pair", "many-remotes", "many-inside-hosts"] as const) {
            for (const applicationProtocol of scope === "pair" ? ["dns", "tls", "http", "smb"] : ["smb"]) {
              for (const isAnswered of [true, false]) {
                for (const language of ["en", "ja"] as const) {
                  const incident = {
                    ...base,
                    theme,
                    direction,
                    verdict,
                    scope,
                    applicationProtocol,
                    isAnswered,
                  };
                  const { actions, deviceFacts: _, ...parts } = explain(incident, language);
                  expect(actions.length).toBeGreaterThan(0);
                  for (const text of [...Object.values(parts), ...actions]) texts.add(text);
                }
              }
            }
          }
        }
      }
    }
    for (const text of texts) expect(text).toMatch(/^[^{}]+$/);
    expect(texts.size).toBeGreaterThan(100);
  });
});
