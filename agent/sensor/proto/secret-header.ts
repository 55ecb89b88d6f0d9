/** Header fields of HTTP that let their holder in (RFC 9110 11.6.2 and 11.7.2, RFC 6265): rules see them, records do not say them. */

/** What stands for a secret in records. */
export const HIDDEN_TEXT = "********";

const SECRET_FIELDS: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
]);

/** A header field as a record tells it. */
export function recordedHeader(
  name: string,
  value: string,
): { readonly name: string; readonly value: string } {
  return { name, value: SECRET_FIELDS.has(name.toLowerCase()) ? HIDDEN_TEXT : value };
}
