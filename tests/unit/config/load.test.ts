import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { AgentError } from "../../../agent/base/errors.js";
import { defaultDeviceId } from "../../../agent/config/device-id.js";
import { loadConfig } from "../../../agent/config/load.js";
import { ConfigError } from "../../../agent/config/problem.js";
import { isDeviceId, parseBrokerUrl } from "../../../agent/config/semantics.js";

const folder = mkdtempSync(join(tmpdir(), "sekisho-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const file = join(folder, "sekisho.yaml");
  writeFileSync(file, text);
  return file;
}

function failure(file: string, environment: Record<string, string> = {}): AgentError {
  try {
    loadConfig(file, environment);
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

/** The lines of the message below its first one, without the folder's name. */
function problems(text: string, environment: Record<string, string> = {}): string[] {
  const error = failure(write(text), environment);
  expect(error).toBeInstanceOf(ConfigError);
  return error.message
    .split("\n")
    .slice(1)
    .map((line) => line.trim().replace(`${folder}/`, ""));
}

describe("loading the configuration", () => {
  it("works without a file: every key has a default", () => {
    const config = loadConfig(undefined, {});
    expect(config.home_net).toEqual(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]);
    expect(config.store).toEqual({
      path: "/var/lib/sekisho/sekisho.db",
      budget_mib: 256,
      detail_mib_per_hour: 16,
      shares_percent: { outbox: 50, incidents: 15, detections: 25, logs: 10 },
      retention_days: { detections: 90, incidents: 400, logs: 90 },
    });
    expect(config.uplink).toMatchObject({ url: null, acknowledgement: "monitor", protocol: "auto" });
    expect(config.rules_allow_empty).toBe(false);
  });

  it("works with an empty file, an empty section, and a file of comments", () => {
    for (const text of ["", "uplink:\nstore:\n", "# nothing yet\n"]) {
      expect(loadConfig(write(text), {}).store.budget_mib).toBe(256);
    }
  });

  it("cannot be changed afterwards, at any depth", () => {
    const config = loadConfig(undefined, {});
    expect(() => Object.assign(config.uplink, { url: "x" })).toThrow(TypeError);
    expect(() => (config.home_net as string[]).push("x")).toThrow(TypeError);
  });

  it("takes relative paths from the file's folder, absolute ones as they are, and expands nothing", () => {
    const placeholder = ["$", "{HOME}"].join("");
    const config = loadConfig(
      write(
        `rules: [rules/own.rules, /etc/rules]\nstore: {path: '${placeholder}/x.db'}\ncapture: {file: ../a.pcap}\n`,
      ),
      {},
    );
    expect(config.rules).toEqual([join(folder, "rules/own.rules"), "/etc/rules"]);
    expect(config.store.path).toBe(join(folder, placeholder, "x.db"));
    expect(config.capture.file).toBe(resolve(folder, "../a.pcap"));
  });

  it("reports every mistake of a file at once, by line, with the key that was probably meant", () => {
    expect(
      problems(`device:
  id: shop 1
home_net: [10.0.0.0/8, 300.1.1.1/8]
uplnk: {}
uplink:
  url: ftp://x
  budget_mib: 7
  protocol: 6
store:
  budget_mib: "a"
capture:
  interfaces: eth0
  snaplen: 5
variables:
  port_groups: {"HTTP PORTS": "80"}
rules_allow_empty: yes please
language: fr
`),
    ).toEqual([
      "sekisho.yaml:2: device.id “shop 1” must be 1 to 64 letters, digits, dots, hyphens or underscores",
      "sekisho.yaml:3: home_net[1] “300.1.1.1/8” is not a network such as 192.168.0.0/16",
      "sekisho.yaml:4: unknown key uplnk; did you mean uplink?",
      "sekisho.yaml:6: uplink.url “ftp://x” is not a broker's address such as mqtts://monitor.example.jp:8883",
      "sekisho.yaml:7: unknown key uplink.budget_mib; did you mean store.budget_mib?",
      "sekisho.yaml:8: uplink.protocol must be one of: auto, 5, 4",
      "sekisho.yaml:10: store.budget_mib must be a whole number",
      "sekisho.yaml:12: capture.interfaces must be a list (one item per line, each beginning with “- ”)",
      "sekisho.yaml:13: capture.snaplen must be from 128 to 262144",
      "sekisho.yaml:15: variables.port_groups.HTTP PORTS cannot be “HTTP PORTS”: characters that are not allowed here",
      "sekisho.yaml:16: rules_allow_empty must be true or false",
      "sekisho.yaml:17: language must be one of: en, ja",
    ]);
  });

  it("says the same in Japanese", () => {
    const text = failure(write("uplnk: {}\n")).describe("ja");
    expect(text).toContain(
      "sekisho.yaml:1: uplnk という設定項目はありません。uplink の間違いではありませんか?",
    );
  });

  it("reports what is no YAML with its line, keys given twice, and tags it does not know", () => {
    expect(problems("a: [1\nb: 2\n")[0]).toMatch(/^sekisho\.yaml:2: not valid YAML: /);
    expect(problems("rules: []\nrules: []\n")[0]).toMatch(
      /^sekisho\.yaml:2: not valid YAML: Map keys must be unique/,
    );
    expect(problems("language: !custom en\n")[0]).toMatch(/^sekisho\.yaml:1: not valid YAML: /);
    expect(problems("- a\n- b\n")).toEqual([
      "sekisho.yaml:1: (top level) must be a group of keys, indented below it",
    ]);
  });

  it("is not blown up by aliases of aliases", () => {
    const levels = Array.from({ length: 30 }, (_, i) => `k${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
    const error = failure(write(`k0: &a0 [x]\n${levels.join("\n")}\n`));
    expect(error.message).toContain("alias");
  });

  it.each([
    ["error.config.missing", () => join(folder, "absent.yaml")],
    ["error.config.not_a_file", () => folder],
    [
      "error.config.too_large",
      () => {
        const file = join(folder, "large.yaml");
        writeFileSync(file, "#".repeat(300 * 1024));
        return file;
      },
    ],
  ])("says %s in both languages", (code, file) => {
    const error = failure(file());
    expect(error.code).toBe(code);
    expect(error.describe("en")).toContain(folder);
    expect(error.describe("ja")).toMatch(/ください/);
  });

  describe("with the environment", () => {
    it("lets a variable override the file, converted to the key's type", () => {
      const config = loadConfig(write("store: {budget_mib: 16}\nuplink: {url: 'mqtt://127.0.0.1'}\n"), {
        SEKISHO_STORE_BUDGET_MIB: "32",
        SEKISHO_UPLINK_URL: "",
        SEKISHO_UPLINK_PROTOCOL: "4",
        SEKISHO_RULES_ALLOW_EMPTY: "true",
        SEKISHO_DEVICE_ID: "12",
        SEKISHO_CAPTURE_INTERFACES: "lan0, lan1",
        SEKISHO_RULES: "own.rules",
        SEKISHO_UNRELATED: "x",
      });
      expect(config.capture.interfaces).toEqual(["lan0", "lan1"]);
      expect(config.rules).toEqual([resolve("own.rules")]);
      expect(config.store.budget_mib).toBe(32);
      expect(config.uplink).toMatchObject({ url: null, protocol: 4 });
      expect(config.rules_allow_empty).toBe(true);
      expect(config.device.id).toBe("12");
    });

    it("names the variable where its value or its name is wrong", () => {
      expect(
        problems("log: {level: loud}\n", { SEKISHO_STORE_BUDGET_MIB: "1e9", SEKISHO_UPLINK_ULR: "x" }),
      ).toEqual([
        "SEKISHO_UPLINK_ULR: unknown key SEKISHO_UPLINK_ULR; did you mean SEKISHO_UPLINK_URL?",
        "SEKISHO_STORE_BUDGET_MIB: store.budget_mib must be a whole number",
        "sekisho.yaml:1: log.level must be one of: trace, debug, info, warn, error, fatal, silent",
      ]);
    });
  });

  describe("secrets", () => {
    it("are refused in the URL, and the message does not repeat them", () => {
      const [line] = problems("uplink: {url: 'mqtts://shop:hunter2@broker'}\n");
      expect(line).toContain("uplink.password_file");
      expect(line).not.toContain("hunter2");
    });

    it("have no key of their own", () => {
      expect(problems("uplink: {password: x}\n")).toEqual([
        "sekisho.yaml:1: unknown key uplink.password; did you mean uplink.password_file?",
      ]);
    });

    it("are not sent in the clear to another machine", () => {
      expect(problems("uplink: {url: 'mqtt://monitor.example'}\n")).toEqual([
        expect.stringContaining("would send to monitor.example unencrypted and unchecked; use mqtts://"),
      ]);
      const local = loadConfig(write("uplink: {url: 'mqtt://127.0.0.1:1884'}\n"), {});
      expect(local.uplink.url).toBe("mqtt://127.0.0.1:1884");
    });

    it("come in pairs: certificate and key, password and name; and only with TLS", () => {
      expect(
        problems("uplink:\n  url: mqtt://127.0.0.1\n  cert_file: c\n  password_file: p\n  ca_file: ca\n"),
      ).toEqual([
        "sekisho.yaml:3: uplink.cert_file has no effect with mqtt://; use mqtts:// in uplink.url",
        "sekisho.yaml:3: uplink.cert_file has no effect without uplink.key_file",
        "sekisho.yaml:4: uplink.password_file has no effect without uplink.username",
        "sekisho.yaml:5: uplink.ca_file has no effect with mqtt://; use mqtts:// in uplink.url",
      ]);
    });
  });

  it("refuses shares of the store that are more than the whole", () => {
    expect(problems("store:\n  shares_percent: {outbox: 60}\n")).toEqual([
      "sekisho.yaml:2: store.shares_percent adds up to 110 percent; 100 is the most",
    ]);
  });
});

describe("a broker's address", () => {
  it("is read with its defaults", () => {
    expect(parseBrokerUrl("mqtts://monitor.example.jp")).toEqual({
      isTls: true,
      host: "monitor.example.jp",
      port: 8883,
      isLoopback: false,
    });
    expect(parseBrokerUrl("mqtt://[::1]:1884/")).toEqual({
      isTls: false,
      host: "::1",
      port: 1884,
      isLoopback: true,
    });
  });

  it("is nothing else", () => {
    for (const text of [
      "",
      "localhost",
      "mqtt://",
      "http://a",
      "mqtt://a/b",
      "mqtt://a?x",
      "mqtt://a:0",
      "mqtt://a:70000",
    ]) {
      expect(parseBrokerUrl(text)).toBe("error.config.problem.url");
    }
  });
});

describe("the device's own name", () => {
  it("follows from the machine id without telling it", () => {
    const file = join(folder, "machine-id");
    writeFileSync(file, "0123456789abcdef0123456789abcdef\n");
    const name = defaultDeviceId(file);
    expect(name).toMatch(/^sekisho-[0-9a-f]{12}$/);
    expect(isDeviceId(name)).toBe(true);
    expect(defaultDeviceId(file)).toBe(name);
    expect(readFileSync(file, "utf8")).not.toContain(name.slice(8));
    expect(defaultDeviceId(join(folder, "absent"))).toMatch(/^sekisho-[0-9a-f]{12}$/);
  });
});
