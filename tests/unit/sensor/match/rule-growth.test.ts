import { expect, test } from "vitest";
import { Field } from "../../../../agent/sensor/proto/fields.js";
import { Protocol } from "../../../../agent/sensor/proto/protocols.js";
import { decodeImage, encodeImage, KEY_BYTES } from "../../../../agent/signature/image-file.js";
import { madeRules } from "../../../../scripts/benchmarks/made-rules.js";
import { imageOf, RuleBench, type TestMessage } from "../../../support/rules.js";

const NAME = "www.an-ordinary-name-that-nobody-lists.example";
const MESSAGES: readonly TestMessage[] = [
  { protocol: Protocol.DNS, fields: [[Field.DNS_QUERY, NAME]] },
  { protocol: Protocol.TLS, fields: [[Field.TLS_SNI, NAME]] },
  {
    protocol: Protocol.HTTP1,
    fields: [
      [Field.HTTP_HOST, NAME],
      [Field.HTTP_URI, "/catalogue/page-17.html?sort=price&id=4711&session=0af7651916cd43dd8448eb211c80319c"],
    ],
  },
];
const TEXT =
  "GET /index.html HTTP/1.1\r\nHost: example\r\nAccept: text/html,application/xhtml+xml;q=0.9\r\n\r\n".repeat(
    8,
  );

/** What judging the same traffic takes, in counts. */
function effort(ruleCount: number) {
  const bench = new RuleBench(imageOf(madeRules(ruleCount)));
  for (const message of MESSAGES) bench.message(message);
  bench.stream(TEXT);
  bench.packet(TEXT, { ipProtocol: 17, destinationPort: 53 });
  return { judged: bench.matcher.judgedCount, ...bench.matcher.searchCounts };
}

test("sixteen times as many rules search no byte more, and judge and compare hardly more", () => {
  const [few, many] = [effort(350), effort(5600)];
  expect(many.searchedBytes).toBe(few.searchedBytes);
  expect(many.cutCount).toBe(0);
  // Literals that begin with the same bytes as something in the traffic become more, a few for each thousand rules.
  expect(many.comparedCount - few.comparedCount).toBeLessThan(30);
  expect(many.judged - few.judged).toBeLessThan(10);
});

test("rules that were written down and read again judge as they did before", () => {
  const image = imageOf(
    'alert dns any any -> any any (dns.query; content:"ordinary"; pcre:"/^www\\.[a-z-]+\\.example$/"; flowbits:set,seen; sid:1;)',
    'alert http any any -> any any (http.uri; content:"id="; content:"4711"; within:4; flowbits:isset,seen; sid:2;)',
    'alert tls any any -> any any (tls.sni; to_uppercase; content:"WWW.AN"; startswith; threshold:type limit,track by_src,count 1,seconds 9; sid:3;)',
    "alert tls any any -> any any (tls.sni; dataset:set,names,type string; sid:4;)",
    'alert tcp any any -> any any (content:"HTTP/1"; byte_test:1,=,46,0,relative; sid:5;)',
    "alert ip 192.168.10.0/24 any -> !10.0.0.0/8 any (sid:6;)",
  );
  const key = new Uint8Array(KEY_BYTES);
  const read = decodeImage(encodeImage({ image, report: "" }, key), key).image;
  const sidsOf = (bench: RuleBench) => [
    ...[...MESSAGES, ...MESSAGES].map((message) => bench.message(message)),
    bench.stream(TEXT),
    bench.packet(TEXT),
  ];
  const before = sidsOf(new RuleBench(image));
  expect(sidsOf(new RuleBench(read))).toEqual(before);
  expect(new Set(before.flat())).toEqual(new Set([1, 2, 3, 4, 5, 6]));
});
