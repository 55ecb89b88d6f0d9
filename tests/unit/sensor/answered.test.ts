import { expect, it } from "vitest";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import { LINKTYPE_ETHERNET } from "../../../agent/sensor/wire/link-type.js";
import { ethernet, ipv4, tcp } from "../../support/frames.js";
import { imageOf } from "../../support/rules.js";
import { TEST_START_US } from "../../support/segments.js";

const [SYN, RST, ACK] = [2, 4, 16];

/** Whether each detection of a rule on all connections says that the server has answered. */
function answers(...packets: readonly (readonly [from: "client" | "server", flags: number])[]): boolean[] {
  const found: boolean[] = [];
  const sensor = new Sensor({
    image: imageOf("alert tcp any any -> any any (sid:1;)"),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 64, streamMemoryBytes: 1024 * 1024 },
    makeParsers: registeredParsers,
    onDetection: ({ isAnswered }) => found.push(isAnswered),
    wallMs: () => 0,
  });
  for (const [i, [from, flags]] of packets.entries()) {
    const isClient = from === "client";
    const [sourcePort, destinationPort] = isClient ? [40_000, 445] : [445, 40_000];
    const [source, destination] = isClient
      ? ["198.51.100.7", "192.168.1.9"]
      : ["192.168.1.9", "198.51.100.7"];
    const segment = tcp({
      sourcePort,
      destinationPort,
      flags,
      sequence: isClient ? 1000 + i : 5000,
      acknowledgement: isClient ? 0 : 1001,
    });
    const frame = ethernet(ipv4({ source, destination }, segment));
    sensor.frame(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET, TEST_START_US + i * 1000);
  }
  return found;
}

it("a knock that meets silence or a refusal is not answered, one that meets a handshake is", () => {
  expect(answers(["client", SYN])).toEqual([false]);
  expect(answers(["client", SYN], ["server", RST | ACK])).toEqual([false, false]);
  // A rule without more is judged once in each direction.
  expect(answers(["client", SYN], ["server", SYN | ACK], ["client", ACK])).toEqual([false, true]);
});
