import { statSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { askAgent } from "../../agent/onsite/control-client.js";
import { ControlPoint } from "../../agent/onsite/control-point.js";
import type { Status } from "../../agent/onsite/status.js";
import { sekisho } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const STATUS = { verdict: "degraded", conditions: [], sensors: [], counters: {} } as unknown as Status;

async function controlPoint(metricsPort: number | null = null) {
  const socket = join(await temporaryDirectory(), "control.sock");
  const point = new ControlPoint({ socket, metricsPort }, () => STATUS);
  onTestFinished(() => point.close());
  return { socket, point };
}

/** What the other side sends until it closes. */
function exchange(socket: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const connection = createConnection(socket, () => connection.write(text));
    connection.on("data", (data) => {
      answer += data.toString();
    });
    connection.on("close", () => resolve(answer));
    connection.on("error", reject);
  });
}

describe("the control socket", () => {
  test("answers the status, and only its owner and group may ask", async () => {
    const { socket, point } = await controlPoint();
    expect(await point.open()).toEqual([]);
    expect(statSync(socket).mode & 0o777).toBe(0o660);
    expect(await askAgent(socket, "/v1/status")).toEqual(STATUS);
  });

  test.each([
    ["an unknown path", "GET /v1/other HTTP/1.1\r\nHost: x\r\n\r\n", "404"],
    ["a name of Object's prototype", "GET constructor HTTP/1.1\r\nHost: x\r\n\r\n", "4"],
    ["a request that would change something", "POST /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", "405"],
    ["headers without end", `GET / HTTP/1.1\r\nX: ${"x".repeat(10_000)}\r\n\r\n`, "431"],
    ["what is no HTTP", "\0\x01nonsense\r\n\r\n", "400"],
  ])("refuses %s and goes on", async (_, text, code) => {
    const { socket, point } = await controlPoint();
    await point.open();
    expect(await exchange(socket, text)).toMatch(new RegExp(`^HTTP/1.1 ${code}`));
    expect(await askAgent(socket, "/v1/status")).toEqual(STATUS);
  });

  test("takes over a socket that a killed agent left behind, but not one that is answered", async () => {
    const { socket, point } = await controlPoint();
    await point.open();
    const second = new ControlPoint({ socket, metricsPort: null }, () => STATUS);
    await expect(second.open()).rejects.toMatchObject({ code: "error.control.in_use" });
    await point.close();
    writeFileSync(socket, "");
    expect(await second.open()).toEqual([]);
    await second.close();
  });

  test("a metrics port that is taken is reported, and the socket answers all the same", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    onTestFinished(() => void taken.close());
    const { socket, point } = await controlPoint((taken.address() as { port: number }).port);
    expect(await point.open()).toMatchObject([{ code: "error.metrics.unavailable" }]);
    expect(await askAgent(socket, "/v1/status")).toEqual(STATUS);
  });
});

describe("sekisho status", () => {
  test("tells the verdict by exit code with --check, and 1 where no agent answers", async () => {
    const socket = join(await temporaryDirectory(), "control.sock");
    expect(sekisho(["status", "--socket", socket])).toMatchObject({
      code: 1,
      err: expect.stringContaining("No running agent answers"),
    });
  });
});
