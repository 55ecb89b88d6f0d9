import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { askAgent } from "../../agent/onsite/control-client.js";
import type { Status } from "../../agent/onsite/status.js";
import type { SensorHandle } from "../../agent/sensor/handle.js";
import type { CompiledRules } from "../../agent/sensor/rule-compiler.js";
import type { SensorSupervisor } from "../../agent/sensor/supervisor.js";
import { openSqlite } from "../../agent/store/sqlite-driver.js";
import { NetworkNamespace, namespaceObstacle } from "../../scripts/network/network-namespace.js";
import { writeStory } from "../../scripts/story/story.js";
import { poll } from "../support/poll.js";
import { RunningAgent } from "../support/sekisho-process.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

const obstacle = namespaceObstacle();
const PACKETS_PER_SECOND = 3000;
/** The rules are compiled where that has not been done before. */
const START_MS = 60_000;

describe.skipIf(obstacle !== undefined)(
  `the agent on a cable${obstacle ? ` (skipped: ${obstacle})` : ""}`,
  () => {
    let cable: NetworkNamespace;
    beforeEach(() => {
      cable = new NetworkNamespace();
    });
    afterEach(() => cable.remove());

    /** Signature ids with the number of hits that an agent with `driver` stores of the story. */
    async function detections(driver: "pcap" | "tcpdump"): Promise<Record<string, number>> {
      const folder = await temporaryDirectory();
      const path = (name: string): string => join(folder, name);
      const { frames } = writeStory(path("story.pcap"));
      writeFileSync(
        path("sekisho.yaml"),
        JSON.stringify({
          home_net: ["192.168.10.0/24"],
          capture: { interfaces: [cable.nearInterface], driver },
          store: { path: path("sekisho.db"), budget_mib: 8 },
          control: { socket: path("control.sock") },
        }),
      );
      const agent = new RunningAgent(path("sekisho.yaml"));
      await poll("capture to start", () => agent.log.includes("capture has started"), START_MS);
      expect(agent.log).toContain(`"driver":"${driver}"`);
      cable.replay(path("story.pcap"), PACKETS_PER_SECOND);
      await poll("every packet of the story to be seen", async () => {
        const { sensors } = (await askAgent(path("control.sock"), "/v1/status")) as Status;
        return sensors.reduce((sum, { packets }) => sum + packets, 0) >= frames;
      });
      expect(await agent.stop()).toBe(0);
      const database = await openSqlite(path("sekisho.db"));
      const rows = await database.all(
        "SELECT signature_id, count(*) AS hits FROM detections GROUP BY 1 ORDER BY 1",
      );
      await database.close();
      return Object.fromEntries(rows.map(({ signature_id, hits }) => [String(signature_id), Number(hits)]));
    }

    it("sees the same detections through node-pcap and through the tcpdump pipe", async () => {
      const byPcap = await detections("pcap");
      expect(Object.keys(byPcap)).toEqual(["9000001", "9000002", "9000003", "9000004", "9000011"]);
      expect(await detections("tcpdump")).toEqual(byPcap);
    });

    it("names an interface that is not there, however long a busy machine took to find out", async () => {
      const { SensorSupervisor: Supervisor } = (await compiled("sensor/supervisor.js")) as {
        SensorSupervisor: typeof SensorSupervisor;
      };
      const { image } = await rules("one", 1);
      const limits = await flowLimits();
      let looks = 0;
      const outcome = new Promise<string>((resolve) => {
        const supervisor = new Supervisor(
          {
            interfaceName: "no-such-if",
            source: {
              kind: "live",
              interface: "no-such-if",
              driver: "tcpdump",
              snaplen: 65_535,
              filter: "",
              bufferBytes: 1024 * 1024,
            },
            image,
            flowLimits: limits,
          },
          // Longer than a first start may take, and not so long that the thread would count as stalled.
          { wallMs: () => 0, monotonicMs: () => (looks++ === 0 ? 0 : 10_000) },
          {
            onStarted: () => resolve("started"),
            onRecords: () => undefined,
            onLastSets: () => undefined,
            onFinished: () => resolve("finished"),
            onGap: ({ code }) => resolve(`gap ${code}`),
            onFatal: ({ code }) => resolve(`fatal ${code}`),
          },
        );
        supervisor.start();
        onTestFinished(() => supervisor.stop(1000));
      });
      expect(await outcome).toBe("fatal error.capture.no_interface");
    });

    it("serves commands while packets keep coming, and judges by new rules from then on", async () => {
      const folder = await temporaryDirectory();
      const capture = join(folder, "story.pcap");
      writeStory(capture);
      const { SensorHandle: Handle } = (await compiled("sensor/handle.js")) as {
        SensorHandle: typeof SensorHandle;
      };
      const sids = new Set<number>();
      let packets = 0;
      let isEnded = false;
      const handle = new Handle(
        {
          interfaceName: cable.nearInterface,
          source: {
            kind: "live",
            interface: cable.nearInterface,
            driver: "pcap",
            snaplen: 65_535,
            filter: "",
            bufferBytes: 16 * 1024 * 1024,
          },
          image: (await rules("one", 1)).image,
          flowLimits: await flowLimits(),
        },
        {
          onStarted: () => undefined,
          onRecords: (records) => {
            for (const record of records) if (record.kind === "detection") sids.add(record.signatureId);
          },
          onLastSets: () => undefined,
          onHeartbeat: (counters) => {
            packets = counters["sensor.packets"] ?? 0;
          },
          onEnded: () => {
            isEnded = true;
          },
        },
      );
      cable.flood(capture, 600);
      await poll("a detection by the first rules", () => sids.has(1));
      await handle.sample();
      const before = packets;
      await handle.swapRules((await rules("two", 2)).image);
      await poll("a detection by the second rules", () => sids.has(2));
      await handle.sample();
      expect(packets).toBeGreaterThan(before);
      handle.stop();
      await poll("the sensor to end under load", () => isEnded);
    });
  },
);

/** A compiled module: worker threads cannot run TypeScript. */
function compiled(path: string): Promise<unknown> {
  return import(/* @vite-ignore */ new URL(`../../dist/${path}`, import.meta.url).href);
}

async function flowLimits() {
  const { DEFAULT_FLOW_LIMITS } = await import("../../agent/sensor/flow/flow-limits.js");
  return { ...DEFAULT_FLOW_LIMITS, maxFlows: 4096 };
}

async function rules(message: string, sid: number): Promise<CompiledRules> {
  const { combineVariables, compileRuleFiles } = await import("../../agent/sensor/rule-compiler.js");
  const text = `alert dns any any -> any any (msg:"${message}"; dns.query; content:"badexample"; sid:${sid};)`;
  return compileRuleFiles({
    files: [{ path: "test.rules", text }],
    classifications: "",
    variables: combineVariables(undefined, undefined),
  });
}
