/** Text of a state file behind a line with its SHA-256: what a disk has changed is seen. */
import { createHash } from "node:crypto";

export function checkedText(body: string): string {
  return `${hashOf(body)}\n${body}\n`;
}

/** The body of such a file, which has no line end of its own; undefined where it is not what was written. */
export function checkedBody(file: Uint8Array): string | undefined {
  const [hash, body, rest, ...more] = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
    .toString("utf8")
    .split("\n");
  const isWhole = body !== undefined && rest === "" && more.length === 0;
  return isWhole && hashOf(body) === hash ? body : undefined;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
