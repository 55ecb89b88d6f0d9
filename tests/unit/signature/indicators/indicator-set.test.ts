/** Lists of indicators: what a line may be, what is refused and where, and that every value is found at its line and no other. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IndicatorHash } from "../../../../agent/signature/indicators/indicator-hash.js";
import {
  INDICATOR_SPACES,
  parseIndicatorFileName,
} from "../../../../agent/signature/indicators/indicator-kind.js";
import { compileIndicators, listAt } from "../../../../agent/signature/indicators/indicator-set.js";
import {
  findIndicator,
  type IndicatorTable,
  IndicatorTableBuilder,
  placeOf,
} from "../../../../agent/signature/indicators/indicator-table.js";

function compile(files: Readonly<Record<string, string>>) {
  return compileIndicators(
    Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) })),
    (classtype) => `category of ${classtype}`,
  );
}

/** Reasons by line of a list of one name. */
function problemsOf(path: string, text: string): [number, string][] {
  return compile({ [path]: text }).refused.map(({ line, reason }) => [line, reason]);
}

describe("the name of a file says that it is a list, and of what", () => {
  test.each([
    ["bad.domains.txt", { name: "bad", kind: "domain", isTable: false }],
    ["feodo.ips.csv", { name: "feodo", kind: "ip", isTable: true }],
    ["a.b.urls.txt", { name: "a.b", kind: "url", isTable: false }],
    ["sslbl.certificates.csv", { name: "sslbl", kind: "certificate", isTable: true }],
    ["x.JA3.TXT", { name: "x", kind: "ja3", isTable: false }],
    ["mine.ioc", { name: "mine", kind: undefined, isTable: false }],
    ["readme.txt", undefined],
    ["a.rules", undefined],
    [".ioc", undefined],
  ])("%s", (name, expected) => {
    expect(parseIndicatorFileName(name)).toEqual(expected);
  });
});

describe("a header", () => {
  const HEADER = `#! name: Office list
#! kind: domain
#! message: 悪性ドメイン
#! classtype: domain-c2
#! severity: 1
#! confidence: 80
#! sid: 4000000000
#! rev: 7
#! subdomains: yes
# an ordinary comment
evil.example # with a remark
`;

  test("says everything about its list", () => {
    const { image, refused } = compile({ "/rules/any.ioc": HEADER });
    expect(refused).toEqual([]);
    expect(image.lists).toEqual([
      {
        name: "Office list",
        kind: "domain",
        message: "悪性ドメイン",
        classtype: "domain-c2",
        category: "category of domain-c2",
        severity: 1,
        confidence: 80,
        sid: 4_000_000_000,
        rev: 7,
        valueCount: 1,
      },
    ]);
  });

  test("may be missing where the file's name says the kind; the signature id then follows from the name", () => {
    const first = compile({ "/a/bad.domains.txt": "evil.example" }).image.lists[0]!;
    const second = compile({ "/b/bad.domains.txt": "other.example" }).image.lists[0]!;
    expect(first).toMatchObject({ name: "bad", kind: "domain", severity: 2, message: "Listed domain" });
    expect(first.sid).toBe(second.sid);
    expect(first.sid).toBeGreaterThanOrEqual(1_000_000_000);
  });

  test.each([
    ["#! kind: potato\nevil.example", 2, "the kind of the list is missing"],
    ["evil.example\nother.example", 1, "the kind of the list is missing"],
    ["#! kind: domain\n#! severity: 0\nevil.example", 3, "severity is a number from 1 to 255"],
    ["#! colour: red", 1, "a header line is"],
    ["#! kind: domain\nevil.example\n#! name: late", 3, "before the first value"],
  ])("that cannot be read is refused by its line: %j", (text, line, reason) => {
    expect(problemsOf("x.ioc", text)).toEqual([[line, expect.stringContaining(reason)]]);
  });

  test("whose signature id is another list's is told of", () => {
    const text = "#! kind: ja3\n#! sid: 5\n";
    const value = "0123456789abcdef0123456789abcdef";
    expect(compile({ "a.ioc": text + value, "b.ioc": text + value }).refused).toEqual([
      { file: "b.ioc", line: 1, reason: expect.stringContaining("sid 5 is that of a.ioc, too") },
    ]);
  });
});

describe("values", () => {
  test.each([
    [
      "x.domains.txt",
      "evil.example\n.evil.example\n*.evil.example\nEVIL.example.\nxn--fsq.example\n_dmarc.a.example\r\n",
    ],
    ["x.domains.txt", "0.0.0.0 evil.example\n127.0.0.1\tother.example\n"],
    ["x.ips.txt", "192.0.2.1\n192.0.2.0/24\n2001:db8::1\n2001:db8::/32\n"],
    [
      "x.urls.txt",
      "http://a.example/x?y=1#frag\nhttps://a.example:8443\na.example/path\nhttp://[2001:db8::1]:81/\n",
    ],
    ["x.ja3.txt", "0123456789ABCDEF0123456789abcdef\n"],
    ["x.ja4.txt", "t13d1516h2_8daaf6152771_b186095e22b6\n"],
    ["x.certificates.txt", `${"ab".repeat(20)}\n${"ab:".repeat(19)}ab\n${"0f".repeat(32)}\n`],
    [
      "x.ja3.csv",
      "# ja3_md5,Firstseen,Listingreason\n0123456789abcdef0123456789abcdef,2017-07-14 18:08:15,Malware\n",
    ],
    ["x.ips.csv", '"2024-01-01 00:00:00","192.0.2.7","443","online"\n'],
    ["x.certificates.csv", `2024-01-01 00:00:00,${"0a".repeat(20)},C2\n`],
    ["x.urls.csv", '"1","2024-01-01","http://evil.example/a,b","online"\n'],
  ])("in any usual form of %s are read", (path, text) => {
    expect(problemsOf(path, text)).toEqual([]);
  });

  test.each([
    ["x.domains.txt", "evil..example", "an empty part"],
    ["x.domains.txt", "http://evil.example/", "not a domain name"],
    ["x.domains.txt", "бad.example", "xn--"],
    ["x.domains.txt", ".com", "a whole top-level domain"],
    ["x.domains.txt", `${"a".repeat(64)}.example`, "not a domain name"],
    ["x.domains.txt", "a.example b.example", "more than one value"],
    ["x.domains.txt", "127.0.0.1 localhost", "a name of this machine"],
    ["x.ips.txt", "0.0.0.0/0", "wider than /8"],
    ["x.ips.txt", "2000::/3", "wider than /16"],
    ["x.ips.txt", "192.0.2.256", "not an address"],
    ["x.ips.txt", "192.0.2.0/33", "not an address"],
    ["x.urls.txt", "evil.example", "a host without a path"],
    ["x.ja3.txt", "0123", "not such a hash"],
    ["x.certificates.txt", "ab".repeat(16), "not such a hash"],
    ["x.ips.csv", "name,none,443", "no field of the line"],
    ["x.domains.txt", "x".repeat(20_000), "too long"],
  ])("that %s cannot hold are refused: %.40j", (path, text, reason) => {
    expect(problemsOf(path, text)).toEqual([[1, expect.stringContaining(reason)]]);
  });

  test("that cannot be read are named up to a hundred a list, and then counted", () => {
    const problems = problemsOf("x.ips.txt", "nonsense\n".repeat(250));
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toEqual([250, "150 further lines up to this one cannot be read"]);
  });
});

function placesOf(table: IndicatorTable): number[] {
  return Array.from({ length: table.count }, (_, value) => placeOf(table, value));
}

test("any bytes at all make a list or a reason, and never fail", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom("domains.txt", "urls.csv", "ips.txt", "ja4.csv"),
      (bytes, kind) => {
        compileIndicators([{ path: `x.${kind}`, bytes }], () => "");
      },
    ),
    { numRuns: 300, seed: 5 },
  );
});

test("a table finds every hash it was given, in the order of the places, and no other", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(7), fc.nat(3), fc.nat(1)), { maxLength: 200 }),
      fc.constantFrom(1, 0x2000_0001),
      (entries, spread) => {
        const builder = new IndicatorTableBuilder();
        for (const [place, [high, low]] of entries.entries()) builder.add((high * spread) >>> 0, low, place);
        const table = builder.build(() => false);
        expect(table.count).toBe(entries.length);
        for (let high = 0; high < 9; high++) {
          for (let low = 0; low < 5; low++) {
            const places = entries.flatMap(([h, l], place) => (h === high && l === low ? [place] : []));
            const first = findIndicator(table, (high * spread) >>> 0, low);
            const found = places.map((_, i) => placeOf(table, first + i));
            expect(first < 0 ? [] : found).toEqual(places);
          }
        }
      },
    ),
    { numRuns: 60, seed: 9 },
  );
});

test("a value that a list names twice is kept once, one that two lists name is kept for both", () => {
  const { image } = compile({ "a.domains.txt": "x.example\nx.example\n", "b.domains.txt": "\nX.example\n" });
  expect(placesOf(image.table)).toEqual([0, 3]);
  expect([...image.firstPlaces]).toEqual([0, 2]);
  expect(placesOf(image.table).map((place) => listAt(image.firstPlaces, place))).toEqual([0, 1]);
});

test("hashes of many like names differ in all they have, and in each half as chance would have it", () => {
  const hash = new IndicatorHash();
  const [whole, half] = [new Set<string>(), new Set<number>()];
  for (let i = 0; i < 100_000; i++) {
    hash.begin();
    for (const letter of `host-${i}.evil.example`) hash.add(letter.charCodeAt(0));
    hash.finish(0);
    whole.add(`${hash.high}.${hash.low}`);
    half.add(hash.high);
  }
  expect(whole.size).toBe(100_000);
  // Of 100,000 random numbers of 32 bits about one pair meets.
  expect(half.size).toBeGreaterThan(99_985);
});

test("the same bytes in any two spaces are two values that stand beside each other", () => {
  const hash = new IndicatorHash();
  const hashes = Array.from({ length: INDICATOR_SPACES }, (_, space) => {
    hash.begin();
    hash.addBackwards(Buffer.from("X.Evil.example"), 2, 14);
    hash.finish(space);
    return [hash.high, hash.low >>> 4, hash.low & 15] as const;
  });
  expect(new Set(hashes.map(([high, low]) => `${high}.${low}`)).size).toBe(1);
  expect(new Set(hashes.map(([, , space]) => space)).size).toBe(INDICATOR_SPACES);
});
