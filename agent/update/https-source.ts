/**
 * Owns reading a file over HTTPS from any position on: one range request a stretch of RANGE_BYTES, so that a rate can be kept and a
 * break costs little. The server's certificate is checked like any other; redirects are not followed; an answer longer than asked
 * for is cut, and of one that drips what has come in STRETCH_MS is taken, so that whoever asks sees how slow it is.
 */
import { type RequestOptions, request } from "node:https";
import type { ReadFrom } from "./download.js";

const RANGE_BYTES = 128 * 1024;
const IDLE_MS = 20_000;
const STRETCH_MS = 60_000;

/**
 * @param options further options of `https.request`, such as `ca`
 * @param stretchMs how long one stretch may take
 */
export function httpsSource(
  url: string,
  bytes: number,
  options: RequestOptions = {},
  stretchMs = STRETCH_MS,
): ReadFrom {
  return (offset, signal) =>
    new Promise((resolve) => {
      const last = Math.min(offset + RANGE_BYTES, bytes) - 1;
      const wanted = last - offset + 1;
      const headers = { range: `bytes=${offset}-${last}`, "accept-encoding": "identity" };
      const question = request(
        url,
        { ...options, headers, signal, timeout: IDLE_MS, agent: false },
        (answer) => {
          // A server without ranges gives the whole file: it would have to be read from its beginning for every stretch.
          if (answer.statusCode !== 206 && !(answer.statusCode === 200 && offset === 0)) {
            question.destroy();
            resolve(undefined);
            return;
          }
          const parts: Buffer[] = [];
          let count = 0;
          const finish = (): void => {
            clearTimeout(timer);
            resolve(count === 0 ? undefined : Buffer.concat(parts).subarray(0, wanted));
          };
          const timer = setTimeout(() => {
            question.destroy();
            finish();
          }, stretchMs);
          answer.on("data", (part: Buffer) => {
            parts.push(part);
            count += part.length;
            if (count < wanted) return;
            question.destroy();
            finish();
          });
          answer.on("end", finish);
          answer.on("error", finish);
        },
      );
      question.on("timeout", () => question.destroy());
      question.on("error", () => resolve(undefined));
      question.end();
    });
}
