/**
 * A process that lives for a moment: puts frames on an interface through node-pcap's add-on, which only one thread of a process can
 * load, and that is the sensor's. It reads an `InjectionOrder` as JSON from standard input and answers with an `InjectionAnswer`.
 */
import { readFileSync } from "node:fs";
import { reasonOf } from "../../base/errors.js";
import type { InjectionAnswer, InjectionOrder } from "./frame-injection.js";
import { loadPcapBinding } from "./pcap-binding.js";

const BUFFER_BYTES = 65_536;
const SNAPLEN = 64;
const GATHER_MS = 10;
const ETHERNET_TYPE_IPV4 = Buffer.from([0x08, 0x00]);
/** libpcap's names of links whose frames begin with the IP header. */
const RAW_LINKS = new Set(["LINKTYPE_RAW", "12", "14", "101"]);

function inject({ interface: device, packets }: InjectionOrder): InjectionAnswer {
  const loaded = loadPcapBinding();
  if (loaded.binding === undefined) return { trouble: "no_add_on", reason: loaded.reason };
  const session = new loaded.binding.PcapSession();
  try {
    const nothing = (): void => undefined;
    const link = session.open_live(
      device,
      "",
      BUFFER_BYTES,
      SNAPLEN,
      "",
      nothing,
      false,
      GATHER_MS,
      nothing,
      false,
    );
    const isRaw = RAW_LINKS.has(link.replace(/^LINKTYPE_(?=\d)/, ""));
    if (!isRaw && link !== "LINKTYPE_ETHERNET") return { trouble: "failed", reason: `link type ${link}` };
    const head = isRaw ? Buffer.alloc(0) : ownHead(device);
    const sentMs = Date.now();
    for (const packet of packets) session.inject(Buffer.concat([head, Buffer.from(packet, "base64")]));
    return { sentMs };
  } catch (error) {
    return { trouble: "failed", reason: reasonOf(error) };
  }
}

/** From the interface to itself: a switch drops such a frame, and no table of addresses changes by it. */
function ownHead(device: string): Buffer {
  const text = readFileSync(`/sys/class/net/${device}/address`, "utf8").trim();
  const address = Buffer.from(text.replaceAll(":", ""), "hex");
  return Buffer.concat([address, address, ETHERNET_TYPE_IPV4]);
}

const order = JSON.parse(readFileSync(0, "utf8")) as InjectionOrder;
process.stdout.write(JSON.stringify(inject(order)));
