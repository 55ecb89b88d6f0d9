/**
 * Expressions that take a backtracking engine for ever, each with the 64 KiB that do it. From the literature on regular
 * expression denial of service and from rules as they are written.
 */
export interface KillerExpression {
  readonly source: string;
  readonly flags?: string;
  readonly input: string;
  /** Whether it matches; undefined: it may be given up, which counts as no match. */
  readonly matches?: boolean;
}

export const KILLER_LENGTH = 64 * 1024;

const fill = (unit: string, last = ""): string =>
  unit.repeat(Math.ceil(KILLER_LENGTH / unit.length)).slice(0, KILLER_LENGTH - last.length) + last;

export const KILLER_EXPRESSIONS: readonly KillerExpression[] = [
  // A repetition of a repetition.
  { source: "(a+)+$", input: fill("a", "!"), matches: false },
  { source: "(a+)+$", flags: "i", input: fill("aA", "!"), matches: false },
  { source: "^(a+)+b", input: fill("a"), matches: false },
  { source: "(a*)*b", input: fill("a"), matches: false },
  { source: "(?:a*)*?b", input: fill("a"), matches: false },
  { source: "((a+)+)+b", input: fill("a"), matches: false },
  { source: "(?:[a-z]+)*[0-9]", input: fill("az"), matches: false },
  { source: "^(?:[\\w.]+)+@", input: fill("a."), matches: false },
  { source: "(?:\\d+,?)+;", input: fill("12,"), matches: false },
  { source: "(?:a{1,30}){1,30}b", input: fill("a") },
  { source: "(?:(?:a{0,8}){0,8}){0,8}b", input: fill("a") },
  { source: "(?:x{2,}y?)+z", input: fill("xx"), matches: false },
  // Alternatives that overlap.
  { source: "(?:a|a)*b", input: fill("a"), matches: false },
  { source: "(?:a|ab|b)*c", input: fill("ab"), matches: false },
  { source: "(?:.|\\n)*c", input: fill("ab"), matches: false },
  { source: "^(?:a|aa)+$", input: fill("a", "!"), matches: false },
  { source: "(?:[a-f]|[c-z])+0", flags: "i", input: fill("cdef"), matches: false },
  { source: "(?:foo|fo|o)*bar", input: fill("foo"), matches: false },
  // Repetitions behind each other.
  { source: "a.*b", flags: "s", input: fill("a"), matches: false },
  { source: "a.*b", flags: "si", input: fill("aA"), matches: false },
  { source: "x.*y.*z", flags: "s", input: fill("xy"), matches: false },
  { source: ".*.*=.*", flags: "s", input: fill("x"), matches: false },
  { source: "\\s*\\s*\\s*x", input: fill(" "), matches: false },
  { source: "[a-z]*[a-z]*[a-z]*[a-z]*[a-z]*1", input: fill("a"), matches: false },
  { source: "[a-z]+[0-9]+$", input: fill("a"), matches: false },
  { source: "\\d+\\d+\\d+:", input: fill("1"), matches: false },
  { source: "^.*?,.*?,.*?,.*?,.*?,P", flags: "s", input: fill("1,"), matches: false },
  { source: "GET.*HTTP.*Host.*Cookie.*x$", flags: "s", input: fill("GETHTTPHostCookie") },
  { source: "(?:[^\\r\\n]*\\r\\n)*X-", input: fill("a: b\r\n"), matches: false },
  // Counted repetitions.
  { source: "a{1000}b", input: fill("a") },
  { source: "[^\\x22]{1,500}\\x22", input: fill("a") },
  { source: "(?:a?){25}a{25}!", input: fill("a") },
  { source: "^(?:[a-z]{2,6}){3,60}!", input: fill("ab") },
  // Look-arounds and references.
  { source: "(?=a+b)a", input: fill("a") },
  { source: "(?!a*c)(?:a+)+b", input: fill("a") },
  { source: "(?<=a)(?:a|a)+b", input: fill("a") },
  { source: "(a+)\\1b", input: fill("a") },
  { source: "(.*)\\1(.*)\\2x", flags: "s", input: fill("ab") },
  { source: "^(?:(a)|(b)|\\1\\2)*c", input: fill("ab") },
  { source: "(?=(a+))\\1\\1b", input: fill("a") },
  // Word borders and ends.
  { source: "(?:\\b\\w+\\b\\s*)+$", input: fill("word ", "!"), matches: false },
  { source: "(?:\\w+\\s?)+\\?", input: fill("word "), matches: false },
  // As published rules have them.
  { source: "(\\w+)\\s*:=\\s*('[^']{1075,}'|\"[^\"]{1075,}\")\\s*;.*\\1", flags: "is", input: fill("S") },
  { source: "\\d*?\\.bin", flags: "i", input: fill(".bI"), matches: false },
  {
    source: "^(?:(?!<\\/service>).)+?<soap:\\s*address[^>]+location=x",
    flags: "is",
    input: fill("a<SOaP: "),
  },
  { source: "k=[^\\n]+(?:script|onload|on[a-z]+)\\s*=", flags: "i", input: fill("K=aSCRIP") },
  // The end is there, behind all that can go wrong.
  { source: "(a+)+b", input: fill("a", "b"), matches: true },
  { source: "(?:a|a)*b", input: fill("a", "b"), matches: true },
];
