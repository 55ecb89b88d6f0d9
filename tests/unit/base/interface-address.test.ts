import { networkInterfaces } from "node:os";
import { expect, it } from "vitest";
import { interfaceAddress, interfaceIpv4 } from "#agent/base/interface-address.js";

const FILES: Readonly<Record<string, string>> = {
  route: [
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask",
    "lan0\t00000000\t010AA8C0\t0003\t0\t0\t0\t00000000",
    "lan0\t000AA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF",
    "mgmt0\t0000000A\t00000000\t0001\t0\t0\t0\t0000FFFF",
  ].join("\n"),
  fib_trie: `
           |-- 10.0.1.7
              /32 host LOCAL
           |-- 192.168.10.0
              /24 link UNICAST
           |-- 192.168.10.9
              /32 host LOCAL
           |-- 192.168.10.255
              /32 link BROADCAST`,
  if_inet6: [
    "fe80000000000000021b63fffe000020 02 40 20 80     six0",
    "fd000000000000000000000000000002 04 40 00 82     six0",
  ].join("\n"),
};
const read = (file: string): string => FILES[file] ?? "";

it("the address of an interface is the one in its own network, IPv6 where there is no IPv4, none of the link alone", () => {
  expect(interfaceAddress("lan0", read)).toBe("192.168.10.9");
  expect(interfaceAddress("mgmt0", read)).toBe("10.0.1.7");
  expect(interfaceAddress("six0", read)).toBe("fd00:0000:0000:0000:0000:0000:0000:0002");
  expect(interfaceIpv4("six0", read)).toBeUndefined();
  expect(interfaceAddress("gone0", read)).toBeUndefined();
  expect(interfaceAddress("lan0", () => "")).toBeUndefined();
  expect(interfaceAddress("lo", () => "")).toBe("127.0.0.1");
});

it("is on this machine what Node says over netlink", () => {
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    const ipv4 = addresses.filter(({ family }) => family === "IPv4").map(({ address }) => address);
    if (ipv4.length > 0) expect(ipv4).toContain(interfaceIpv4(name));
  }
});
