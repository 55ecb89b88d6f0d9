/** Single TCP segments as Ethernet frames, each as the test wants it. */
import type { Sensor } from "../../agent/sensor/sensor.js";
import { LINKTYPE_ETHERNET } from "../../agent/sensor/wire/link-type.js";
import { ethernet, ipv4, type Payload, tcp } from "./frames.js";
import { TEST_START_US } from "./segments.js";

interface Numbers {
  readonly sequence: number;
  readonly acknowledgement?: number;
  readonly options?: Uint8Array;
}

/** Segments with the numbers they are given, from a client and a server on port 443. */
export function segmentWire(sensor: Sensor) {
  let timeUs = TEST_START_US;
  const send = (isClient: boolean, flags: number, numbers: Numbers, payload: Payload) => {
    const [client, server] = ["192.168.10.20", "203.0.113.5"];
    const addresses = isClient
      ? { source: client, destination: server }
      : { source: server, destination: client };
    const ports = isClient
      ? { sourcePort: 40_000, destinationPort: 443 }
      : { sourcePort: 443, destinationPort: 40_000 };
    const frame = ethernet(ipv4(addresses, tcp({ ...ports, ...numbers, flags }, payload)));
    timeUs += 1000;
    sensor.frame(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET, timeUs);
  };
  return {
    client: (flags: number, numbers: Numbers, payload: Payload = "") => send(true, flags, numbers, payload),
    server: (flags: number, numbers: Numbers, payload: Payload = "") => send(false, flags, numbers, payload),
  };
}
