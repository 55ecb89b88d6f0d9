/** Random rules: any combination of words that Suricata's language lets stand together, the odd one among them. */
import { Random } from "../story/random.js";
import { ENDS, EXPRESSIONS, FLOWS, SYMBOLS, TRANSFORMS } from "./rule-pieces.js";
import { ANYWHERE_TESTS, OVER_TCP, PAYLOAD, PROTOCOL_WORDS, STREAM_TESTS } from "./rule-words.js";

const MARK_OPERATIONS = ["set", "isset", "isnotset", "toggle", "unset"];

export class RuleGrammar {
  readonly #random: Random;
  readonly #protocols: string[];

  /** @param protocols only these, or all */
  constructor(seed: number, protocols: readonly string[] = []) {
    this.#random = new Random(seed);
    this.#protocols = Object.entries(PROTOCOL_WORDS).flatMap(([name, { weight }]) =>
      protocols.length === 0 || protocols.includes(name) ? Array<string>(weight).fill(name) : [],
    );
  }

  /** @returns a rule that is not like the ones before it, as one line */
  rule(sid: number): string {
    const protocol = this.#random.pick(this.#protocols);
    const { buffers, tests } = PROTOCOL_WORDS[protocol]!;
    const options: string[] = [];
    if (this.#chance(35)) options.push(`flow:${this.#random.pick(FLOWS)}`);
    if (tests.length > 0 && (buffers.length === 0 || this.#chance(30)))
      options.push(this.#random.pick(tests));
    if (OVER_TCP.has(protocol) && this.#chance(8)) options.push(this.#random.pick(STREAM_TESTS));
    if (this.#chance(6)) options.push(this.#random.pick(ANYWHERE_TESTS));
    const sections =
      buffers.length === 0 || (options.length > 0 && this.#chance(10)) ? 0 : this.#chance(25) ? 2 : 1;
    for (let i = 0; i < sections; i++) options.push(...this.#section(this.#random.pick(buffers)));
    if (sections === 0 && options.length === 0) options.push(...this.#section(PAYLOAD));
    options.push(...this.#state());
    if (this.#chance(3)) options.push("prefilter");
    return `alert ${protocol} ${this.#random.pick(ENDS)} (${options.join("; ")}; sid:${sid};)`;
  }

  #chance(percent: number): boolean {
    return this.#random.between(1, 100) <= percent;
  }

  #section(buffer: string): string[] {
    const options = buffer === PAYLOAD ? [] : [buffer];
    if (buffer !== PAYLOAD && this.#chance(15)) {
      options.push(this.#random.pick(TRANSFORMS));
      if (this.#chance(30)) options.push(this.#random.pick(TRANSFORMS));
    }
    let isContent = this.#chance(70);
    options.push(isContent ? this.#placed() : this.#other());
    while (this.#chance(45)) {
      const isRelative = isContent || this.#chance(10);
      options.push(isRelative ? this.#relative() : this.#chance(50) ? this.#placed() : this.#other());
      isContent = options.at(-1)!.startsWith('content:"');
    }
    return options;
  }

  #content(): string {
    const { pick } = this.#words();
    const text =
      pick(SYMBOLS) + (this.#chance(25) ? pick(SYMBOLS) : "") + (this.#chance(10) ? pick(SYMBOLS) : "");
    return `content:${this.#chance(15) ? "!" : ""}"${text}"${this.#chance(35) ? "; nocase" : ""}`;
  }

  #placed(): string {
    const { between, pick } = this.#words();
    const content = this.#content();
    return (
      content +
      pick([
        "",
        "",
        "",
        `; offset:${between(0, 20)}`,
        `; depth:${between(12, 40)}`,
        `; offset:${between(0, 20)}; depth:${between(12, 30)}`,
        "; startswith",
        "; endswith",
        "; fast_pattern",
        "; fast_pattern:only",
        "; rawbytes",
        "; startswith; endswith",
        `; offset:${between(0, 4)}; endswith`,
      ])
    );
  }

  #relative(): string {
    const { between, pick } = this.#words();
    const content = this.#content();
    const distance = pick([0, 0, 0, 1, 2, 5, -4, -8]);
    return pick([
      `${content}; distance:${distance}`,
      `${content}; distance:${distance}`,
      `${content}; within:${between(12, 40)}`,
      `${content}; distance:${distance}; within:${between(12, 50)}`,
      `${content}; distance:${distance}; within:${between(12, 50)}`,
      `pcre:${this.#not(15)}"/${pick(["^[a-z]", "^.{0,5}[0-9]", "[A-Z]{2}", "^\\s", "[^a-z]$", "e.*o", "^"])}/R${pick(["", "i", "s", "is"])}"`,
      `isdataat:${this.#not(40)}${pick([0, 1, 1, 2, 5, 20])},relative`,
      `byte_test:${pick([1, 2, 4])},${pick([">", "<", "=", "!=", "&", "!&", ">=", "<=", "^"])},${pick([0, 1, 10, 32, 64, 100, 255])},${pick([0, 1, -1, 2, -3])},relative${pick(["", ",little", ",big"])}`,
      `byte_jump:${pick([1, 2])},${between(0, 3)},relative${pick(["", ",little", ",align", ",multiplier 2", ",post_offset -2", ",from_end", ",from_beginning"])}; ${content}; distance:0`,
      `byte_extract:1,${between(0, 2)},v,relative; ${content}; ${pick(["offset", "distance", "within", "depth"])}:v`,
    ]);
  }

  #other(): string {
    const { between, pick } = this.#words();
    const reading = pick([
      "",
      ",little",
      ",big",
      ",string,dec",
      ",string,hex",
      ",string,oct",
      ",bitmask 0x0f",
    ]);
    return pick([
      `bsize:${pick([`${between(1, 30)}`, `>${between(1, 20)}`, `<${between(2, 50)}`, `${between(0, 8)}<>${between(10, 60)}`, ">0", "0", `>=${between(1, 9)}`, `<=${between(5, 30)}`])}`,
      `bsize:>${between(1, 30)}`,
      `isdataat:${this.#not(50)}${between(0, 40)}`,
      ...Array.from(
        { length: 3 },
        () =>
          `pcre:${this.#not(25)}"/${pick(EXPRESSIONS)}/${pick(["", "i", "s", "m", "sm", "is", "x", "E", "A", "G"])}"`,
      ),
      `byte_test:${pick([1, 2, 4, 3])},${pick([">", "<", "=", "!=", "&", "!&", ">=", "<=", "^"])},${pick([0, 1, 10, 32, 64, 100, 255])},${between(0, 10)}${reading}`,
      `byte_jump:${pick([1, 2, 4])},${between(0, 4)}${pick(["", ",little", ",align", ",from_beginning", ",multiplier 2", ",post_offset -2", ",string,dec", ",from_end", ",bitmask 0x03"])}; ${this.#relative()}`,
      `byte_extract:${pick([1, 2])},${between(0, 4)},v${pick(["", ",multiplier 2", ",align 4", ",little", ",string,dec"])}; ${this.#content()}; ${pick(["offset", "depth"])}:v`,
      `byte_extract:1,${between(0, 4)},v; byte_test:1,${pick([">", "<", "=", "!="])},v,${between(0, 8)}`,
      `byte_extract:1,${between(0, 4)},v; isdataat:${this.#not(50)}v`,
      `byte_math:bytes ${pick([1, 2])}, offset ${between(0, 4)}, oper ${pick(["+", "-", "*", "/", "<<", ">>"])}, rvalue ${between(1, 4)}, result r; byte_test:1,${pick([">", "<", "="])},r,${between(0, 8)}`,
      `base64_decode:bytes ${between(4, 40)}, offset ${between(0, 8)}; base64_data; content:"${pick(["a", "e", "|00|"])}"`,
    ]);
  }

  /** Thresholds, bits and counters. */
  #state(): string[] {
    const { between, pick } = this.#words();
    if (!this.#chance(15)) return [];
    const operation = pick(MARK_OPERATIONS);
    const changes = operation === "set" || operation === "toggle";
    return [
      pick([
        `threshold:type ${pick(["limit", "threshold", "both"])}, track ${pick(["by_src", "by_dst", "by_both", "by_flow"])}, count ${pick([1, 2, 3, 5])}, seconds ${pick([1, 10, 60, 3600])}`,
        `detection_filter:track ${pick(["by_src", "by_dst"])}, count ${pick([1, 2, 3])}, seconds ${pick([1, 10, 60])}`,
        `flowbits:${operation},b${between(1, 6)}`,
        `flowbits:${pick(["isset", "isnotset"])},b${between(1, 6)}|b${between(1, 6)}`,
        `xbits:${operation},x${between(1, 4)},track ${pick(["ip_src", "ip_dst", "ip_pair"])}${changes ? ",expire 100" : ""}`,
        `flowint:v${between(1, 3)},${pick(["+,1", "=,1", ">,1", "isset", "isnotset", "notset", "-,1", "==,2", "<,5", "!=,1", ">=,1", "<=,1", "+,v1"])}`,
        `hostbits:${operation},h${between(1, 3)}${pick(["", ",src", ",dst", ",both"])}`,
        "noalert",
        `tag:${pick(["session,10,packets", "host,5,seconds,src"])}`,
        "target:dest_ip",
      ]),
    ];
  }

  #not(percent: number): string {
    return this.#chance(percent) ? "!" : "";
  }

  #words() {
    return {
      between: (low: number, high: number) => this.#random.between(low, high),
      pick: <Value>(values: readonly Value[]): Value => this.#random.pick(values),
    };
  }
}
