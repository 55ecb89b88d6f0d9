/**
 * Owns one episode of fuzzing: a few captures at a time, woven into each other, their frames lost, repeated, out of order, cut in
 * two, turned around and spoilt. The same seed gives the same frames, so that a finding can be looked at again.
 */
import type { FrameSink } from "#agent/sensor/capture/packet-source.js";
import type { FrameCorpus } from "./frame-corpus.js";
import { FrameMutator } from "./frame-mutator.js";
import { FuzzRandom } from "./random.js";

/** Captures played at the same time, and frames of one before another takes its place. */
const LANES = 3;
const MAX_LANE_FRAMES = 400;
/** Frames held back for later: what makes others come out of order. */
const HELD = 4;
const START_US = 1_700_000_000_000_000;

interface HeldFrame {
  frame: number;
  left: number;
}

export class Episode {
  /** Frames handed over so far, and how many of them were not as they had been captured. */
  frames = 0;
  mutated = 0;
  readonly #corpus: FrameCorpus;
  readonly #random: FuzzRandom;
  readonly #mutator: FrameMutator;
  readonly #next = new Int32Array(LANES);
  readonly #end = new Int32Array(LANES);
  readonly #held: HeldFrame[] = Array.from({ length: HELD }, () => ({ frame: -1, left: 0 }));
  #timeUs = START_US;
  /** How many of 16 frames are spoilt, and whether their sizes stay. */
  #spoilOf16 = 0;
  #keepsSize = false;

  constructor(corpus: FrameCorpus) {
    this.#corpus = corpus;
    this.#random = new FuzzRandom(1);
    this.#mutator = new FrameMutator(corpus, this.#random);
  }

  /** Play `frameCount` frames of the episode `seed` to `sink`. */
  play(seed: number, frameCount: number, sink: FrameSink): void {
    const random = this.#random;
    random.seed(seed);
    this.frames = 0;
    this.mutated = 0;
    this.#timeUs = START_US;
    this.#next.fill(0);
    this.#end.fill(0);
    for (const held of this.#held) held.frame = -1;
    this.#spoilOf16 = [6, 12, 15, 16, 16][random.below(5)]!;
    this.#keepsSize = random.once(2);
    while (this.frames < frameCount) this.#step(sink);
  }

  #step(sink: FrameSink): void {
    const random = this.#random;
    for (const held of this.#held) {
      if (held.frame < 0 || --held.left > 0) continue;
      this.#send(held.frame, true, sink);
      held.frame = -1;
    }
    const lane = random.below(LANES);
    if (this.#next[lane] === this.#end[lane]) this.#fillLane(lane);
    const frame = this.#next[lane]!;
    this.#next[lane] = frame + 1;
    const fate = random.below(64);
    if (fate === 0) return;
    if (fate < 4) {
      const held = this.#held[random.below(HELD)]!;
      if (held.frame < 0) {
        held.frame = frame;
        held.left = 1 + random.below(12);
        return;
      }
    }
    if (fate < 6) this.#send(frame, true, sink);
    if (fate < 12) this.#sendInTwo(frame, sink);
    else this.#send(frame, false, sink);
  }

  #fillLane(lane: number): void {
    const random = this.#random;
    const { captures, captureCount } = this.#corpus;
    const capture = random.below(captureCount);
    const first = captures[capture]!;
    const size = captures[capture + 1]! - first;
    // Mostly from the beginning: a stream whose handshake is missing is not followed.
    const from = random.once(4) ? random.below(size) : 0;
    this.#next[lane] = first + from;
    this.#end[lane] = first + Math.min(size, from + MAX_LANE_FRAMES);
  }

  #send(frame: number, isOutOfPlace: boolean, sink: FrameSink): void {
    const random = this.#random;
    this.#mutator.take(frame);
    let isMutated = isOutOfPlace;
    if (random.below(16) < this.#spoilOf16) {
      this.#mutator.mutate(this.#keepsSize);
      isMutated = true;
    }
    if (random.once(200)) {
      this.#mutator.turnAround();
      isMutated = true;
    }
    this.#deliver(isMutated, sink);
  }

  #sendInTwo(frame: number, sink: FrameSink): void {
    const { layouts, lengths } = this.#corpus;
    const { ipProtocol, transport, payload } = layouts[frame]!;
    const size = lengths[frame]! - payload;
    if (ipProtocol !== 6 || transport === 0 || size < 2) {
      this.#send(frame, false, sink);
      return;
    }
    const cut = 1 + this.#random.below(size - 1);
    const isSwapped = this.#random.once(3);
    for (let part = 0; part < 2; part++) {
      this.#mutator.take(frame);
      if ((part === 0) === isSwapped) this.#mutator.cutPayload(cut, size);
      else this.#mutator.cutPayload(0, cut);
      if (this.#random.below(16) < this.#spoilOf16) this.#mutator.mutate(true);
      this.#deliver(true, sink);
    }
  }

  #deliver(isMutated: boolean, sink: FrameSink): void {
    const random = this.#random;
    const { bytes, length, linkType } = this.#mutator;
    this.#timeUs += random.once(512) ? random.below(2 ** 27) : random.below(2000);
    if (random.once(4096)) this.#timeUs -= random.below(2 ** 24);
    if (isMutated) this.mutated++;
    this.frames++;
    sink.frame(bytes, 0, length, Math.max(length, 60), linkType, this.#timeUs);
  }
}
