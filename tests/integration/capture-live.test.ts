import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NetworkNamespace, namespaceObstacle } from "../../scripts/network/network-namespace.js";
import { pcapFile, TemporaryFiles, type TestFrame } from "../support/capture-file.js";
import { CompiledModule } from "../support/compiled-module.js";
import { PATIENCE_MS } from "../support/poll.js";

const POLL_MS = 20;

/** IEEE 802's EtherType for experiments: what else is on the wire does not count. */
const ETHERTYPE = [0x88, 0xb5];

/**
 * A sensor thread in small: it captures, and answers what it is asked from inside `frame`, as the real one must.
 *
 * Messages in: "stop", "count". Messages out: { driver }, { count }, { ended, stats } or { failed }. It keeps the hash of
 * every frame of our EtherType.
 */
const THREAD = `
import { createHash } from "node:crypto";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { openLiveSource } from "#agent/sensor/capture/live-source.js";

let count = 0;
let afterStop = 0;
let isStopped = false;
const hashes = [];
const source = openLiveSource(workerData);

function serve(message) {
  if (message === "count") parentPort.postMessage({ count });
  if (message === "stop") {
    isStopped = true;
    source.stop();
  }
}

const sink = {
  frame(bytes, offset, capturedLength, wireLength, linkType, timeUs) {
    if (isStopped) afterStop++;
    if (bytes[offset + 12] !== 0x88 || bytes[offset + 13] !== 0xb5) return;
    count++;
    if (workerData.hash) {
      const frame = bytes.subarray(offset, offset + capturedLength);
      const digest = createHash("sha256").update(frame).digest("hex").slice(0, 16);
      hashes.push([digest, wireLength, linkType, Math.abs(timeUs / 1000 - Date.now()) < 60_000].join());
    }
    if (count % 64 === 0) {
      for (let item = receiveMessageOnPort(parentPort); item; item = receiveMessageOnPort(parentPort)) serve(item.message);
    }
  },
};

parentPort.on("message", serve);
parentPort.postMessage({ driver: source.driver });
source.run(sink, () => parentPort.postMessage({ open: true })).then(
  () => parentPort.postMessage({ ended: true, afterStop, hashes, stats: source.stats() }),
  (error) => parentPort.postMessage({ failed: error.code ?? String(error) }),
).finally(() => parentPort.close());
`;

interface Report {
  readonly driver?: string;
  readonly open?: boolean;
  readonly count?: number;
  readonly ended?: boolean;
  readonly afterStop?: number;
  readonly hashes?: readonly string[];
  readonly stats?: {
    readonly received: number;
    readonly delivered: number;
    readonly truncatedFrames: number;
  };
  readonly failed?: string;
}

type Driver = "auto" | "pcap" | "tcpdump";

class CaptureThread {
  readonly worker: Worker;
  readonly #reports: Report[] = [];

  constructor(path: string, interfaceName: string, driver: Driver, more: Record<string, unknown> = {}) {
    const defaults = { snaplen: 65_535, filter: "", bufferBytes: 8_388_608 };
    this.worker = new Worker(path, {
      workerData: { ...defaults, interface: interfaceName, driver, ...more },
    });
    this.worker.on("message", (report: Report) => this.#reports.push(report));
    this.worker.on("error", (error) => this.#reports.push({ failed: String(error) }));
  }

  /** The next report that has `key`. */
  async report<Key extends keyof Report>(key: Key): Promise<NonNullable<Report[Key]>> {
    const found = await until(() => this.#reports.findIndex((report) => report[key] !== undefined) + 1, key);
    return this.#reports.splice(found - 1, 1)[0]![key]!;
  }

  async count(): Promise<number> {
    this.worker.postMessage("count");
    return this.report("count");
  }

  async stop(): Promise<Report> {
    this.worker.postMessage("stop");
    const found = await until(() => this.#reports.findIndex((report) => report.ended) + 1, "end");
    return this.#reports[found - 1]!;
  }
}

/** Poll `probe` until it gives something. */
async function until<Value>(probe: () => Value | Promise<Value>, what: string): Promise<NonNullable<Value>> {
  const endMs = performance.now() + PATIENCE_MS;
  while (performance.now() < endMs) {
    const value = await probe();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`nothing came within ${PATIENCE_MS} ms: ${what}`);
}

/** Frames of every length an Ethernet carries, from nobody to nobody. */
function experimentalFrames(count: number): TestFrame[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = new Uint8Array(60 + ((index * 97) % 1455)).fill(index);
    bytes.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, ...ETHERTYPE, index >> 8, index & 255]);
    return { bytes };
  });
}

const obstacle = namespaceObstacle();

describe.skipIf(obstacle)(
  `live capture over a cable of its own${obstacle ? ` (skipped: ${obstacle})` : ""}`,
  () => {
    const files = new TemporaryFiles();
    let module: CompiledModule;
    let namespace: NetworkNamespace;
    const threads: CaptureThread[] = [];

    function start(driver: Driver, more?: Record<string, unknown>): CaptureThread {
      const one = new CaptureThread(module.path, namespace.nearInterface, driver, more);
      threads.push(one);
      return one;
    }

    beforeAll(() => {
      module = new CompiledModule("capture-thread.js", THREAD);
    });
    afterAll(() => {
      module?.remove();
      files.remove();
    });
    beforeEach(() => {
      namespace = new NetworkNamespace();
    });
    afterEach(async () => {
      for (const { worker } of threads.splice(0)) await worker.terminate();
      namespace.remove();
    });

    it("sees the same frames through node-pcap and through tcpdump, and from the moment they are open loses none", async () => {
      const frames = experimentalFrames(1000);
      const capture = files.file(pcapFile(frames));
      const both = [
        start("pcap", { hash: true, snaplen: 1000 }),
        start("tcpdump", { hash: true, snaplen: 1000 }),
      ];

      for (const one of both) await one.report("open");
      namespace.replay(capture, 20_000);
      const last = both.map((one) => until(async () => (await one.count()) === 1000, "all frames"));
      await Promise.all(last);

      const [pcap, tcpdump] = await Promise.all(both.map((one) => one.stop()));
      const seenBy = (report: Report): readonly string[] => report.hashes!;
      expect(new Set(seenBy(pcap!)).size).toBe(1000);
      expect(seenBy(pcap!)).toEqual(seenBy(tcpdump!));
      const lengths = seenBy(pcap!).map((line) => Number(line.split(",")[1]));
      expect(lengths).toEqual(frames.map(({ bytes }) => bytes.length));
      expect(seenBy(pcap!).every((line) => line.endsWith(",1,true"))).toBe(true);
      const cut = frames.filter(({ bytes }) => bytes.length > 1000).length;
      for (const { stats } of [pcap!, tcpdump!]) {
        expect(stats).toMatchObject({ kernelDrops: 0, truncatedFrames: cut });
        expect(stats!.delivered).toBeGreaterThanOrEqual(1000);
        expect(stats!.received).toBeGreaterThanOrEqual(stats!.delivered);
      }
    });

    it.each(["pcap", "tcpdump"] as const)(
      "answers commands and stops during traffic that never pauses: %s",
      async (driver) => {
        const one = start(driver);
        await one.report("driver");
        const flood = namespace.flood(files.file(pcapFile(experimentalFrames(500))), 600);
        let seen = await until(() => one.count(), "frames of the flood");
        for (let question = 0; question < 5; question++) {
          const answer = await until(async () => {
            const count = await one.count();
            return count > seen ? count : 0;
          }, "a rising count");
          expect(answer).toBeGreaterThan(seen);
          seen = answer;
        }
        const report = await one.stop();
        expect(report.afterStop).toBe(0);
        expect(report.stats!.delivered).toBeGreaterThanOrEqual(seen);
        expect(flood.exitCode).toBeNull();
        await until(() => one.worker.threadId === -1, "the end of the thread");
      },
    );

    it("loses nothing of thousands of frames that come while tcpdump has no processor", async () => {
      const one = start("tcpdump");
      await one.report("open");
      const tcpdump = execFileSync("pgrep", ["-f", `tcpdump -i ${namespace.nearInterface} `], {
        encoding: "utf8",
      });
      process.kill(Number(tcpdump), "SIGSTOP");
      namespace.replay(files.file(pcapFile(experimentalFrames(5000))), 10_000);
      process.kill(Number(tcpdump), "SIGCONT");
      await until(async () => (await one.count()) === 5000, "all frames");
      expect((await one.stop()).stats).toMatchObject({ delivered: 5000, kernelDrops: 0 });
    });

    it("can use node-pcap again after the thread that used it has ended, and the pipe meanwhile", async () => {
      const first = start("auto");
      expect(await first.report("driver")).toBe("pcap");
      const second = start("auto");
      expect(await second.report("driver")).toBe("tcpdump");
      const refused = start("pcap");
      expect(await refused.report("failed")).toContain("node-pcap cannot be used");

      const ended = once(first.worker, "exit");
      await first.stop();
      await ended;
      const third = start("auto");
      expect(await third.report("driver")).toBe("pcap");
      await Promise.all([second.stop(), third.stop()]);
    });

    it.each(["pcap", "tcpdump"] as const)("says that there is no such interface: %s", async (driver) => {
      expect(await start(driver, { interface: "no-such-if" }).report("failed")).toBe(
        "error.capture.no_interface",
      );
    });

    it.each(["pcap", "tcpdump"] as const)("says that the filter is wrong: %s", async (driver) => {
      expect(await start(driver, { filter: "no such filter" }).report("failed")).toBe("error.capture.filter");
    });

    it.each(["pcap", "tcpdump"] as const)("says that the interface is down: %s", async (driver) => {
      namespace.setNearUp(false);
      expect(await start(driver).report("failed")).toBe("error.capture.interface_down");
    });

    it.each(["pcap", "tcpdump"] as const)("says that the interface has gone: %s", async (driver) => {
      const one = start(driver);
      const greeting = files.file(pcapFile(experimentalFrames(1)));
      await until(() => {
        namespace.replay(greeting, 1000);
        return one.count();
      }, "a first frame");
      namespace.deleteInterfaces();
      expect(await one.report("failed")).toBe("error.capture.interface_lost");
    });

    it.each(["pcap", "tcpdump"] as const)(
      "lets only frames through that the filter accepts: %s",
      async (driver) => {
        const one = start(driver, { filter: "ether proto 0x88b5 and ether[14:2] >= 500", hash: true });
        const greeting = files.file(pcapFile(experimentalFrames(501).slice(-1)));
        await until(() => {
          namespace.replay(greeting, 1000);
          return one.count();
        }, "a first frame");
        namespace.replay(files.file(pcapFile(experimentalFrames(600))), 20_000);
        await until(async () => (await one.count()) > 100, "the accepted frames");
        const report = await one.stop();
        expect(new Set(report.hashes!.slice(-100)).size).toBe(100);
        expect(new Set(report.hashes!).size).toBe(100);
      },
    );
  },
);
