import { expect, test } from "vitest";
import { BufferMaker, NotMade } from "../../../scripts/oracle/buffer-maker.js";
import { makeFlow } from "../../../scripts/oracle/flow-maker.js";
import { Wire } from "../../../scripts/story/wire.js";
import { parseRules, RuleBench } from "../../support/rules.js";

const rule = (options: string) => `alert tcp any any -> any any (${options} sid:1;)`;

test.each([
  'content:"abc"; content:"def"; distance:3; within:6;',
  'content:"abc"; offset:4; depth:9; content:"b"; distance:-2; within:9; content:"ending"; endswith;',
  'content:"ab"; startswith; content:"x|00 ff|"; content:!"no"; isdataat:40;',
  'content:"n="; pcre:"/^[0-9]{3,5}(?:x|y)+\\.exe/R";',
  'pcre:"/^GET \\/[a-z]+\\.php\\?id=\\d+$/";',
  'content:"len"; byte_test:2,>,500,0,relative; byte_test:4,=,12,3,relative,string,dec;',
])("bytes made for %s are what the rule alerts on", (options) => {
  const [signature] = parseRules(rule(options)).signatures;
  const bytes = new BufferMaker().make(signature!.sections[0]!.conditions);
  expect(new RuleBench(rule(options)).stream(Buffer.from(bytes).toString("latin1"))).toEqual([1]);
});

test.each([
  ['content:"a"; byte_jump:1,0,relative;', "byte_jump"],
  ['content:"abcdef"; depth:6; content:"xyz"; depth:5;', "room for a content"],
  ['flowbits:isset,seen; content:"a";', "a mark"],
  ["ttl:5;", "a number of the packet or message"],
])("what is not made is said: %s needs %s", (options, reason) => {
  const [signature] = parseRules(rule(options)).signatures;
  expect(() => makeFlow(new Wire(), signature!, 1, 0)).toThrow(new NotMade(reason));
});

test("conversations of rules on names, requests and answers are made with their handshakes and ends", () => {
  const rules = parseRules(
    'alert dns any any -> any any (dns.query; dotprefix; content:".evil.example"; endswith; sid:1;)',
    'alert tls any any -> any 443 (flow:established,to_server; tls.sni; content:"evil.example"; bsize:12; sid:2;)',
    'alert http any any -> any any (flow:established,to_client; http.stat_code; content:"404"; file.data; content:"evil"; sid:3;)',
  );
  const frames = rules.signatures.map((signature, index) => {
    const wire = new Wire();
    makeFlow(wire, signature, index, 1_000_000);
    return wire.capture();
  });
  expect(frames.map((capture) => capture.frames)).toEqual([1, 8, 10]);
  expect(Buffer.from(frames[1]!.file).includes("evil.example")).toBe(true);
  expect(Buffer.from(frames[2]!.file).includes("HTTP/1.1 404 OK")).toBe(true);
});
