import { describe, expect, test } from "vitest";
import { translate } from "../../../agent/base/language.js";
import { explainRule, findRule } from "../../../agent/diagnosis/rule-explanation.js";
import { parseRuleFiles } from "../../../agent/sensor/rule-compiler.js";
import type { Signature } from "../../../agent/signature/signature.js";
import { parsedRules, ruleInput } from "../../support/rule-files.js";

const GATE =
  'alert http $HOME_NET any -> $EXTERNAL_NET any (msg:"Gate"; flow:established,to_server; http.method; content:"POST"; ' +
  'http.uri; content:"/gate.php"; nocase; endswith; pcre:"/[a-f]{4}\\/gate/"; flowbits:isset,stage1; flowbits:set,stage2; ' +
  "threshold:type limit, track by_src, count 1, seconds 60; reference:cve,2021-1; reference:url,example.org/x; " +
  "reference:odd,1; classtype:trojan-activity; sid:10; rev:3;)";
const FIRST =
  'alert http any any -> any any (http.uri; content:"/first"; flowbits:set,stage1; noalert; sid:11;)';
const LAST = 'alert http any any -> any any (http.uri; content:"/last"; flowbits:isset,stage2; sid:12;)';

const explain = (...rules: readonly string[]) => {
  const parsed = parsedRules(...rules);
  const references = "config reference: cve https://cve.example/CVE-\nconfig reference: url https://";
  return explainRule(parsed, findRule(parsed, 1, 10) as Signature, references);
};

describe("an explanation", () => {
  const explanation = explain(GATE, FIRST, LAST);

  test("lists the conditions in the order of the rule, in syntax and in words", () => {
    expect(explanation.steps.map(({ syntax }) => syntax)).toEqual([
      expect.stringMatching(/^http \(http/),
      "source $HOME_NET",
      "destination $EXTERNAL_NET",
      "flow:established",
      'http.method: content:"POST"',
      'http.uri: content:"/gate.php"; nocase; endswith',
      'http.uri: pcre:"/[a-f]{4}\\/gate/"',
      "flowbits:isset,stage1",
    ]);
    const words = explanation.steps[5]!.phrases.map(({ key, params }) => translate("en", key, params));
    expect(words).toEqual(['http.uri ends with "/gate.php"', "upper or lower case"]);
  });

  test("says where the rule is filed, with what literal, and what it costs", () => {
    expect(explanation.filings).toEqual([
      {
        judgedOn: "message",
        directions: 1,
        stage: "head",
        literal: '"/gate.php"',
        buffer: "http.uri",
        neighbours: 2,
      },
    ]);
    expect(explanation.cost).toBe("low");
  });

  test("names the rules it needs and those that need it", () => {
    expect(explanation.needs).toEqual([{ mark: "flowbits stage1", setters: [11] }]);
    expect(explanation.offers).toEqual([{ mark: "flowbits stage2", readers: [12] }]);
    expect(explanation.effects).toEqual(["flowbits:set,stage2"]);
  });

  test("makes addresses of references whose system is known", () => {
    expect(explanation.references).toEqual([
      "https://cve.example/CVE-2021-1",
      "https://example.org/x",
      "odd,1",
    ]);
  });

  test("tells the class and the thresholds", () => {
    expect(explanation.category).toBe("A Network Trojan was detected");
    expect(explanation.thresholds).toEqual(["limit: track by_src, count 1, seconds 60"]);
  });
});

test("every policy line that touched the rule is told, those for all rules too", () => {
  const input = ruleInput(GATE, FIRST);
  const files = (path: string, text: string) => [{ path, text }];
  const rules = parseRuleFiles({
    ...input,
    policy: {
      thresholds: files(
        "t",
        "suppress gen_id 0, sig_id 0, track by_src, ip 10.9.9.9\nsuppress gen_id 1, sig_id 11",
      ),
      disable: [],
      enable: [],
      drop: files("d", "10"),
      modify: files("m", '10 "Gate" "Tor"'),
    },
  });
  const { changes } = explainRule(rules, findRule(rules, 1, 10) as Signature, "");
  expect(changes.map(({ file, kind }) => `${file} ${kind}`)).toEqual([
    "d dropped",
    "m modified",
    "t suppressed",
  ]);
});

test("a rule that does not load is told with its reason", () => {
  const rules = parseRuleFiles({
    ...ruleInput(GATE.replace("nocase", "frobnicate"), LAST),
    policy: { thresholds: [], disable: [{ path: "d", text: "\n12" }], enable: [], drop: [], modify: [] },
  });
  expect(findRule(rules, 1, 10)).toMatchObject({ kind: "refused", line: 1, reason: "keyword frobnicate" });
  expect(findRule(rules, 1, 12)).toEqual({ kind: "disabled", file: "d", line: 2 });
  expect(findRule(rules, 1, 99)).toEqual({ kind: "unknown" });
});
