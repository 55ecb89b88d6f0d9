/** Contents that cannot stand in their buffer, whatever the traffic: refused, since Suricata 7 refuses them too. */
import { Field } from "../sensor/proto/fields.js";
import { Compare, type Comparison } from "./comparison.js";
import type { Condition, ContentCondition } from "./condition.js";
import { RuleError } from "./rule-error.js";
import { PAYLOAD_FIELD, type PacketTest, PacketValue, type Section } from "./signature.js";

const HASH_DIGITS = 32;
const FINGERPRINT_LENGTH = 59;
const COLON = 0x3a;
/** A serial number of up to two digits has no colon. */
const MAX_PLAIN_SERIAL = 2;

type Check = (content: ContentCondition) => string | undefined;

const isHashLength: Check = ({ pattern }) =>
  pattern.length === HASH_DIGITS ? undefined : `the hash has ${HASH_DIGITS} digits, not ${pattern.length}`;
const isHash: Check = (content) =>
  isHashLength(content) ??
  (content.pattern.every(isHexDigit) ? undefined : "the hash has hexadecimal digits only");

/** What contents of a buffer must be like; the sentence says why one is not. */
const CHECKS: Readonly<Record<number, readonly [buffer: string, check: Check]>> = {
  [Field.JA3_HASH]: ["ja3.hash", isHashLength],
  [Field.JA3S_HASH]: ["ja3s.hash", isHashLength],
  [Field.SSH_HASSH]: ["ssh.hassh", isHash],
  [Field.SSH_HASSH_SERVER]: ["ssh.hassh.server", isHash],
  [Field.QUIC_CYU_HASH]: ["quic.cyu.hash", isHash],
  [Field.TLS_CERT_FINGERPRINT]: [
    "tls.cert_fingerprint",
    ({ pattern }) =>
      pattern.length === FINGERPRINT_LENGTH && pattern.includes(COLON)
        ? undefined
        : `a SHA-1 with colons has ${FINGERPRINT_LENGTH} characters`,
  ],
  [Field.TLS_CERT_SERIAL]: [
    "tls.cert_serial",
    ({ pattern }) =>
      pattern.length <= MAX_PLAIN_SERIAL || pattern.includes(COLON)
        ? undefined
        : "there are colons between its bytes",
  ],
  [Field.HTTP_METHOD]: [
    "http.method",
    ({ pattern }) =>
      [pattern[0], pattern.at(-1)].includes(0x20) ? "it neither begins nor ends with a blank" : undefined,
  ],
  [Field.HTTP_HOST]: [
    "http.host",
    ({ pattern, isNocase }) => {
      if (isNocase) return "it is in lower case already; take nocase away";
      return pattern.some(isUpper)
        ? "it is in lower case, and the content has upper case letters"
        : undefined;
    },
  ],
};

/** Of several contents of these the first decides, as in Suricata. */
const JUDGED_BY_FIRST: ReadonlySet<number> = new Set([Field.JA3_HASH, Field.JA3S_HASH]);

/** @throws RuleError for the first content that cannot be there */
export function checkSections(sections: readonly Section[], packetTests: readonly PacketTest[]): void {
  const size = packetTests.find(({ value }) => value === PacketValue.DSIZE);
  for (const { field, transforms, conditions } of sections) {
    const check = transforms.length === 0 ? CHECKS[field] : undefined;
    if (check) checkContents(conditions, check, JUDGED_BY_FIRST.has(field));
    for (const condition of conditions) {
      if (condition.kind !== "bsize") continue;
      if (condition.isUriLength) checkRoom("urilen", condition, longestContent(conditions));
      else checkRoom("bsize", condition, neededBytes(conditions));
    }
    if (field !== PAYLOAD_FIELD || !size) continue;
    checkRoom("dsize", size, neededBytes(conditions));
    if (size.operator === Compare.NOT_EQUAL) limitTo(size.a, conditions);
  }
}

function checkContents(
  conditions: readonly Condition[],
  [buffer, check]: readonly [string, Check],
  isJudgedByFirst: boolean,
): void {
  for (const condition of conditions) {
    if (condition.kind !== "content") continue;
    const reason = check(condition);
    if (reason !== undefined) throw new RuleError(`${buffer}: ${reason}`);
    if (isJudgedByFirst) return;
  }
}

function longestContent(conditions: readonly Condition[]): number {
  let longest = 0;
  for (const condition of conditions) {
    if (condition.kind === "content") longest = Math.max(longest, condition.pattern.length);
  }
  return longest;
}

/** The contents alone need more bytes than the buffer may have. */
function checkRoom(
  keyword: string,
  { operator, a, b }: Comparison | { operator: number; a: number; b: number },
  needed: number,
): void {
  const isLimit =
    operator === Compare.EQUAL ||
    operator === Compare.LESS ||
    (operator === Compare.NOT_EQUAL && keyword === "dsize");
  const most = isLimit ? a : operator === Compare.BETWEEN ? b : Number.POSITIVE_INFINITY;
  if (needed > most) throw new RuleError(`${keyword}: leaves no room for contents of ${needed} bytes`);
}

/** Suricata 7 takes `dsize:!N` for the most that contents may need, as it does `dsize:N`. */
function limitTo(size: number, conditions: readonly Condition[]): void {
  for (const content of conditions) {
    if (content.kind !== "content") continue;
    if (content.distance !== undefined || content.within !== undefined) continue;
    if (content.depth === undefined || (typeof content.depth === "number" && content.depth > size))
      content.depth = size - (typeof content.offset === "number" ? content.offset : 0);
  }
}

/** Bytes from the beginning that contents need at the least; relative ones stand behind each other. */
function neededBytes(conditions: readonly Condition[]): number {
  let needed = 0;
  for (const condition of conditions) {
    if (condition.kind !== "content") continue;
    const { pattern, offset, distance, within, isNegated } = condition;
    if (isNegated && (distance !== undefined || within !== undefined)) continue;
    const place = typeof distance === "number" ? distance : 0;
    if (distance !== undefined || within !== undefined) needed += Math.max(0, place) + pattern.length;
    else needed = Math.max(needed, (typeof offset === "number" ? offset : 0) + pattern.length);
  }
  return needed;
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}
