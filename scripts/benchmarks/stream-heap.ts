/** Numbered streams ordered by the time of what comes next in each: a binary heap of bounded size. */
export class StreamHeap {
  readonly #streams: Int32Array;
  readonly #keys: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#streams = new Int32Array(capacity);
    this.#keys = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** The stream with the least key; of equal keys the one with the least number, so that the order is the same every time. */
  get top(): number {
    return this.#streams[0]!;
  }

  get topKey(): number {
    return this.#keys[0]!;
  }

  push(stream: number, key: number): void {
    let at = this.#size++;
    this.#set(at, stream, key);
    while (at > 0 && this.#isBefore(at, (at - 1) >> 1)) {
      this.#swap(at, (at - 1) >> 1);
      at = (at - 1) >> 1;
    }
  }

  /** The top stream goes on with another key. */
  replaceTop(key: number): void {
    this.#keys[0] = key;
    this.#sink();
  }

  pop(): void {
    this.#size--;
    this.#set(0, this.#streams[this.#size]!, this.#keys[this.#size]!);
    this.#sink();
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      let least = at;
      for (let child = 2 * at + 1; child <= 2 * at + 2 && child < this.#size; child++) {
        if (this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const difference = this.#keys[a]! - this.#keys[b]!;
    return difference < 0 || (difference === 0 && this.#streams[a]! < this.#streams[b]!);
  }

  #swap(a: number, b: number): void {
    const stream = this.#streams[a]!;
    const key = this.#keys[a]!;
    this.#set(a, this.#streams[b]!, this.#keys[b]!);
    this.#set(b, stream, key);
  }

  #set(at: number, stream: number, key: number): void {
    this.#streams[at] = stream;
    this.#keys[at] = key;
  }
}
