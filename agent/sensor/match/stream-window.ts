/** In-order bytes of a stream that rules look at together, and once. */
export interface StreamWindow {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
  /** It was parted from the one before by a hole: a rule holds in one of them. */
  readonly isFurther: boolean;
}
