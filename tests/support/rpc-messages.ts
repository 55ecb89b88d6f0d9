/** Calls of ONC RPC (RFC 5531) for tests: words of 32 bit. */

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value);
  return bytes;
}

/** A call with AUTH_SYS credentials of eight octets and no verifier. */
export function rpcCall(
  version: number,
  procedure: number,
  body: readonly number[] = [],
  program = 100_003,
): Uint8Array {
  return words([0x1234, 0, 2, program, version, procedure, 1, 8, 0, 0, 0, 0, ...body]);
}

/** The record mark of a last fragment, and the message. */
export function rpcRecord(message: Uint8Array): Uint8Array {
  return Uint8Array.from([...words([0x8000_0000 + message.length]), ...message]);
}

/** Arguments of a COMPOUND with an empty tag: each operation is its number and its arguments. */
export function compound(operations: readonly (readonly number[])[]): number[] {
  return [0, 0, operations.length, ...operations.flat()];
}
