import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findRule } from "../../../agent/diagnosis/rule-explanation.js";
import { explainCaptures, type FlowStory } from "../../../agent/diagnosis/why.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import type { Signature } from "../../../agent/signature/signature.js";
import { type StoryFacts, writeStory } from "../../../scripts/story/story.js";
import { TemporaryFiles } from "../../support/capture-file.js";
import { parsedRules } from "../../support/rule-files.js";

const DOWNLOAD = (options: string, sid = 1) =>
  `alert http $HOME_NET any -> $EXTERNAL_NET any (msg:"m"; flow:established,to_server; http.method; content:"GET"; ${options} sid:${sid};)`;
const HOST = 'http.host; content:".badexample.test"; endswith;';

describe("why a rule alerts on the flows of a capture, or does not", () => {
  const files = new TemporaryFiles();
  const path = join(files.directory, "story.pcap");
  let facts: StoryFacts;
  beforeAll(() => {
    facts = writeStory(path);
  });
  afterAll(() => files.remove());

  const why = (...rules: readonly string[]) => {
    const parsed = parsedRules(...rules);
    return explainCaptures({
      rules: parsed,
      signature: findRule(parsed, 1, 1) as Signature,
      captures: [path],
      makeParsers: () => registeredParsers(),
      opensMoreTunnels: true,
      wallMs: () => 0,
    });
  };
  const bad = ({ flows }: { flows: readonly FlowStory[] }) =>
    flows.find(({ flow }) => flow.includes(`→ ${facts.download.address}:80`))!;
  const stop = (report: ReturnType<typeof why>, story = bad(report)) => report.steps[story.stepCount]?.syntax;

  test("the flow that alerts took every step", () => {
    const report = why(DOWNLOAD(HOST));
    expect(bad(report)).toMatchObject({ stepCount: report.steps.length, matchCount: 1, alertCount: 1 });
    expect(bad(report).flow).toBe(`${bad(report).flow.split(" ")[0]} → ${facts.download.address}:80 TCP`);
  });

  test.each([
    ['http.uri; content:"/nowhere";', 'http.uri: content:"/nowhere"', '"/get/sync-service.bin"'],
    [
      'http.uri; content:"/get/"; startswith; content:"x"; distance:0; within:1;',
      /content:"x"/,
      /sync-service/,
    ],
    ['http.user_agent; content:"SyncAgent"; bsize:10;', "http.user_agent: bsize = 10", '"SyncAgent/0.1"'],
    ['http.uri; pcre:"/^\\/put/";', /pcre/, '"/get/sync-service.bin"'],
    ['http.cookie; content:"id";', 'http.cookie: content:"id"', undefined],
    [`${HOST} flowbits:isset,never;`, "flowbits:isset,never", undefined],
  ])("with %s it stops at %s", (options, syntax, seen) => {
    const report = why(DOWNLOAD(options));
    expect(stop(report)).toMatch(syntax);
    if (seen === undefined) expect(bad(report).seen).toBeUndefined();
    else expect(bad(report).seen).toMatch(seen);
    expect(bad(report).alertCount).toBe(0);
  });

  test("addresses, ports and the state of the flow are steps with their values", () => {
    const outside = why(DOWNLOAD(HOST).replace("$EXTERNAL_NET any", "$HOME_NET any"));
    expect(stop(outside)).toBe("destination $HOME_NET");
    expect(bad(outside).seen).toBe(facts.download.address);
    const port = why(DOWNLOAD(HOST).replace("$EXTERNAL_NET any", "$EXTERNAL_NET 8080"));
    expect(stop(port)).toBe("destination_port 8080");
    expect(bad(port).seen).toBe("80");
    const packet = why(`alert tcp any any -> ${facts.download.address} 80 (flags:S; ttl:<3; sid:1;)`);
    expect(stop(packet)).toBe("ttl < 3");
    expect(Number(bad(packet).seen)).toBeGreaterThan(3);
  });

  test("marks of other rules count as they do in the sensor", () => {
    const setter = DOWNLOAD('http.uri; content:"/get/"; flowbits:set,got; noalert;', 2);
    const report = why(DOWNLOAD(`${HOST} flowbits:isset,got;`), setter);
    expect(bad(report)).toMatchObject({ matchCount: 1, alertCount: 1 });
    const rule = DOWNLOAD(`${HOST} flowbits:isnotset,got;`);
    expect(stop(why(rule, setter))).toBe("flowbits:isnotset,got");
  });

  test("an alert that a threshold hides has matched all the same", () => {
    const rule = DOWNLOAD(`${HOST} threshold:type threshold, track by_src, count 2, seconds 60;`);
    expect(bad(why(rule))).toMatchObject({ matchCount: 1, alertCount: 0 });
  });

  test("a pass rule of another sid that ends the flow is found out", () => {
    const pass = `pass tcp any any -> ${facts.download.address} any (sid:2;)`;
    expect(bad(why(DOWNLOAD(HOST), pass))).toMatchObject({ isEndedByOther: true, alertCount: 0 });
    expect(bad(why(DOWNLOAD(HOST)))).toMatchObject({ isEndedByOther: false });
  });

  test("a pass rule itself is explained although it never tells", () => {
    expect(bad(why(DOWNLOAD(HOST).replace("alert", "pass")))).toMatchObject({ matchCount: 1, alertCount: 0 });
  });

  test("an excerpt of payload is no longer than 64 bytes", () => {
    const report = why(`alert tcp any any -> ${facts.download.address} 80 (content:"nowhere"; sid:1;)`);
    const { seen } = bad(report);
    expect(seen).toMatch(/^"GET \/get\/sync-service\.bin HTTP\/1\.1\|0d 0a\|.*"… \(\d+ bytes\)$/);
    expect(seen!.length).toBeLessThan(120);
  });
});
