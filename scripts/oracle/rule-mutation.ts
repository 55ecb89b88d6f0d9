/**
 * Rules that exist, changed in one or two places: the cases next to the ones somebody thought of. What comes out need not make
 * sense; that both engines read it alike, or both refuse it, is what is compared.
 */
import type { Random } from "../story/random.js";
import { FLOWS, SYMBOLS, TRANSFORMS } from "./rule-pieces.js";
import { PROTOCOL_WORDS } from "./rule-words.js";

type Change = (options: string[], random: Random, protocol: string) => void;

/** @returns the rule with `sid`, changed; undefined for text that is no rule */
export function mutateRule(rule: string, sid: number, random: Random): string | undefined {
  const match = /^\s*(?:alert|drop|pass|reject)\s+(\S+)\s+([^(]*)\((.*)\)\s*$/.exec(rule);
  if (!match) return undefined;
  const [, protocol, ends, body] = match as unknown as [string, string, string, string];
  const options = splitOptions(body).filter(
    (option) => !/^(?:sid|rev|gid|msg|classtype|reference|metadata)\s*:/.test(option),
  );
  let name = protocol;
  let places = ends.trim();
  for (let i = random.between(0, 2); i >= 0; i--) {
    const kind = random.between(0, 12);
    if (kind === 0) name = random.pick(relatives(protocol));
    else if (kind === 1) places = turned(places, random);
    else random.pick(CHANGES)(options, random, protocol);
  }
  return `alert ${name} ${places} (${options.map((option) => `${option}; `).join("")}sid:${sid};)`;
}

/** Other protocols in whose rules the same words may stand. */
function relatives(protocol: string): string[] {
  const transport = ["tcp", "udp", "ip", "tcp-pkt", "tcp-stream"];
  return [
    ...transport,
    protocol,
    protocol,
    ...(protocol.startsWith("http") ? ["http1", "http2", "http"] : []),
  ];
}

function turned(ends: string, random: Random): string {
  const words = ends.match(/\[[^\]]*\]|\S+/g) ?? [];
  if (words.length !== 5) return "any any -> any any";
  const [source, sourcePort, , destination, destinationPort] = words;
  return random.pick([
    `${destination} ${destinationPort} -> ${source} ${sourcePort}`,
    `${source} ${sourcePort} <> ${destination} ${destinationPort}`,
    "any any -> any any",
    `!${source} ${sourcePort} -> ${destination} ${destinationPort}`,
    `${source} ${sourcePort} -> ${destination} !${destinationPort}`,
  ]);
}

const CHANGES: readonly Change[] = [
  changeWhere(
    /^(content|pcre|isdataat|dataset|iprep|flowbits|urilen|bsize|dsize|ttl)\s*:\s*(?=[^!])/,
    (option) => option.replace(/:\s*/, ":!"),
  ),
  changeWhere(/^\w[\w.-]*\s*:\s*!/, (option) => option.replace("!", "")),
  changeWhere(/\d/, (option, random) => {
    const numbers = option.match(/\d+/g)!;
    const one = random.pick(numbers);
    return option.replace(one, `${Math.max(0, Number(one) + random.pick([-2, -1, 1, 2, 10]))}`);
  }),
  changeWhere(/^content:/, (option, random) => `${option}; ${random.pick(PLACES)}`),
  changeWhere(/^content:/, (option, random) => `${option}; ${random.pick(RELATIVE)}`),
  changeWhere(/^(content|pcre):/, (option, random) => `${option}; ${random.pick(RELATIVE_TESTS)}`),
  changeWhere(/^(offset|depth|distance|within|startswith|endswith|nocase|fast_pattern)/, () => ""),
  changeWhere(/^content:"[^"|\\]{3,}"/, (option, random) => {
    const text = option.slice(option.indexOf('"') + 1, option.lastIndexOf('"'));
    const from = random.between(0, text.length - 2);
    return `content:"${text.slice(from, random.between(from + 1, text.length))}"`;
  }),
  changeWhere(/^content:"[^"|\\]{3,}"/, (option, random) => {
    const text = option.slice(option.indexOf('"') + 1, option.lastIndexOf('"'));
    return random.pick([`content:"${text.toUpperCase()}"; nocase`, `content:"${text.toLowerCase()}"`]);
  }),
  changeWhere(/^[a-z0-9_]+[._][a-z0-9_.]+$/, (option, random, protocol) => {
    const others = PROTOCOL_WORDS[protocol]?.buffers.filter((buffer) => /[._]/.test(buffer)) ?? [];
    return others.length === 0 ? option : random.pick(others);
  }),
  changeWhere(/^[a-z0-9]+\.[a-z0-9_.]+$/, (option, random) => `${option}; ${random.pick(TRANSFORMS)}`),
  changeWhere(/^[a-z0-9]+\.[a-z0-9_.]+$/, (option, random) => `${option}; ${random.pick(SIZES)}`),
  changeWhere(/^flow\s*:/, (_option, random) => `flow:${random.pick(FLOWS)}`),
  changeWhere(/^\w/, () => ""),
  (options, random) => void options.push(`content:"${random.pick(SYMBOLS)}"`),
  (options, random) => void options.unshift(`flow:${random.pick(FLOWS)}`),
  (options, random, protocol) => {
    const tests = PROTOCOL_WORDS[protocol]?.tests ?? [];
    if (tests.length > 0) options.unshift(random.pick(tests));
  },
  (options, random, protocol) => {
    const buffers = PROTOCOL_WORDS[protocol]?.buffers.filter((buffer) => /[._]/.test(buffer)) ?? [];
    if (buffers.length > 0) options.push(random.pick(buffers), `content:"${random.pick(SYMBOLS)}"`);
  },
  (options, random) =>
    void options.push(
      `threshold:type ${random.pick(["limit", "threshold", "both"])}, track ${random.pick(["by_src", "by_dst", "by_both"])}, count ${random.between(1, 3)}, seconds ${random.pick([1, 60])}`,
    ),
];

const PLACES = [
  "startswith",
  "endswith",
  "offset:1",
  "depth:40",
  "nocase",
  "fast_pattern",
  "offset:4; depth:60",
];
const RELATIVE = ["distance:0", "within:40", "distance:1; within:60", "distance:-3"];
const RELATIVE_TESTS = [
  "isdataat:1,relative",
  "isdataat:!1,relative",
  'pcre:"/^[a-z]/Ri"',
  "byte_test:1,>,32,0,relative",
  'content:!"|0d 0a|"; within:10',
  "isdataat:!4,relative",
];
const SIZES = ["bsize:>5", "bsize:<20", "bsize:5<>30", "isdataat:!10", "bsize:0"];

/** Change one of the options that `pattern` finds; an empty text takes it away. */
function changeWhere(
  pattern: RegExp,
  change: (option: string, random: Random, protocol: string) => string,
): Change {
  return (options, random, protocol) => {
    const places = options.flatMap((option, place) => (pattern.test(option) ? [place] : []));
    if (places.length === 0) return;
    const place = random.pick(places);
    const changed = change(options[place]!, random, protocol);
    options.splice(place, 1, ...(changed === "" ? [] : [changed]));
  };
}

function splitOptions(body: string): string[] {
  return body
    .split(/(?<!\\);/)
    .map((option) => option.trim())
    .filter((option) => option !== "");
}
