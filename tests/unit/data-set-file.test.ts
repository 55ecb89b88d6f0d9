import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataSetFile } from "../../agent/data-set-file.js";
import { Field } from "../../agent/sensor/proto/fields.js";
import { Protocol } from "../../agent/sensor/proto/protocols.js";
import { imageOf, RuleBench } from "../support/rules.js";

const RULES = `
alert dns any any -> any any (dns.query; dataset:set,names,type string,state names.lst; sid:1;)
alert tls any any -> any any (tls.sni; dataset:set,others,type string; sid:2;)
`;
const query = { protocol: Protocol.DNS, fields: [[Field.DNS_QUERY, "a.example"]] as const };
const hello = { protocol: Protocol.TLS, fields: [[Field.TLS_SNI, "a.example"]] as const };
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sekisho-sets-"));
  path = join(folder, "data-sets.state");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const dataSetsOf = (bench: RuleBench) => bench.matcher.memory.dataSets;
const key = (fill: number) => new Uint8Array(32).fill(fill);
const set = (name: string, ...keys: Uint8Array[]) => ({
  name,
  type: 0,
  keys: new Uint8Array(Buffer.concat(keys)),
});
const reopened = () => {
  const file = new DataSetFile(path);
  return { file, trouble: file.read() };
};

test("what a rule puts into a set with state is there after a restart; a set without is forgotten", () => {
  const before = new RuleBench(imageOf(RULES));
  expect([before.message(query), before.message(query), before.message(hello)]).toEqual([[1], [], [2]]);
  const changed = dataSetsOf(before).changed();
  expect(changed.map(({ name, keys }) => [name, keys.length])).toEqual([["names", 32]]);
  expect(dataSetsOf(before).changed()).toEqual([]);
  new DataSetFile(path).keep([changed]);

  const after = new RuleBench(imageOf(RULES));
  dataSetsOf(after).restore(reopened().file.sets);
  expect([after.message(query), after.message(hello)]).toEqual([[], [2]]);
});

test("a set holds what any sensor has put into it, and another set stays as it was", () => {
  const file = new DataSetFile(path);
  expect(file.keep([[], []])).toBe(false);
  file.keep([[set("a", key(1)), set("b", key(9))], []]);
  file.keep([[set("a", key(1), key(2))], [set("a", key(2), key(3))]]);
  const { sets } = reopened().file;
  expect(sets.map(({ name, keys }) => [name, keys.length / 32])).toEqual([
    ["a", 3],
    ["b", 1],
  ]);
});

test("what one sensor has put into a set stays when another changes its own later, and goes when all have taken it out", () => {
  const valuesOf = () => reopened().file.sets.map(({ keys }) => [...keys].filter((_, at) => at % 32 === 0));
  new DataSetFile(path).keep([[set("a", key(1))]]);
  const { file } = reopened();
  file.keep([[], [set("a", key(1), key(2))]]);
  file.keep([[set("a", key(1), key(3))], []]);
  expect(valuesOf()).toEqual([[1, 3, 2]]);
  file.keep([[set("a", key(3))], []]);
  expect(valuesOf()).toEqual([[3, 1, 2]]);
  file.keep([[], [set("a", key(2))]]);
  expect(valuesOf()).toEqual([[3, 2]]);
});

test("a file that is damaged anywhere is passed over, and said so", () => {
  new DataSetFile(path).keep([[set("a", key(1))]]);
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length; at += 7) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 1;
    writeFileSync(path, damaged, { mode: 0o600 });
    const { file, trouble } = reopened();
    expect([file.sets.length, trouble instanceof Error]).toEqual([0, true]);
  }
  rmSync(path);
  expect(reopened().trouble).toBeUndefined();
});

test("what is more than its bound is not kept", () => {
  const file = new DataSetFile(path, 64);
  file.keep([[set("large", key(1), key(2), key(3)), set("small", key(1))]]);
  expect(reopened().file.sets.map(({ name }) => name)).toEqual(["small"]);
});
