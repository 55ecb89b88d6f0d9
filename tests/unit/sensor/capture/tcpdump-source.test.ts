import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { spawnTcpdump } from "../../../../agent/sensor/capture/tcpdump-process.js";
import { TcpdumpSource } from "../../../../agent/sensor/capture/tcpdump-source.js";
import { FrameLog, numberedFrames, pcapFile, seen, TemporaryFiles } from "../../../support/capture-file.js";

const files = new TemporaryFiles();
afterAll(() => files.remove());

const OPTIONS = { interface: "eth7", snaplen: 2048, filter: "tcp or udp", bufferBytes: 1_000_000 };
const FRAMES = numberedFrames(5);
const CAPTURE = files.file(pcapFile(FRAMES));
const NEVER_ENDS = "while :; do sleep 0.02; done";

let count = 0;

/** A shell script in tcpdump's place. */
function impostor(...lines: readonly string[]): string {
  const path = join(files.directory, `tcpdump-${++count}`);
  writeFileSync(path, ["#!/bin/sh", ...lines].join("\n"), { mode: 0o755 });
  return path;
}

function listening(...lines: readonly string[]): string {
  return impostor("echo 'tcpdump: listening on eth7, link-type EN10MB' >&2", ...lines);
}

describe("the tcpdump pipe", () => {
  it("asks for raw frames of one interface, and the filter cannot become an option", async () => {
    const record = join(files.directory, "arguments");
    const program = impostor(`printf '%s\\n' "$@" > ${record}`, "exit 1");
    await new TcpdumpSource(OPTIONS, spawnTcpdump(program)).run(new FrameLog()).catch(() => undefined);
    expect(readFileSync(record, "utf8").trim().split("\n")).toEqual([
      ...["-i", "eth7", "-w", "-", "-U", "-n"],
      ...["-s", "2048", "-B", "977", "--", "tcp or udp"],
    ]);
  });

  it("delivers every frame of the stream, and takes its end for a failure", async () => {
    const log = new FrameLog();
    const source = new TcpdumpSource(OPTIONS, spawnTcpdump(listening(`cat ${CAPTURE}`)));
    await expect(source.run(log)).rejects.toMatchObject({ code: expect.stringMatching(/^error\.capture\./) });
    expect(log.frames).toEqual(seen(FRAMES));
  });

  it("says once that it is open, when tcpdump listens, and never where tcpdump cannot", async () => {
    let openCount = 0;
    const open = (): number => openCount++;
    const twice = listening("echo 'tcpdump: listening on eth7, link-type EN10MB' >&2");
    await new TcpdumpSource(OPTIONS, spawnTcpdump(twice)).run(new FrameLog(), open).catch(() => undefined);
    expect(openCount).toBe(1);
    const refused = impostor("echo 'tcpdump: eth7: No such device exists' >&2", "exit 1");
    await new TcpdumpSource(OPTIONS, spawnTcpdump(refused)).run(new FrameLog(), open).catch(() => undefined);
    expect(openCount).toBe(1);
  });

  it("gives a tcpdump up that never says that it listens, whether it minds being asked or not", async () => {
    for (const program of [impostor(NEVER_ENDS), impostor("trap '' TERM", NEVER_ENDS)]) {
      const source = new TcpdumpSource(OPTIONS, spawnTcpdump(program), "tcpdump", 50);
      await expect(source.run(new FrameLog())).rejects.toMatchObject({
        code: "error.capture.not_open",
        params: { interface: "eth7", driver: "tcpdump" },
      });
    }
  });

  it("delivers no frame after stop was called from inside one, and ends the child", async () => {
    const source = new TcpdumpSource(OPTIONS, spawnTcpdump(listening(`cat ${CAPTURE}`, NEVER_ENDS)));
    const log = new FrameLog((frames) => {
      if (frames === 3) source.stop();
    });
    await source.run(log);
    expect(log.frames).toEqual(seen(FRAMES.slice(0, 3)));
  });

  it("kills a child that does not mind being asked", async () => {
    const program = listening("trap '' TERM", `cat ${CAPTURE}`, NEVER_ENDS);
    const source = new TcpdumpSource(OPTIONS, spawnTcpdump(program));
    const log = new FrameLog(() => source.stop());
    await source.run(log);
    expect(log.frames.length).toBe(1);
  });

  it("reads the figures that tcpdump gives at its end", async () => {
    const program = listening(
      `trap "printf '12 packets captured\\n1 packet received by filter\\n' >&2;
        printf '7 packets dropped by kernel\\n3 packets dropped by interface\\n' >&2; exit 0" TERM`,
      `cat ${CAPTURE}`,
      NEVER_ENDS,
    );
    const source = new TcpdumpSource(OPTIONS, spawnTcpdump(program));
    const log = new FrameLog((frames) => {
      if (frames === 5) source.stop();
    });
    await source.run(log);
    expect(source.stats()).toEqual({
      ...{ delivered: 5, received: 5, kernelDrops: 7, interfaceDrops: 3, truncatedFrames: 0 },
    });
  });

  it("rejects with what tcpdump complains about", async () => {
    const program = impostor("echo 'tcpdump: eth7: That device is not up' >&2", "exit 1");
    await expect(new TcpdumpSource(OPTIONS, spawnTcpdump(program)).run(new FrameLog())).rejects.toMatchObject(
      {
        code: "error.capture.interface_down",
        params: { interface: "eth7" },
      },
    );
  });

  it("rejects when the stream is no capture", async () => {
    const program = listening("echo this is not a capture at all", NEVER_ENDS);
    await expect(new TcpdumpSource(OPTIONS, spawnTcpdump(program)).run(new FrameLog())).rejects.toMatchObject(
      {
        code: "error.capture.broken",
      },
    );
  });

  it("rejects with what the sink throws", async () => {
    const source = new TcpdumpSource(OPTIONS, spawnTcpdump(listening(`cat ${CAPTURE}`, NEVER_ENDS)));
    const log = new FrameLog(() => {
      throw new Error("the sink is broken");
    });
    await expect(source.run(log)).rejects.toThrow("the sink is broken");
  });

  it("rejects when there is no tcpdump, or none that can be executed", async () => {
    const missing = new TcpdumpSource(OPTIONS, spawnTcpdump(join(files.directory, "no-such-program")));
    await expect(missing.run(new FrameLog())).rejects.toMatchObject({ code: "error.capture.no_tcpdump" });
    const plain = new TcpdumpSource(OPTIONS, spawnTcpdump(CAPTURE));
    await expect(plain.run(new FrameLog())).rejects.toMatchObject({ code: "error.capture.tcpdump_failed" });
  });

  it("starts nothing when it was stopped before it ran", async () => {
    const source = new TcpdumpSource(OPTIONS, spawnTcpdump("/no-such-program"));
    source.stop();
    await source.run(new FrameLog());
  });
});
