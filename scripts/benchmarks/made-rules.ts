/** Rules made for benchmarks: so many as wanted, of the kinds of which published sets have most. The same every time. */
const KINDS: readonly ((word: string, n: number) => string)[] = [
  (word) => `alert dns any any -> any any (dns.query; content:"${word}.example"; nocase; bsize:20;`,
  (word) => `alert tls any any -> any any (tls.sni; dotprefix; content:".${word}.test"; endswith;`,
  (word) => `alert http any any -> any any (http.host; content:"${word}.invalid"; fast_pattern;`,
  (word) => `alert http any any -> any any (http.uri; content:"/${word}.php?id="; fast_pattern;`,
  (word) => `alert tcp any any -> any any (flow:established; content:"${word}|00 01|"; depth:64;`,
  (word, n) => `alert udp any any -> any ${1024 + (n % 50_000)} (content:"${word}"; offset:2;`,
  (_, n) => `alert ip [203.${n & 127}.${(n >>> 7) & 255}.0/28] any -> any any (`,
];

/** Text of a rule file with `count` rules. */
export function madeRules(count: number): string {
  const lines: string[] = [];
  let seed = 1;
  for (let n = 0; n < count; n++) {
    let word = "";
    for (let i = 0; i < 12; i++) {
      seed = (Math.imul(seed, 0x41c64e6d) + 12_345) | 0;
      word += "abcdefghijklmnopqrstuvwxyz0123456789"[(seed >>> 16) % 36];
    }
    const body = KINDS[n % KINDS.length]!(word, n);
    lines.push(`${body} msg:"made ${n}"; sid:${1_000_000 + n}; rev:1;)`);
  }
  return `${lines.join("\n")}\n`;
}
