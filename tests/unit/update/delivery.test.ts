import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../agent/base/clock.js";
import { createLog } from "../../../agent/base/log.js";
import { RuleSetDelivery } from "../../../agent/rule-set-delivery.js";
import { httpsSource } from "../../../agent/update/https-source.js";
import type { UpdateState } from "../../../agent/update/update-state.js";
import { CertificateAuthority } from "../../support/certificates.js";

import { temporaryDirectory } from "../../support/temporary-directory.js";

const FILE = randomBytes(200_000);
const CHUNK = 50_000;
const authority = new CertificateAuthority();
afterAll(() => rmSync(authority.folder, { recursive: true }));
const { certFile, keyFile } = authority.issue("localhost", "DNS:localhost");
const [cert, key, ca] = [certFile, keyFile, authority.certFile].map((file) => readFileSync(file));

async function mirror(answer: RequestListener): Promise<string> {
  const server = createServer({ cert: cert!, key: key! }, answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `https://localhost:${(server.address() as AddressInfo).port}/office.bundle`;
}

/** A box that is told of a bundle at a URL and on the broker; `installed` gets what it takes. */
async function box(url: string) {
  const folder = join(await temporaryDirectory(), "rule-sets");
  mkdirSync(folder);
  const installed: Buffer[] = [];
  const chunks: number[] = [];
  const highest = { vendor: 0, site: 0 };
  const delivery = new RuleSetDelivery({
    folder,
    bytesPerSecond: 1e9,
    clock: systemClock,
    log: createLog({ level: "error" }, { write: () => undefined }),
    state: () => ({ highest }) as UpdateState,
    fetchChunk: async (_, index) => {
      chunks.push(index);
      return FILE.subarray(index * CHUNK, (index + 1) * CHUNK);
    },
    web: () => ({ ca: ca! }),
    install: async (path) => {
      installed.push(readFileSync(path));
      highest.vendor = 7;
    },
    onChange: () => undefined,
  });
  onTestFinished(() => delivery.stop());
  const bundle = createHash("sha256").update(FILE).digest("hex");
  const desire = () =>
    delivery.desire({
      v: 1,
      layer: "vendor",
      version: 7,
      bundle,
      bytes: FILE.length,
      chunkBytes: CHUNK,
      url,
    });
  return { delivery, desire, installed, chunks };
}

test("malicious mirrors: a web server that gives something else does not keep a box from what the broker has", async () => {
  const evil = randomBytes(FILE.length);
  const url = await mirror((request, response) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
    response.writeHead(206).end(evil.subarray(Number(from), Number(to) + 1));
  });
  const { delivery, desire, installed, chunks } = await box(url);
  desire();
  await expect.poll(() => delivery.status?.trouble).toContain("is not the bundle");
  expect([installed, chunks]).toEqual([[], []]);
  desire();
  await expect.poll(() => installed.length).toBe(1);
  expect(installed[0]!.equals(FILE)).toBe(true);
  expect(chunks).toEqual([0, 1, 2, 3]);
});

test("malicious mirrors: one that is not there does not either", async () => {
  const url = await mirror((_, response) => void response.writeHead(404).end());
  const { desire, installed } = await box(url);
  desire();
  await expect.poll(() => installed.length).toBe(1);
  expect(installed[0]!.equals(FILE)).toBe(true);
});

test("slow retrieval: of a web server that drips bytes no more is waited for than a stretch may take", async () => {
  const url = await mirror((_, response) => {
    response.writeHead(206);
    const timer = setInterval(() => response.write("x"), 5);
    response.on("close", () => clearInterval(timer));
  });
  const read = httpsSource(url, FILE.length, { ca: ca! }, 100);
  const part = await read(0, new AbortController().signal);
  expect(part!.length).toBeGreaterThan(0);
  expect(part!.length).toBeLessThan(1000);
});
