/** Which driver captures live: node-pcap where it loads, the tcpdump pipe elsewhere, or the one that is asked for. */

import { AgentError } from "../../base/errors.js";
import { askHelper } from "./capture-helper.js";
import type { LiveSourceOptions, PacketSource } from "./packet-source.js";
import { loadPcapBinding } from "./pcap-binding.js";
import { PcapSource } from "./pcap-source.js";
import { TcpdumpSource } from "./tcpdump-source.js";

export type DriverChoice = "auto" | "pcap" | "tcpdump" | "helper";

/**
 * A source for `options.interface`; its `driver` says what was chosen. Nothing is opened before `run`.
 *
 * @throws AgentError when node-pcap is asked for and does not load in this thread.
 */
export function openLiveSource(options: LiveSourceOptions & { readonly driver: DriverChoice }): PacketSource {
  if (options.driver === "helper") return new TcpdumpSource(options, askHelper(), "helper");
  if (options.driver === "tcpdump") return new TcpdumpSource(options);
  const loaded = loadPcapBinding();
  if (loaded.binding !== undefined) return new PcapSource(loaded.binding, options);
  if (options.driver === "auto") return new TcpdumpSource(options);
  throw new AgentError("error.capture.no_node_pcap", { reason: loaded.reason });
}
