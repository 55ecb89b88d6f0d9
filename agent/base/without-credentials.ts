/**
 * Owns what of a text may not be written down: name and password within a URL, and private keys in PEM form. Secrets stand in
 * files of their own; this is for who writes one elsewhere all the same, and for errors of others that repeat it.
 */

const MARK = "[secret]";

/**
 * What stands between `://` and `@`: a name alone, or a name and a password, which may hold what a URL forbids (`/`, a further
 * `@`). A host with its port is neither. RFC 3986, section 3.2.1.
 */
const USER_INFORMATION =
  /(?<=:\/\/)(?:[^\s"/@:]{1,256}|[^\s"/@:]{0,256}:(?!\d{1,5}(?:[/?#"'\s,;)]|$))[^\s"]{1,256})@/g;
/** RFC 7468; also where the lines of the key have become one, as in a line of JSON. */
const PRIVATE_KEY =
  /-----BEGIN ([A-Z ]{0,32}PRIVATE KEY)-----(?:[A-Za-z0-9+/=\s:,]|\\[nr]){0,65536}(?:-----END [A-Z ]{0,32}PRIVATE KEY-----)?/g;

/** `text` without them. */
export function withoutCredentials(text: string): string {
  return text.replace(USER_INFORMATION, `${MARK}@`).replace(PRIVATE_KEY, MARK);
}
