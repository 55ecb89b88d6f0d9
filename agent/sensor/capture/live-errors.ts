/**
 * What libpcap says when it cannot capture, told as an error with a remedy.
 *
 * node-pcap and tcpdump pass on the same few English sentences of libpcap (pcap_statustostr and the text of
 * pcap_activate); they are recognised here, and whatever is not keeps its own words.
 */

import { readFileSync } from "node:fs";
import { AgentError } from "../../base/errors.js";

const NO_SUCH_INTERFACE = /no such device|does ?n['o]t exist/i;
const NO_PERMISSION = /permission|not permitted|CAP_NET_RAW/i;
const INTERFACE_DOWN = /not up|network is down/i;
const INTERFACE_LOST = /disappeared|went down/i;
const BAD_FILTER = /can't parse filter|syntax error|illegal token|filter expression/i;

/**
 * Where Linux lists the interfaces of this network namespace: two lines of heading, then `name: figures`. An interface
 * leaves this list before a capture on it fails; from /sys/class/net it vanishes only later.
 */
const INTERFACES_FILE = "/proc/net/dev";
const INTERFACE_LINE = /^ *([^\s:]+):/gm;

/** The error for what `driver` said of `interfaceName`. */
export function liveCaptureError(
  driver: "pcap" | "tcpdump" | "helper",
  interfaceName: string,
  filter: string,
  reason: string,
): AgentError {
  const params = { interface: interfaceName, driver, filter, reason };
  if (INTERFACE_LOST.test(reason)) return new AgentError("error.capture.interface_lost", params);
  if (NO_SUCH_INTERFACE.test(reason)) return noSuchInterface(interfaceName);
  if (NO_PERMISSION.test(reason)) return new AgentError("error.capture.permission", params);
  if (INTERFACE_DOWN.test(reason)) return new AgentError("error.capture.interface_down", params);
  if (filter !== "" && BAD_FILTER.test(reason)) return new AgentError("error.capture.filter", params);
  return new AgentError("error.capture.broken", params);
}

/** The error for a running capture that ended without a word of libpcap's. */
export function lostCaptureError(driver: "pcap" | "tcpdump" | "helper", interfaceName: string): AgentError {
  const names = interfaceNames();
  const isGone = names.length > 0 && interfaceName !== "any" && !names.includes(interfaceName);
  const reason = isGone ? "the interface disappeared" : "reading failed";
  return liveCaptureError(driver, interfaceName, "", reason);
}

function noSuchInterface(interfaceName: string): AgentError {
  return new AgentError("error.capture.no_interface", {
    interface: interfaceName,
    available: interfaceNames().join(", ") || "-",
  });
}

function interfaceNames(): string[] {
  try {
    return Array.from(
      readFileSync(INTERFACES_FILE, "utf8").matchAll(INTERFACE_LINE),
      (match) => match[1]!,
    ).sort();
  } catch {
    return [];
  }
}
