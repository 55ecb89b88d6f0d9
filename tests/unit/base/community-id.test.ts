import { expect, test } from "vitest";
import { CommunityId } from "../../../agent/base/community-id.js";
import { wordsOf } from "../../support/frames.js";

const communityId = new CommunityId();

function idOf(
  source: string,
  destination: string,
  ipProtocol: number,
  ports: [number, number] | undefined,
  isOneWay = false,
): string {
  return communityId.of({
    ipVersion: source.includes(":") ? 6 : 4,
    ipProtocol,
    source: wordsOf(source),
    sourceOffset: 0,
    destination: wordsOf(destination),
    destinationOffset: 0,
    ports,
    isOneWay,
  });
}

/** From the baselines of the specification. */
const VECTORS = [
  ["TCP", "128.232.110.120", "66.35.250.204", 6, 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="],
  ["UDP", "192.168.1.52", "8.8.8.8", 17, 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="],
  ["SCTP", "192.168.170.8", "192.168.170.56", 132, 7, 80, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="],
  ["ICMP echo", "192.168.0.89", "192.168.0.1", 1, 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="],
  [
    "ICMPv6 neighbour solicitation",
    "fe80::200:86ff:fe05:80da",
    "fe80::260:97ff:fe07:69ea",
    58,
    135,
    136,
    "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=",
  ],
] as const;

test.each(VECTORS)("%s has the published id, in both directions", (_, a, b, protocol, portA, portB, id) => {
  expect(idOf(a, b, protocol, [portA, portB])).toBe(id);
  expect(idOf(b, a, protocol, [portB, portA])).toBe(id);
});

test("ICMP types that nothing answers have an id for each direction", () => {
  expect(idOf("10.0.0.1", "10.0.0.2", 1, [5, 0], true)).not.toBe(
    idOf("10.0.0.2", "10.0.0.1", 1, [5, 0], true),
  );
});

test("protocols without ports are told apart by number and addresses", () => {
  const gre = idOf("10.0.0.1", "10.0.0.2", 47, undefined);
  expect(idOf("10.0.0.2", "10.0.0.1", 47, undefined)).toBe(gre);
  expect(idOf("10.0.0.1", "10.0.0.2", 50, undefined)).not.toBe(gre);
});
