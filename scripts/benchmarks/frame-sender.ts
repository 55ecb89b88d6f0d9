/**
 * Who floods a cable: trafgen (Debian package netsniff-ng), which hands frames to the kernel through a ring, where it is installed, else
 * tcpreplay. The way of a frame through a pair of veth takes most of a core: what the sender takes besides decides how many it sends.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, renameSync, writeSync } from "node:fs";
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import type { NetworkNamespace } from "../network/network-namespace.js";

/** It reads its frames as text, a second for 20,000. */
const MAX_GENERATED_FRAMES = 50_000;
/** From here on it sends as fast as it can, which is a tenth more than this: to keep to a rate takes it a fifth of its time. */
const UNPACED_PER_S = 400_000;
/** How it says how long it sent, and how many. */
const SUMMARY = /(\d+) sec, +(\d+) usec on CPU\d+ \((\d+) packets\)/;

export type Sender = "trafgen" | "tcpreplay";

export function availableSender(): Sender {
  return spawnSync("trafgen", ["--version"]).error ? "tcpreplay" : "trafgen";
}

/**
 * Send the frames of a capture from the far end of the cable, over and over.
 *
 * @returns seconds it took
 */
export function sendFrames(
  cable: NetworkNamespace,
  sender: Sender,
  capture: string,
  seconds: number,
  packetsPerSecond: number,
): Promise<number> {
  return sender === "trafgen"
    ? generate(cable, capture, seconds, packetsPerSecond)
    : replay(cable, capture, seconds, packetsPerSecond);
}

async function replay(
  cable: NetworkNamespace,
  capture: string,
  seconds: number,
  packetsPerSecond: number,
): Promise<number> {
  const beganMs = performance.now();
  const child = cable.flood(capture, seconds, packetsPerSecond);
  await new Promise((resolve) => child.once("close", resolve));
  return (performance.now() - beganMs) / 1000;
}

/** One process, bound to one core: it leaves the other to the sensor. */
async function generate(
  cable: NetworkNamespace,
  capture: string,
  seconds: number,
  packetsPerSecond: number,
): Promise<number> {
  const parameters = [
    ...["--dev", cable.farInterface, "--conf", generatorFrames(capture), "--cpus", "1"],
    ...["--num", String(packetsPerSecond * seconds)],
    ...(packetsPerSecond < UNPACED_PER_S ? ["--rate", `${packetsPerSecond}pps`] : []),
  ];
  const child = spawn("ip", ["netns", "exec", cable.name, "trafgen", ...parameters], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise((resolve) => child.once("close", resolve));
  const [, wholeS, restUs] = SUMMARY.exec(output) ?? [];
  if (wholeS === undefined) throw new Error(`trafgen has sent nothing: ${output}`);
  return Number(wholeS) + Number(restUs) / 1e6;
}

/** The first frames of a capture in trafgen's language, beside it. */
function generatorFrames(capture: string): string {
  const path = `${capture}.trafgen`;
  if (existsSync(path)) return path;
  const file = openSync(`${path}.new`, "w");
  try {
    let count = 0;
    readCaptureFile(capture, {
      frame(bytes, offset, capturedLength) {
        if (count++ >= MAX_GENERATED_FRAMES) return;
        writeSync(file, `{ ${bytes.subarray(offset, offset + capturedLength).join(", ")} }\n`);
      },
    });
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  return path;
}
