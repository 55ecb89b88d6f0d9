import { expect, test } from "vitest";
import { translate } from "../../../agent/base/language.js";
import { findWarnings } from "../../../agent/diagnosis/rule-warnings.js";
import { parsedRules } from "../../support/rule-files.js";

const tcp = (options: string, sid = 1) => `alert tcp any any -> any any (msg:"m"; ${options} sid:${sid};)`;
const http = (options: string) => `alert http any any -> any any (msg:"m"; ${options} sid:1;)`;
const warnings = (...rules: readonly string[]) =>
  findWarnings(parsedRules(...rules).signatures).map(
    ({ sid, kind, phrase }) => `${sid} ${kind} ${translate("en", phrase.key, phrase.params)}`,
  );

test.each([
  [tcp('content:"abcd"; flowbits:isset,a;'), "no loaded rule sets flowbits a"],
  [tcp('content:"abcd"; flowbits:isset,a|b;'), "no loaded rule sets flowbits a | flowbits b"],
  [tcp('content:"abcd"; xbits:isset,a,track ip_src;'), "no loaded rule sets xbits a"],
  [tcp('content:"abcd"; flowint:ab,>,1;'), "no loaded rule sets flowint ab"],
  [tcp("ttl:>100; ttl:<50;"), "ttl > 100 and ttl < 50 exclude each other"],
  [tcp("ttl:1; ttl:2;"), "ttl = 1 and ttl = 2 exclude each other"],
  [tcp('dsize:<4; content:"abcd";'), 'content:"abcd" does not fit into dsize < 4'],
  [tcp('dsize:<6; content:"abcd"; offset:2;'), 'content:"abcd"; offset:2 does not fit into dsize < 6'],
  [http('http.uri; bsize:<=2; content:"abc";'), 'content:"abc" does not fit into bsize <= 2'],
  [http("http.uri; bsize:>5; bsize:<5;"), "http.uri bsize > 5 and http.uri bsize < 5 exclude each other"],
  [http('http.uri; content:"abcd"; content:!"bc";'), 'content:"abcd" and content:!"bc" exclude each other'],
  ["alert tcp 10.0.0.1 any -> fe80::1 any (sid:1;)", "one end is IPv4 only, the other IPv6 only"],
])("%s can never alert: %s", (rule, reason) => {
  expect(warnings(rule)[0]).toBe(`1 never never alerts: ${reason}`);
});

test.each([
  [tcp('content:"abcd"; flowbits:isset,a;'), tcp('content:"efgh"; flowbits:set,a;', 2)],
  [tcp('content:"abcd"; flowbits:isset,a|b;'), tcp('content:"efgh"; flowbits:set,b;', 2)],
  [tcp('content:"abcd"; flowbits:isnotset,a;')],
  [tcp('content:"abcd"; flowint:ab,isnotset;')],
  [tcp('dsize:4; content:"abcd";')],
  [http('http.uri; content:"abcd"; content:!"bc"; distance:0;')],
  [http('http.uri; content:"abcd"; content:!"BC";')],
  [http('http.uri; content:"abcd"; http.user_agent; content:!"bc";')],
  [tcp('content:"abcd"; flowbits:set,a; noalert;')],
])("%s is not warned about", (...rules) => {
  expect(warnings(...rules.filter((rule) => rule !== undefined))).toEqual([]);
});

test.each([
  [tcp('content:"a";'), 'slow: waits for one byte only ("a")'],
  [tcp('pcre:"/a/";'), "slow: no literal to wait for, tried on every piece of a stream"],
  [http('http.uri; pcre:"/a/";'), "slow: no literal to wait for, tried on every message"],
  [
    'alert udp any any -> any any (content:!"abcd"; sid:1;)',
    "slow: no literal to wait for, tried on every packet",
  ],
])("%s is %s", (rule, text) => {
  expect(warnings(rule)).toEqual([`1 slow ${text}`]);
});

test("a rule that tells nothing and marks nothing is useless", () => {
  expect(warnings(tcp('content:"abcd"; noalert;'))).toEqual([
    "1 useless does nothing: it tells nothing and marks nothing",
  ]);
});
