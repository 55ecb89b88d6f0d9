import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Field } from "../../../../agent/sensor/proto/fields.js";
import { Protocol } from "../../../../agent/sensor/proto/protocols.js";
import { imageWithData, RuleBench } from "../../../support/rules.js";

const query = (name: string) => ({ protocol: Protocol.DNS, fields: [[Field.DNS_QUERY, name]] as const });
const dns = (options: string, sid = 1) => `alert dns any any -> any any (dns.query; ${options} sid:${sid};)`;
const packetRule = (options: string, sid = 1) => `alert ip any any -> any any (${options} sid:${sid};)`;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const digest = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex");
const bench = (data: Readonly<Record<string, string>>, ...rules: readonly string[]) =>
  new RuleBench(imageWithData(data, ...rules));

test("isset holds for a whole buffer that is a value of the set, isnotset for every other one", () => {
  const names = { "names.lst": `${base64("bad.example")}\n${base64("worse.example")}\n` };
  const rules = bench(
    names,
    dns("dataset:isset,names,type string,load names.lst;", 1),
    dns("dataset:isnotset,names;", 2),
  );
  expect(rules.message(query("bad.example"))).toEqual([1]);
  expect(rules.message(query("worse.example"))).toEqual([1]);
  expect(rules.message(query("bad.example.org"))).toEqual([2]);
  expect(rules.message(query("BAD.example"))).toEqual([2]);
});

test.each([
  ["md5", "to_md5"],
  ["sha256", "to_sha256"],
])("a set of %s is asked with the hash of the buffer", (type, transform) => {
  const rules = bench(
    { hashes: `${digest(type, "bad.example")}\n` },
    dns(`${transform}; dataset:isset,h,type ${type},load hashes;`),
  );
  expect(rules.message(query("bad.example"))).toEqual([1]);
  expect(rules.message(query("good.example"))).toEqual([]);
});

test("a buffer of another size is no value of a set of hashes", () => {
  const rules = bench(
    { hashes: `${digest("md5", "a")}\n` },
    dns("dataset:isset,h,type md5,load hashes;", 1),
    dns("dataset:isnotset,h;", 2),
  );
  expect(rules.message(query("a"))).toEqual([2]);
});

test("set matches the first time a value is seen, unset where it was there", () => {
  const rules = bench(
    {},
    dns("dataset:set,seen,type string;", 1),
    dns('content:"forget"; dataset:unset,seen;', 2),
  );
  expect(rules.message(query("one.example"))).toEqual([1]);
  expect(rules.message(query("one.example"))).toEqual([]);
  expect(rules.message(query("forget.example"))).toEqual([1, 2]);
  expect(rules.message(query("forget.example"))).toEqual([1, 2]);
  rules.matcher.clear();
  expect(rules.message(query("one.example"))).toEqual([1]);
});

test("a set that rules change starts with what its file has, and comes back to that when cleared", () => {
  const rules = bench(
    { names: `${base64("a")}\n` },
    dns('content:"a"; dataset:unset,n,type string,load names;', 1),
  );
  expect(rules.message(query("a"))).toEqual([1]);
  expect(rules.message(query("a"))).toEqual([]);
  rules.matcher.clear();
  expect(rules.message(query("a"))).toEqual([1]);
});

test("isnotset and set in one rule report a value once", () => {
  const rules = bench({}, dns("dataset:isnotset,seen,type string; dataset:set,seen;"));
  expect(rules.message(query("x"))).toEqual([1]);
  expect(rules.message(query("x"))).toEqual([]);
});

test("a full set takes no more values and counts them", () => {
  const rules = bench({}, dns("dataset:set,seen,type string;"));
  let taken = 0;
  for (let i = 0; i < 17_000; i++) taken += rules.message(query(`host${i}.example`)).length;
  expect(taken).toBe(16_384);
  expect(rules.matcher.limitCounts.dataSets).toBe(17_000 - 16_384);
});

test("ip.src and ip.dst are looked up in sets of addresses", () => {
  const rules = bench(
    { v4: "192.0.2.1\n2001:db8::1\n", both: "::ffff:192.0.2.1\n2001:db8::1\n198.51.100.7\n" },
    packetRule("ip.src; dataset:isset,four,type ipv4,load v4;", 1),
    packetRule("ip.dst; dataset:isset,all,type ip,load both;", 2),
  );
  expect(rules.packet("", { source: "192.0.2.1", destination: "203.0.113.1" })).toEqual([1]);
  expect(rules.packet("", { source: "203.0.113.1", destination: "192.0.2.1" })).toEqual([2]);
  expect(rules.packet("", { source: "203.0.113.1", destination: "198.51.100.7" })).toEqual([2]);
  expect(rules.packet("", { source: "2001:db8::2", destination: "2001:db8::1" })).toEqual([2]);
  expect(rules.packet("", { source: "2001:db8::1", destination: "2001:db8::2" })).toEqual([]);
});

test("an IPv4 address is never put into a set of both kinds", () => {
  const rules = bench(
    {},
    packetRule("ip.src; dataset:set,seen,type ip;", 1),
    packetRule("ip.src; dataset:isnotset,seen,type ip;", 2),
  );
  expect(rules.packet("", { source: "192.0.2.1" })).toEqual([2]);
  expect(rules.packet("", { source: "2001:db8::1" })).toEqual([1]);
  expect(rules.packet("", { source: "192.0.2.1" })).toEqual([2]);
});

test("ip.src can be asked for its bytes", () => {
  const rules = bench({}, packetRule('ip.src; content:"|c0 00 02|"; startswith; bsize:4;'));
  expect(rules.packet("", { source: "192.0.2.9" })).toEqual([1]);
  expect(rules.packet("", { source: "192.0.3.9" })).toEqual([]);
});

test("datarep compares the reputation of a value; one that is not listed has none", () => {
  const rules = bench(
    { names: `${base64("bad.example")},250\n${base64("odd.example")},100\n` },
    dns("datarep:rep, >, 200, load names, type string;", 1),
    dns("datarep:rep, <, 200;", 2),
    dns("datarep:rep, ==, 100;", 3),
  );
  expect(rules.message(query("bad.example"))).toEqual([1]);
  expect(rules.message(query("odd.example"))).toEqual([2, 3]);
  expect(rules.message(query("good.example"))).toEqual([]);
});
