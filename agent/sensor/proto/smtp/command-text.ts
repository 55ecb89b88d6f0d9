/** Where the arguments of commands stand in their lines (RFC 5321 4.1.1). */

const SPACE = 0x20;

export function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

/** Behind `:` and spaces. */
export function skipParameterStart(bytes: Uint8Array, start: number, end: number): number {
  const at = skipSpace(bytes, start, end);
  return skipSpace(bytes, at < end && bytes[at] === 0x3a ? at + 1 : at, end);
}

export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] === SPACE) at--;
  return at;
}

/** Behind the path at `start`: parameters (RFC 5321 4.1.1.2: SIZE, BODY) do not belong to it. */
export function pathEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
}
