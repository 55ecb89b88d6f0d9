import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../../agent/base/address.js";
import { chooseLanguage, languageOf } from "../../../agent/base/language.js";
import { NetworkSet } from "../../../agent/base/network-set.js";

test.each([
  ["10.0.0.0/8", "10.255.1.2", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["192.168.10.128/25", "192.168.10.127", false],
  ["192.168.10.128/25", "192.168.10.128", true],
  ["192.168.10.7", "192.168.10.7", true],
  ["0.0.0.0/0", "8.8.8.8", true],
  ["0.0.0.0/0", "::1", false],
  ["fc00::/7", "fd12::1", true],
  ["fc00::/7", "fe80::1", false],
  ["2001:db8::/33", "2001:db8:8000::1", false],
  ["10.0.0.0/8", "no address", false],
])("%s holds %s: %s", (cidr, address, expected) => {
  expect(new NetworkSet([cidr]).has(address)).toBe(expected);
});

test.each([
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["::", "::"],
  ["::ffff:192.0.2.1", "::ffff:c000:201"],
  ["2001:db8::", "2001:db8::"],
  ["1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"],
])("%s is written as RFC 5952 says: %s", (text, expected) => {
  expect(formatAddress(6, parseAddress(text)!.words)).toBe(expected);
});

test.each(["1.2.3", "1.2.3.256", "1:2:3", "::1::", "12345::", "1.2.3.4.5", "", ":::"])(
  "%j is no address",
  (text) => {
    expect(parseAddress(text)).toBeUndefined();
  },
);

test("the language is what was asked for, else that of the locale, else English", () => {
  expect(chooseLanguage("ja", { LANG: "en_US.UTF-8" })).toBe("ja");
  expect(chooseLanguage(undefined, { LANG: "ja_JP.UTF-8" })).toBe("ja");
  expect(chooseLanguage(undefined, { LC_ALL: "C", LANG: "ja_JP.UTF-8" })).toBe("en");
  expect(languageOf(["run", "--lang=ja"], {})).toBe("ja");
  expect(languageOf(["--lang", "ja", "run"], {})).toBe("ja");
});
