/** Every mistake gets its sentence, with the line it stands in and in both languages. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { AgentError } from "../../../agent/base/errors.js";
import { loadConfig } from "../../../agent/config/load.js";

const folder = mkdtempSync(join(tmpdir(), "sekisho-mistakes-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each line ten of the one before: over twenty thousand values in the sixth. */
const BOMB = [
  "rules: []",
  "a: &a [x, x, x, x, x, x, x, x, x, x]",
  ...["b", "c", "d", "e", "f", "g", "h"].map((name, i) => {
    const before = "abcdefg"[i];
    return `${name}: &${name} [${Array(10).fill(`*${before}`).join(", ")}]`;
  }),
].join("\n");

/** YAML, the line of the mistake, and what is said of it. */
const MISTAKES: readonly (readonly [yaml: string, line: number, sentence: RegExp])[] = [
  // What is no YAML, or none that is meant.
  ["home_net: [10.0.0.0/8", 2, /not valid YAML/],
  ["store:\n budget_mib: 8\n  path: x", 2, /not valid YAML/],
  ["store:\n\tbudget_mib: 8", 2, /not valid YAML/],
  ["rules: []\nrules: []", 2, /not valid YAML: Map keys must be unique/],
  ['language: "ja', 2, /not valid YAML/],
  // Aliases, anchors, merge keys, tags, directives.
  ["rules: &x [a]\nhome_net: *y", 2, /\*y stands for nothing/],
  ["home_net: *later\nrules: &later [a]", 1, /\*later stands for nothing/],
  ["rules: &x\n  - *x", 2, /\*x stands within what it stands for/],
  ["store: &s\n  budget_mib: 8\nuplink:\n  <<: *s", 4, /merge keys \(<<\) are not part of YAML 1\.2/],
  ["%YAML 1.1\n---\nstore: &s {budget_mib: 8}\nuplink:\n  <<: *s", 5, /merge keys/],
  [BOMB, 6, /aliases unfold to more than 20000 values/],
  ["rules: &r [a.rules, b.rules]\nhome_net: *r", 2, /home_net\[0\] “a\.rules” is not a network/],
  ["home_net: &n [10.0.0.0/8]\nhome_net: *n", 2, /Map keys must be unique/],
  ["store:\n  path: a\n  budget_mib: 8\n  path: b", 4, /Map keys must be unique/],
  ["rules: !include other.yaml", 1, /not valid YAML/],
  ["rules: !!set {a, b}", 1, /rules must be a list/],
  ["rules: []\n---\nrules: []", 2, /not valid YAML/],
  [`rules: ${"[".repeat(20_000)}`, 1, /not valid YAML/],
  ["? [a, b]\n: 1", 1, /a key must be text/],
  ["__proto__: {polluted: true}", 1, /unknown key __proto__/],
  ["store: {toString: 1}", 1, /unknown key store\.toString/],
  ["- a\n- b", 1, /must be a group of keys/],
  ["just text", 1, /must be a group of keys/],
  ["42", 1, /must be a group of keys/],
  // Keys that do not exist.
  ["uplnk: {}", 1, /unknown key uplnk; did you mean uplink\?/],
  ["Uplink: {}", 1, /unknown key Uplink; did you mean uplink\?/],
  ["homenet: []", 1, /unknown key homenet; did you mean home_net\?/],
  ["budget_mib: 8", 1, /unknown key budget_mib; did you mean store\.budget_mib\?/],
  ["store:\n  budget: 8", 2, /unknown key store\.budget/],
  ["store:\n  budget_mb: 8", 2, /unknown key store\.budget_mb; did you mean store\.budget_mib\?/],
  ["capture:\n  interface: lan0", 2, /unknown key capture\.interface; did you mean capture\.interfaces\?/],
  ["capture:\n  snap_len: 100", 2, /unknown key capture\.snap_len; did you mean capture\.snaplen\?/],
  ["uplink:\n  password: secret", 2, /unknown key uplink\.password; did you mean uplink\.password_file\?$/],
  ["uplink:\n  cafile: x", 2, /unknown key uplink\.cafile; did you mean uplink\.ca_file\?/],
  ["uplink:\n  verify: false", 2, /unknown key uplink\.verify/],
  ["log:\n  levle: info", 2, /unknown key log\.levle; did you mean log\.level\?/],
  ["health:\n  silence: 3", 2, /unknown key health\.silence/],
  ["metrics:\n  address: 0.0.0.0", 2, /unknown key metrics\.address/],
  [
    "variables:\n  addressgroups: {}",
    2,
    /unknown key variables\.addressgroups; did you mean variables\.address_groups\?/,
  ],
  ["xyzzy: 1", 1, /unknown key xyzzy$/],
  // Values of another kind than is meant.
  ["home_net: 10.0.0.0/8", 1, /home_net must be a list/],
  ["home_net: {a: 1}", 1, /home_net must be a list/],
  ["home_net: [10]", 1, /home_net\[0\] must be text/],
  ["rules: my.rules", 1, /rules must be a list/],
  ["rules_allow_empty: yes", 1, /rules_allow_empty must be true or false/],
  ["rules_allow_empty: 1", 1, /rules_allow_empty must be true or false/],
  ["store: 256", 1, /store must be a group of keys/],
  ["store:\n  budget_mib: 256M", 2, /store\.budget_mib must be a whole number/],
  ["store:\n  budget_mib: 8.5", 2, /store\.budget_mib must be a whole number/],
  ["store:\n  path: 7", 2, /store\.path must be text/],
  ["capture: lan0", 1, /capture must be a group of keys/],
  ["capture:\n  interfaces: lan0", 2, /capture\.interfaces must be a list/],
  ["capture:\n  speed: fast", 2, /capture\.speed must be a number/],
  ["capture:\n  filter: [tcp]", 2, /capture\.filter must be text/],
  ["uplink:\n  url: [mqtts://a]", 2, /uplink\.url must be text/],
  ["device: box-1", 1, /device must be a group of keys/],
  ["device:\n  id: 17", 2, /device\.id must be text/],
  ["variables:\n  port_groups:\n    HTTP: [80]", 3, /variables\.port_groups\.HTTP must be/],
  // Values out of bounds.
  ["store:\n  budget_mib: 7", 2, /store\.budget_mib must be from 8 to 65536/],
  ["store:\n  budget_mib: -8", 2, /store\.budget_mib must be from 8 to 65536/],
  ["store:\n  path: ''", 2, /store\.path must not be empty/],
  ["capture:\n  snaplen: 64", 2, /capture\.snaplen must be from 128 to 262144/],
  ["capture:\n  speed: 0", 2, /capture\.speed must be from 0\.01 to 100000/],
  ["capture:\n  driver: libpcap", 2, /capture\.driver must be one of: auto, pcap, tcpdump/],
  ["capture:\n  interfaces: [a/b]", 2, /capture\.interfaces\[0\] cannot be “a\/b”/],
  ["capture:\n  interfaces: [this-name-is-too-long]", 2, /capture\.interfaces\[0\] cannot be/],
  ["home_net: []", 1, /home_net must not be empty/],
  ["home_net:\n  - 10.0.0.0/8\n  - 300.0.0.0/8", 3, /home_net\[1\] “300\.0\.0\.0\/8” is not a network/],
  ["home_net: [10.0.0.0/33]", 1, /home_net\[0\] “10\.0\.0\.0\/33” is not a network/],
  ["home_net: [office]", 1, /home_net\[0\] “office” is not a network/],
  ["uplink:\n  url: monitor.example.jp", 2, /uplink\.url “monitor\.example\.jp” is not a broker's address/],
  ["uplink:\n  url: https://monitor.example.jp", 2, /is not a broker's address/],
  ["uplink:\n  url: mqtts://monitor.example.jp:0", 2, /is not a broker's address/],
  ["uplink:\n  url: mqtts://monitor.example.jp/path", 2, /is not a broker's address/],
  [
    "uplink:\n  url: mqtts://user:p/w@monitor.example.jp",
    2,
    /“mqtts:\/\/\[secret\]@monitor\.example\.jp” is not/,
  ],
  ["forward:\n  - {name: a, to: 'tls://user:p/w@h:1'}", 2, /“tls:\/\/\[secret\]@h:1”/],
  ["uplink:\n  url: mqtts://user:pw@monitor.example.jp", 2, /must not contain a user name or password/],
  ["uplink:\n  protocol: 3", 2, /uplink\.protocol must be one of: auto, 5, 4/],
  ["uplink:\n  acknowledgement: none", 2, /uplink\.acknowledgement must be one of: monitor, broker/],
  ["uplink:\n  receive_window: 0", 2, /uplink\.receive_window must be from 1 to 65535/],
  [
    "uplink:\n  url: mqtts://a\n  cert_file: a.pem",
    3,
    /uplink\.cert_file has no effect without uplink\.key_file/,
  ],
  [
    "uplink:\n  url: mqtts://a\n  key_file: a.pem",
    3,
    /uplink\.key_file has no effect without uplink\.cert_file/,
  ],
  ["uplink:\n  password_file: p", 2, /uplink\.password_file has no effect without uplink\.username/],
  ["uplink:\n  url: mqtt://127.0.0.1\n  ca_file: ca.pem", 3, /uplink\.ca_file has no effect with mqtt:\/\//],
  ["incident:\n  idle_min: 0", 2, /incident\.idle_min must be from 1 to 1440/],
  ["health:\n  silence_min: 0", 2, /health\.silence_min must be from 1 to 1440/],
  ["metrics:\n  port: 70000", 2, /metrics\.port must be from 1 to 65535/],
  ["log:\n  level: verbose", 2, /log\.level must be one of/],
  ["language: fr", 1, /language must be one of: en, ja/],
  ["device:\n  id: shop 1", 2, /device\.id “shop 1” must be 1 to 64/],
  ["device:\n  id: a/b", 2, /device\.id “a\/b” must be 1 to 64/],
  ["variables:\n  address_groups:\n    HOME NET: any", 3, /cannot be “HOME NET”/],
  // Collectors.
  [
    "forward:\n  - {name: siem, to: siem.example}",
    2,
    /forward\[0\]\.to “siem\.example” is no destination such as tls:/,
  ],
  ["forward:\n  - {name: siem, to: 'udp://10.0.0.9:70000'}", 2, /is no destination/],
  ["forward:\n  - {name: local, to: 'file://eve.json'}", 2, /is no destination/],
  ["forward:\n  - {name: a, to: 'tcp://h'}\n  - {name: a, to: 'tcp://h'}", 3, /the name a is given twice/],
  [
    "forward:\n  - {name: a, to: 'tcp://h', ca_file: /x}",
    2,
    /ca_file has no effect with tcp:\/\/; it goes with tls:/,
  ],
  [
    "forward:\n  - {name: a, to: 'tls://h', cert_file: /x}",
    2,
    /cert_file has no effect without forward\[0\]\.key_file/,
  ],
  ["forward:\n  - {name: a, to: 'unix:///x', format: text}", 2, /format has no effect with unix:/],
  ["forward:\n  - {name: a, to: 'udp://h', records: [alerts]}", 2, /records/],
];

function mistake(yaml: string): AgentError {
  const file = join(folder, "sekisho.yaml");
  writeFileSync(file, `${yaml}\n`);
  try {
    loadConfig(file, {});
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error("accepted");
}

const NAMED = MISTAKES.map(([yaml, line, sentence]) => [yaml.slice(0, 80), line, sentence, yaml] as const);

test.each(NAMED)("%j is told by its line %i", (_, line, sentence, yaml) => {
  const error = mistake(yaml);
  const [first = ""] = error
    .describe("en")
    .split("\n")
    .filter((text) => text.includes(`sekisho.yaml:${line}: `));
  expect(first, error.describe("en")).toMatch(sentence);
  expect(error.describe("ja")).toMatch(/[ぁ-ん]/);
  expect(error.describe("ja")).toContain(`sekisho.yaml:${line}: `);
});
