import { describe, expect, it } from "vitest";
import { Pseudonyms } from "../../../agent/onsite/pseudonyms.js";
import { preparedParts, withoutSecrets } from "../../../agent/onsite/support-bundle.js";

describe("pseudonyms", () => {
  const pseudonyms = new Pseudonyms(["Keiri-PC", "Keiri-PC2", "佐藤さん"], new Uint8Array(32));
  const replace = (text: string): string => pseudonyms.replaceIn(text);

  it("stand for the same thing wherever and however it is written", () => {
    const [first, second, third] = replace("AA:BB:CC:00:11:22 aa-bb-cc-00-11-22 aa:bb:cc:00:11:23").split(
      " ",
    );
    expect(first).toMatch(/^mac-[0-9a-f]{10}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(replace("keiri-pc")).toBe(replace("KEIRI-PC"));
    expect(replace("keiri-pc2")).not.toContain(replace("keiri-pc"));
    expect(replace("佐藤さんのPC")).toMatch(/^name-[0-9a-f]{10}のPC$/);
  });

  it("replace addresses of both versions, with their prefix lengths and ports left", () => {
    expect(replace("192.168.10.0/24 [fd00::57]:443 2001:db8::1")).toMatch(
      /^ip-[0-9a-f]{10}\/24 \[ip-[0-9a-f]{10}\]:443 ip-[0-9a-f]{10}$/,
    );
  });

  it("leave times, versions, numbers and what points to no device", () => {
    const text =
      "2026-11-28T10:36:40.123Z 12:34:56 7.0.10 v20.20.2 127.0.0.1 0.0.0.0 ::1 224.0.0.251 1:9000002 dead::: face";
    expect(replace(text)).toBe(text);
  });

  it("of another bundle are others", () => {
    expect(new Pseudonyms([]).replaceIn("10.0.0.1")).not.toBe(new Pseudonyms([]).replaceIn("10.0.0.1"));
  });
});

describe("what goes into a support bundle", () => {
  it("has no secrets, and says where they lie", () => {
    const config = {
      uplink: { url: "mqtts://user:pass@broker.example:8883", password_file: "/etc/sekisho/password" },
      list: [{ apiToken: "abc", password: "hunter2", tokens: 3 }],
      pageSetupCode: "K3JX",
    };
    expect(withoutSecrets(config)).toEqual({
      uplink: { url: "mqtts://[secret]@broker.example:8883", password_file: "/etc/sekisho/password" },
      list: [{ apiToken: "***", password: "***", tokens: 3 }],
      pageSetupCode: "***",
    });
  });

  it("is the end of what is too long", () => {
    const [part] = preparedParts([{ file: "journal.txt", text: `${"x".repeat(5 * 1024 * 1024)}END` }]);
    expect(part!.text.length).toBeLessThan(4.1 * 1024 * 1024);
    expect(part!.text.endsWith("END")).toBe(true);
  });
});
