/** Rules to be judged for one packet or message: each once, in judging order. */
export class CandidateList {
  count = 0;
  readonly rules: Int32Array;
  readonly #stamps: Uint32Array;
  #serial = 0;

  constructor(ruleCount: number) {
    this.rules = new Int32Array(ruleCount);
    this.#stamps = new Uint32Array(ruleCount);
  }

  begin(): void {
    this.count = 0;
    this.#serial = (this.#serial + 1) >>> 0;
    if (this.#serial === 0) {
      this.#stamps.fill(0);
      this.#serial = 1;
    }
  }

  has(rule: number): boolean {
    return this.#stamps[rule] === this.#serial;
  }

  add(rule: number): void {
    if (this.#stamps[rule] === this.#serial) return;
    this.#stamps[rule] = this.#serial;
    this.rules[this.count++] = rule;
  }

  addAll(rules: Int32Array): void {
    for (let i = 0; i < rules.length; i++) this.add(rules[i]!);
  }

  /** Those at [at, at + count) of the words. */
  addRange(words: Int32Array, at: number, count: number): void {
    for (let i = at; i < at + count; i++) this.add(words[i]!);
  }

  /** Into judging order. Few candidates are the rule, so insertion is the fastest sort; many take the native one. */
  sort(): void {
    const { rules, count } = this;
    if (count > 64) {
      rules.subarray(0, count).sort();
      return;
    }
    for (let i = 1; i < count; i++) {
      const rule = rules[i]!;
      let j = i - 1;
      while (j >= 0 && rules[j]! > rule) {
        rules[j + 1] = rules[j]!;
        j--;
      }
      rules[j + 1] = rule;
    }
  }
}
