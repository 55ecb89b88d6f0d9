/**
 * Owns the page's password: kept as a scrypt hash in a file of its own (0600), set once by whoever knows the set-up code,
 * which only those read who may open the control socket or the state folder. There is no default password.
 *
 * One hash is computed at a time, so that guessing costs the box one thread and 32 MiB at most.
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** RFC 7914: N = 2^15, r = 8, p = 1 takes about a tenth of a second and 32 MiB on a small box. */
const COST = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
export const MIN_PASSWORD_LENGTH = 10;
export const MAX_PASSWORD_LENGTH = 200;
/** No letter that is read as another on the phone. */
const CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const CODE_LENGTH = 8;

export class PagePassword {
  readonly #path: string;
  readonly #codePath: string;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param path file of the hash; the set-up code lies beside it as long as no password is set */
  constructor(path: string) {
    this.#path = path;
    this.#codePath = `${path}.setup-code`;
  }

  get isSet(): boolean {
    return this.#stored() !== undefined;
  }

  /** The code that allows to set the first password; made when first asked for. Undefined once one is set. */
  setupCode(): string | undefined {
    if (this.isSet) return undefined;
    const known = readText(this.#codePath);
    if (known !== undefined && known.length === CODE_LENGTH) return known;
    const letters = [...randomBytes(CODE_LENGTH)].map((byte) => CODE_LETTERS[byte % CODE_LETTERS.length]);
    writeFileSync(this.#codePath, `${letters.join("")}\n`, { mode: 0o600 });
    return letters.join("");
  }

  /** Set the first password. False where one is set already, the code is wrong, or the password too short or long. */
  async set(code: string, password: string): Promise<boolean> {
    const wanted = this.setupCode();
    if (wanted === undefined || !isEqual(Buffer.from(wanted), Buffer.from(code.trim().toUpperCase())))
      return false;
    if (!isAllowed(password)) return false;
    const salt = randomBytes(SALT_BYTES);
    const hash = await this.#hash(password, salt);
    if (this.isSet) return false;
    const text = `scrypt ${COST.N} ${COST.r} ${COST.p} ${salt.toString("base64")} ${hash.toString("base64")}\n`;
    writeFileSync(`${this.#path}.new`, text, { mode: 0o600, flush: true });
    renameSync(`${this.#path}.new`, this.#path);
    rmSync(this.#codePath, { force: true });
    return true;
  }

  /** Whether `password` is the one that was set. */
  async verify(password: string): Promise<boolean> {
    const stored = this.#stored();
    if (stored === undefined || password.length > MAX_PASSWORD_LENGTH) return false;
    return isEqual(await this.#hash(password, stored.salt), stored.hash);
  }

  #stored(): { salt: Buffer; hash: Buffer } | undefined {
    const [kind, N, r, p, salt, hash] = (readText(this.#path) ?? "").split(" ");
    if (kind !== "scrypt" || Number(N) !== COST.N || Number(r) !== COST.r || Number(p) !== COST.p)
      return undefined;
    const found = { salt: Buffer.from(salt ?? "", "base64"), hash: Buffer.from(hash ?? "", "base64") };
    return found.hash.length === HASH_BYTES ? found : undefined;
  }

  #hash(password: string, salt: Buffer): Promise<Buffer> {
    const work = (): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        scrypt(password.normalize("NFKC"), salt, HASH_BYTES, COST, (error, key) =>
          error ? reject(error) : resolve(key),
        );
      });
    const result = this.#queue.then(work, work);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

function isAllowed(password: string): boolean {
  return password.length >= MIN_PASSWORD_LENGTH && password.length <= MAX_PASSWORD_LENGTH;
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").slice(0, 1024).trim();
  } catch {
    return undefined;
  }
}
