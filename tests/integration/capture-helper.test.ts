/** The capture helper as it runs on a box: a user of its own, one capability, asked over its socket. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askHelper } from "#agent/sensor/capture/capture-helper.js";
import type { PacketSource } from "#agent/sensor/capture/packet-source.js";
import { TcpdumpSource } from "#agent/sensor/capture/tcpdump-source.js";
import { NetworkNamespace, namespaceObstacle } from "../../scripts/network/network-namespace.js";
import { FrameLog, pcapFile, TemporaryFiles } from "../support/capture-file.js";
import { ethernet, raw } from "../support/frames.js";
import { poll } from "../support/poll.js";

const HELPER = fileURLToPath(new URL("../../systemd/capture", import.meta.url));
/** As the unit has it: nobody, with CAP_NET_RAW and nothing else. */
const AS_NOBODY = [
  ...["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--bounding-set=-all,+net_raw"],
  ...["--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw", "--no-new-privs"],
];

const obstacle = namespaceObstacle();

describe.skipIf(obstacle)(`the capture helper${obstacle ? ` (skipped: ${obstacle})` : ""}`, () => {
  const files = new TemporaryFiles();
  const folder = mkdtempSync(join(tmpdir(), "sekisho-helper-"));
  const socket = join(folder, "capture.sock");
  let cable: NetworkNamespace;
  let helper: ChildProcess;

  beforeAll(() => {
    chmodSync(folder, 0o777);
    cable = new NetworkNamespace();
  });
  afterAll(() => {
    cable.remove();
    files.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    rmSync(socket, { force: true });
    helper = spawn("setpriv", [...AS_NOBODY, HELPER, socket], { stdio: ["ignore", "ignore", "inherit"] });
    // The file is there a moment before anybody listens.
    await poll("the helper", () => isHeard(socket));
  });
  afterEach(async () => {
    if (helper.exitCode === null && helper.signalCode === null) {
      helper.kill("SIGTERM");
      await once(helper, "exit");
    }
  });

  function source(more: Record<string, unknown> = {}, path = socket): PacketSource {
    const options = {
      interface: cable.nearInterface,
      snaplen: 65_535,
      filter: "",
      bufferBytes: 16 * 1024 * 1024,
      ...more,
    };
    return new TcpdumpSource(options, askHelper(path), "helper");
  }

  it("delivers every frame to an agent without rights, and gives the figures at the end", async () => {
    const frames = Array.from({ length: 500 }, (_, index) => ({
      bytes: ethernet(raw(0x88b5, new Uint8Array(46 + index))),
    }));
    const capture = files.file(pcapFile(frames));
    const greeting = files.file(pcapFile(frames.slice(0, 1)));
    const one = source();
    const log = new FrameLog();
    const running = one.run(log);
    await poll("a first frame", () => {
      cable.replay(greeting, 1000);
      return log.frames.length > 0;
    });
    const before = log.frames.length;
    // Not waited for: this thread has to read meanwhile.
    cable.start("tcpreplay", "--quiet", "--intf1", cable.farInterface, "--pps=5000", capture);
    await poll("all frames", () => log.frames.length >= before + 500);
    one.stop();
    await running;
    expect(one.driver).toBe("helper");
    expect(one.stats()).toMatchObject({ delivered: log.frames.length, kernelDrops: 0, interfaceDrops: 0 });
    expect(one.stats().received).toBeGreaterThanOrEqual(500);
  });

  it("serves several captures at once, and ends each with its agent", async () => {
    const both = [source(), source({ filter: "udp port 9" })];
    let open = 0;
    const running = both.map((one) => one.run(new FrameLog(), () => void open++));
    await poll("two captures", () => open === 2);
    expect(tcpdumpsOf(helper)).toBe(2);
    both[0]!.stop();
    await running[0];
    await poll("one capture", () => tcpdumpsOf(helper) === 1);
    both[1]!.stop();
    await running[1];
    await poll("no capture", () => tcpdumpsOf(helper) === 0);
  });

  it("passes on why a capture cannot be", async () => {
    await expect(source({ interface: "no-such-if" }).run(new FrameLog())).rejects.toMatchObject({
      code: "error.capture.no_interface",
    });
    await expect(source({ filter: "no such filter" }).run(new FrameLog())).rejects.toMatchObject({
      code: "error.capture.filter",
    });
  });

  it("is missed by name where it is not there, and when it goes", async () => {
    await expect(source({}, join(folder, "nothing.sock")).run(new FrameLog())).rejects.toMatchObject({
      code: "error.capture.no_helper",
      message: expect.stringContaining("systemctl enable --now sekisho-capture.socket"),
    });
    const running = source().run(new FrameLog());
    const gone = expect(running).rejects.toMatchObject({ code: expect.stringMatching(/^error\.capture\./) });
    await poll("a capture", () => tcpdumpsOf(helper) === 1);
    helper.kill("SIGTERM");
    await gone;
  });

  it.each([
    ["nonsense", "nonsense\n"],
    ["an option in place of an interface", "capture -z 100 100 1 \n"],
    ["a path in place of an interface", "capture ../x 100 100 1 \n"],
    ["a number that it has not given", "frames 4711\n"],
    ["a line without end", "x".repeat(20_000)],
  ])("closes on %s, and goes on", async (_, text) => {
    const stranger = connect(socket, () => stranger.write(text));
    stranger.on("error", () => undefined);
    await new Promise((resolve) => stranger.once("close", resolve));
    const one = source();
    let isOpen = false;
    const running = one.run(new FrameLog(), () => {
      isOpen = true;
    });
    await poll("a capture", () => isOpen);
    expect(tcpdumpsOf(helper)).toBe(1);
    one.stop();
    await running;
  });
});

function isHeard(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const caller = connect(path, () => resolve(true));
    caller.once("error", () => resolve(false));
    caller.once("connect", () => caller.destroy());
  });
}

function tcpdumpsOf({ pid }: ChildProcess): number {
  const { stdout } = spawnSync("pgrep", ["-c", "-P", String(pid), "tcpdump"], { encoding: "utf8" });
  return Number(stdout);
}
