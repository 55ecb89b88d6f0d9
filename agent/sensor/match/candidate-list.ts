/** Rules to be judged for one packet or message: each once, in judging order. */
export class CandidateList {
  count = 0;
  readonly rules: Int32Array;
  readonly #stamps: Uint32Array;
  #serial = 0;
  /** Rules put aside, of which there are `#keptCount`; −1: none were looked for. */
  #kept = new Int32Array(64);
  #keptCount = -1;

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

  /** Put what was found aside, until `takeKept` or `dropKept`. */
  keep(): void {
    const { rules, count } = this;
    if (count > this.#kept.length) this.#kept = new Int32Array(this.rules.length);
    for (let i = 0; i < count; i++) this.#kept[i] = rules[i]!;
    this.#keptCount = count;
  }

  /** Make what was put aside the rules to be judged; false where nothing was. None can be added to them. */
  takeKept(): boolean {
    const count = this.#keptCount;
    if (count < 0) return false;
    this.begin();
    for (let i = 0; i < count; i++) this.rules[i] = this.#kept[i]!;
    this.count = count;
    this.#keptCount = -1;
    return true;
  }

  dropKept(): void {
    this.#keptCount = -1;
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
