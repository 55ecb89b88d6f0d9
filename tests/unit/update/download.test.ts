import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Download, type ReadFrom } from "../../../agent/update/download.js";
import { httpsSource } from "../../../agent/update/https-source.js";
import { CertificateAuthority } from "../../support/certificates.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const FILE = randomBytes(300_000);
const WANTED = { bundle: createHash("sha256").update(FILE).digest("hex"), bytes: FILE.length };
const CHUNK = 50_000;
const never = new AbortController().signal;

/** A download on a clock that only its own pauses move. */
async function bench(bytesPerSecond = 100_000) {
  const folder = await temporaryDirectory();
  let nowMs = 0;
  const pauses: number[] = [];
  const make = () =>
    new Download({
      folder,
      bytesPerSecond,
      monotonicMs: () => nowMs,
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        nowMs += milliseconds;
      },
    });
  return { folder, make, pauses, pass: (milliseconds: number) => (nowMs += milliseconds), now: () => nowMs };
}

/** Chunks of a file, in the order they are asked for; `broken` of them cannot be had. */
function chunks(file: Buffer, asked: number[], broken: readonly number[] = []): ReadFrom {
  return async (offset) => {
    asked.push(offset);
    return broken.includes(asked.length) ? undefined : file.subarray(offset, offset + CHUNK);
  };
}

describe("a download", () => {
  test("gives the file, at the rate that is allowed", async () => {
    const { make, now } = await bench();
    const path = await make().get(WANTED, chunks(FILE, []), never);
    expect(readFileSync(path).equals(FILE)).toBe(true);
    // The last chunk is not waited for.
    expect(now()).toBeCloseTo(2500);
  });

  test("goes on where it broke off, also after a restart", async () => {
    const { make } = await bench();
    const asked: number[] = [];
    const read = chunks(FILE, asked, [3, 4]);
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(make().get(WANTED, read, never)).rejects.toMatchObject({ code: "error.download.broken" });
    }
    const restarted = make();
    expect(restarted.progress(WANTED)).toBe(2 * CHUNK);
    expect(existsSync(await restarted.get(WANTED, read, never))).toBe(true);
    expect(asked.map((offset) => offset / CHUNK)).toEqual([0, 1, 2, 2, 2, 3, 4, 5]);
  });

  test("goes on after a power cut that took the end of the file, in the middle of a chunk", async () => {
    const { folder, make } = await bench();
    await expect(make().get(WANTED, chunks(FILE, [], [4]), never)).rejects.toThrow();
    truncateSync(join(folder, readdirSync(folder)[0]!), 2 * CHUNK + 77);
    const path = await make().get(WANTED, chunks(FILE, []), never);
    expect(readFileSync(path).equals(FILE)).toBe(true);
  });

  test("of another file than was announced leaves nothing behind", async () => {
    const { folder, make } = await bench();
    const other = randomBytes(FILE.length);
    await expect(make().get(WANTED, chunks(other, []), never)).rejects.toMatchObject({
      code: "error.download.other",
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("takes no byte more than was announced, however many come (endless data)", async () => {
    const { folder, make } = await bench();
    const endless: ReadFrom = async () => Buffer.alloc(CHUNK * 4, 7);
    await expect(make().get(WANTED, endless, never)).rejects.toMatchObject({ code: "error.download.other" });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("that is kept up with single bytes is given up (slow retrieval)", async () => {
    const { make, pass } = await bench();
    const slow: ReadFrom = async (offset) => {
      pass(1000);
      return FILE.subarray(offset, offset + 1);
    };
    await expect(make().get(WANTED, slow, never)).rejects.toMatchObject({ code: "error.download.slow" });
  });

  test("of another bundle takes away what was left of the one before", async () => {
    const { folder, make } = await bench();
    await expect(make().get(WANTED, chunks(FILE, [], [2]), never)).rejects.toThrow();
    const small = Buffer.from("small");
    const wanted = { bundle: createHash("sha256").update(small).digest("hex"), bytes: small.length };
    await make().get(wanted, chunks(small, []), never);
    expect(readdirSync(folder)).toEqual([`${wanted.bundle}.bundle`]);
  });
});

test("over HTTPS a download asks for ranges, goes on after a break, and believes no stranger's certificate", async () => {
  const authority = new CertificateAuthority();
  onTestFinished(() => rmSync(authority.folder, { recursive: true }));
  const { certFile, keyFile } = authority.issue("localhost", "DNS:localhost");
  const [cert, key, ca] = [certFile, keyFile, authority.certFile].map((file) => readFileSync(file));
  let requests = 0;
  const server = createServer({ cert: cert!, key: key! }, (request, response) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
    if (++requests === 2) {
      response.destroy();
      return;
    }
    response.writeHead(206).end(FILE.subarray(Number(from), Number(to) + 1));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}/office.bundle`;
  const { make } = await bench(1e9);
  const own = { ca: ca! };
  await expect(make().get(WANTED, httpsSource(url, FILE.length), never)).rejects.toThrow();
  requests = 0;
  await expect(make().get(WANTED, httpsSource(url, FILE.length, own), never)).rejects.toThrow("broke off");
  const path = await make().get(WANTED, httpsSource(url, FILE.length, own), never);
  expect(readFileSync(path).equals(FILE)).toBe(true);
});
