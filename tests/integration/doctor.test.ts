/** `sekisho doctor`: every fault is really made, and the doctor has to name it first. */
import { execFileSync } from "node:child_process";
import { chownSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { displayWidth } from "../../agent/base/text-layout.js";
import { runCommandLine } from "../../agent/cli/command-line.js";
import { NetworkNamespace, namespaceObstacle } from "../../scripts/network/network-namespace.js";
import { pcapFile } from "../support/capture-file.js";
import { cleanUp, cleanups, DoctorBox, type Told } from "../support/doctor-box.js";
import { ethernet, ipv4, raw, udp } from "../support/frames.js";

afterEach(cleanUp);

const isRoot = process.getuid?.() === 0;
const obstacle = namespaceObstacle();

describe("the doctor and the box", () => {
  it("finds nothing where nothing is wrong", async () => {
    const told = await (await new DoctorBox().runAgent()).examine();
    expect(told.names).toEqual([]);
    expect(told.code).not.toBe(1);
  });

  it("names a configuration that cannot be used, with file, line and what was meant", async () => {
    const box = new DoctorBox();
    box.set("uplnk", {});
    const told = await box.examine();
    expect(told.names[0]).toBe("config.invalid");
    expect(told.texts[0]).toContain("uplink");
    expect(told.code).toBe(1);
  });

  it("names an agent that does not run, and in Japanese what to do", async () => {
    const told = await new DoctorBox().examine("ja");
    expect(told.names[0]).toBe("service.not_running");
    expect(told.texts[0]).toContain("systemctl start sekisho");
  });

  it("names another program on the control socket", async () => {
    const box = new DoctorBox();
    const stranger = createServer((_, response) => response.end("hello")).listen(box.path("control.sock"));
    cleanups.push(() => stranger.close());
    expect((await box.examine()).names[0]).toBe("service.stranger");
  });

  it("names a folder for the store that is not there", async () => {
    const box = await new DoctorBox().runAgent();
    box.set("store", { path: box.path("nothing/sekisho.db"), budget_mib: 8 });
    expect((await box.examine()).names[0]).toBe("store.missing");
  });

  it("names rules that are not there", async () => {
    const box = await new DoctorBox().runAgent();
    box.set("rules", [box.path("no.rules")]);
    expect((await box.examine()).names[0]).toBe("rules.missing");
  });

  it("passes on what the agent says of itself", async () => {
    const box = await new DoctorBox().runAgent([{ name: "rules.none", level: "failing", params: {} }]);
    const told = await box.examine();
    expect(told.names[0]).toBe("rules.none");
    expect(told.texts[0]).toContain("sekisho rules check");
  });

  describe.skipIf(!isRoot)("disks (needs root)", () => {
    function mounted(box: DoctorBox, options: string): void {
      execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", box.path("store")]);
      cleanups.push(() => execFileSync("umount", [box.path("store")]));
    }

    it("names a disk that is read-only", async () => {
      const box = await new DoctorBox().runAgent();
      mounted(box, "size=64m,ro");
      expect((await box.examine()).names[0]).toBe("store.read_only");
    });

    it("names a disk that is nearly full, and one that is full to the last byte", async () => {
      const box = await new DoctorBox().runAgent();
      mounted(box, "size=8m,nr_inodes=3");
      const nearly = await box.examine();
      expect(nearly.names[0]).toBe("store.full");
      writeFileSync(box.path("store/a"), "");
      writeFileSync(box.path("store/b"), "");
      expect((await box.examine()).names[0]).toBe("store.full");
    });

    it("warns where the store may become larger than the disk has room", async () => {
      const box = await new DoctorBox().runAgent();
      mounted(box, "size=64m");
      box.set("store", { path: box.path("store/sekisho.db"), budget_mib: 256 });
      const told = await box.examine();
      expect(told.names).toEqual(["store.tight"]);
      expect(told.code).toBe(3);
    });

    it("names a folder that the agent's user may not write", async () => {
      const box = await new DoctorBox().runAgent();
      writeFileSync(box.path("store/sekisho.db"), "");
      chownSync(box.path("store/sekisho.db"), 65_534, 65_534);
      const told = await box.examine();
      expect(told.names[0]).toBe("store.forbidden");
      expect(told.texts[0]).toContain("chown 65534");
    });
  });
});

describe.skipIf(obstacle)(`the doctor and the interface${obstacle ? ` (skipped: ${obstacle})` : ""}`, () => {
  let cable: NetworkNamespace;
  beforeAll(() => {
    cable = new NetworkNamespace(9000);
  });
  afterAll(() => cable.remove());

  async function boxOn(name = cable.nearInterface, more: Record<string, unknown> = {}): Promise<DoctorBox> {
    const box = await new DoctorBox().runAgent();
    box.set("home_net", ["192.168.10.0/24"]);
    box.set("capture", { interfaces: [name], ...more });
    return box;
  }

  /** What the doctor says while these frames come over and over. */
  async function withTraffic(
    frames: readonly Uint8Array[],
    more: Record<string, unknown> = {},
  ): Promise<Told> {
    const box = await boxOn(cable.nearInterface, more);
    const capture = box.path("traffic.pcap");
    writeFileSync(
      capture,
      pcapFile(Array.from({ length: 50 }, () => frames.map((bytes) => ({ bytes }))).flat()),
    );
    const sender = cable.flood(capture, 600, 500);
    cleanups.push(() => sender.kill("SIGKILL"));
    return box.examine();
  }

  const exchange = (inside: string, outside: string): Uint8Array[] => [
    ethernet(ipv4({ source: inside, destination: outside }, udp({ destinationPort: 53 }, "question"))),
    ethernet(ipv4({ source: outside, destination: inside }, udp({ sourcePort: 53 }, "answer"))),
  ];

  it("finds nothing on an interface with traffic of the office in both directions", async () => {
    expect((await withTraffic(exchange("192.168.10.5", "203.0.113.9"))).names).toEqual([]);
  });

  it("names an interface that is not there, and what there is", async () => {
    const told = await (await boxOn("lan7")).examine();
    expect(told.names[0]).toBe("interface.missing");
    expect(told.texts[0]).toContain(cable.nearInterface);
  });

  it("names that no interface is configured", async () => {
    const box = await new DoctorBox().runAgent();
    box.set("capture", {});
    expect((await box.examine()).names[0]).toBe("capture.nothing");
  });

  it("names an interface that is switched off, and one without link", async () => {
    cable.setNearUp(false);
    expect((await (await boxOn()).examine()).names[0]).toBe("interface.off");
    cable.setNearUp(true);
    cable.setFarUp(false);
    expect((await (await boxOn()).examine()).names[0]).toBe("interface.no_link");
    cable.setFarUp(true);
  });

  it("names a filter that cannot be understood", async () => {
    expect((await (await boxOn(cable.nearInterface, { filter: "no such filter" })).examine()).names[0]).toBe(
      "capture.failed",
    );
  });

  it("names a link on which no packet comes", async () => {
    expect((await (await boxOn()).examine()).names[0]).toBe("traffic.silent");
  });

  it("names a port that sees only broadcast: it is no mirror port", async () => {
    const frame = ethernet(
      ipv4({ source: "192.168.10.5", destination: "192.168.10.255" }, udp({ destinationPort: 137 }, "who")),
      { destination: "ff:ff:ff:ff:ff:ff" },
    );
    expect((await withTraffic([frame])).names[0]).toBe("traffic.broadcast_only");
  });

  it("names a mirror of one direction, and which", async () => {
    const told = await withTraffic(exchange("192.168.10.5", "203.0.113.9").slice(0, 1));
    expect(told.names[0]).toBe("traffic.one_way");
    expect(told.texts[0]).toContain("from the office");
  });

  it("names a home_net that is not the office's, and the networks seen", async () => {
    const told = await withTraffic(exchange("10.77.1.5", "203.0.113.9"));
    expect(told.names[0]).toBe("traffic.home_net");
    expect(told.texts[0]).toContain("10.77.1.0/24");
  });

  it("names traffic that is no IP", async () => {
    expect((await withTraffic([ethernet(raw(0x88b5, new Uint8Array(100)))])).names[0]).toBe(
      "traffic.unreadable",
    );
  });

  it("warns of frames that are cut, and of frames that the card has joined", async () => {
    const long = (length: number): Uint8Array[] =>
      exchange("192.168.10.5", "203.0.113.9").map((frame, index) =>
        index === 0
          ? ethernet(
              ipv4(
                { source: "192.168.10.5", destination: "203.0.113.9" },
                udp({ destinationPort: 53 }, new Uint8Array(length)),
              ),
            )
          : frame,
      );
    expect((await withTraffic(long(1000), { snaplen: 256 })).names).toEqual(["traffic.cut"]);
    expect((await withTraffic(long(3000))).names).toEqual(["traffic.joined"]);
  });
});

it("prints the findings numbered, within 80 columns, in Japanese too", async () => {
  const box = new DoctorBox();
  const file = box.path("sekisho.yaml");
  writeFileSync(file, JSON.stringify(box.settings));
  let out = "";
  const context = { err: () => undefined, environment: {}, isTerminal: false };
  await runCommandLine(["doctor", "--config", file], {
    ...context,
    language: "ja",
    out: (text) => {
      out += text;
    },
  });
  expect(out).toMatch(/^異常 1 件、注意 \d 件。/);
  expect(out).toMatch(/^ 1\. 異常: エージェントが動作していません/m);
  for (const line of out.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(80);
});
