/** What a destination has to be able to do. All of it may fail for reasons of the world; then it is closed and opened again. */
export interface Outlet {
  /** How much goes out in one write, in octets. */
  readonly batchBytes: number;
  /** Form of one message on this way: the line's end, the count of octets. */
  frame(message: Buffer): Buffer;
  /** @throws where it cannot be reached, or its files cannot be read */
  open(): Promise<void>;
  /**
   * Send messages in their order; resolves when this machine's kernel has them.
   *
   * @throws where it does not take them; then it is not known which of them have gone
   */
  write(messages: readonly Buffer[]): Promise<void>;
  close(): Promise<void>;
  /** Why an open way can be used no more, where that is known before something is written. */
  readonly trouble?: Error | undefined;
}

/** Nobody waits for ever for a collector that takes nothing. */
export const STALL_MS = 30_000;
