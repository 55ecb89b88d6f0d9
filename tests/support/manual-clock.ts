/** A clock that stands until it is moved. */
import type { Clock } from "../../agent/base/clock.js";

export class ManualClock implements Clock {
  #monotonicMs = 0;
  /** May be set to anything, as a clock may. */
  wall: number;

  constructor(wallMs = 1_800_000_000_000) {
    this.wall = wallMs;
  }

  wallMs(): number {
    return this.wall;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  advance(ms: number): void {
    this.#monotonicMs += ms;
    this.wall += ms;
  }
}
