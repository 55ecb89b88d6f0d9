/**
 * Which address an interface of this box has, read from /proc: Node's `networkInterfaces` asks over netlink, which the unit's sandbox
 * does not let the agent speak. Of several the first; IPv4 before IPv6, and never one that only holds on the link.
 */
import { readFileSync } from "node:fs";
import { parseAddress } from "./address.js";

/** Not `/proc/net`, which a /proc of processes alone (ProcSubset=pid) does not show. */
const FOLDER = "/proc/self/net";
const LOOPBACK = "127.0.0.1";
/** Scope of a line of `if_inet6`: everywhere. */
const SCOPE_GLOBAL = "00";

/**
 * @param name `lo`, `eth0` …
 * @param read text of a file of that folder; empty where there is none
 */
export function interfaceAddress(name: string, read = readNetFile): string | undefined {
  if (name === "lo") return LOOPBACK;
  return ipv4Of(name, read("route"), read("fib_trie")) ?? ipv6Of(name, read("if_inet6"));
}

/** The same, IPv4 only. */
export function interfaceIpv4(name: string, read = readNetFile): string | undefined {
  return name === "lo" ? LOOPBACK : ipv4Of(name, read("route"), read("fib_trie"));
}

/** An address of the box that lies in a network to which a route leads straight through the interface. */
function ipv4Of(name: string, routes: string, trie: string): string | undefined {
  const networks = routes
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([iface, destination, gateway]) => iface === name && gateway === "00000000" && destination !== gateway,
    )
    .map((columns) => ({ destination: littleEndian(columns[1]!), mask: littleEndian(columns[7]!) }));
  const own = [...trie.matchAll(/\|-- (\d+\.\d+\.\d+\.\d+)\s+\/32 host LOCAL/g)].map(
    ([, address]) => address!,
  );
  return own.find((address) => {
    const word = parseAddress(address)?.words[3] ?? 0;
    return networks.some(({ destination, mask }) => (word & mask) >>> 0 === destination);
  });
}

function ipv6Of(name: string, addresses: string): string | undefined {
  for (const line of addresses.split("\n")) {
    const [address = "", , , scope, , iface] = line.trim().split(/\s+/);
    if (iface === name && scope === SCOPE_GLOBAL) return address.match(/.{4}/g)?.join(":");
  }
  return undefined;
}

/** Eight hexadecimal digits as the kernel prints a network-order word on this (little-endian) machine. */
function littleEndian(text: string): number {
  return Buffer.from(text.padStart(8, "0"), "hex").reverse().readUInt32BE();
}

function readNetFile(file: string): string {
  try {
    return readFileSync(`${FOLDER}/${file}`, "utf8");
  } catch {
    return "";
  }
}
