/**
 * Owns the Community ID, version 1 with seed 0 (https://github.com/corelight/community-id-spec): one text for a flow that
 * all tools that see it compute alike, whichever direction they saw first. Memory: one hash and 60 bytes.
 */
import { SHA1_BYTES, Sha1 } from "./hash/sha1.js";

const SEED_BYTES = 2;
const MAX_INPUT_BYTES = SEED_BYTES + 2 * 16 + 2 + 4;

/** Both ends of a flow. Addresses are four words each in host order, IPv4 in the last. */
export interface CommunityFlow {
  readonly ipVersion: number;
  readonly ipProtocol: number;
  readonly source: ArrayLike<number>;
  readonly sourceOffset: number;
  readonly destination: ArrayLike<number>;
  readonly destinationOffset: number;
  /** Ports, or for ICMP the type and the type that answers it; undefined for protocols without either. */
  readonly ports: readonly [number, number] | undefined;
  /** ICMP types that nothing answers keep their direction; the second port is then the code. */
  readonly isOneWay: boolean;
}

export class CommunityId {
  readonly #sha1 = new Sha1();
  readonly #input = new Uint8Array(MAX_INPUT_BYTES);
  readonly #digest = new Uint8Array(SHA1_BYTES);

  /** `1:` and the SHA-1 in base 64. */
  of(flow: CommunityFlow): string {
    const { ports } = flow;
    const isSwapped = !flow.isOneWay && comparison(flow) > 0;
    let at = SEED_BYTES;
    at = this.#putAddress(at, flow, isSwapped);
    at = this.#putAddress(at, flow, !isSwapped);
    this.#input[at++] = flow.ipProtocol;
    this.#input[at++] = 0;
    if (ports !== undefined) {
      at = this.#putPort(at, ports[isSwapped ? 1 : 0]);
      at = this.#putPort(at, ports[isSwapped ? 0 : 1]);
    }
    this.#sha1.digest(this.#input, 0, at, this.#digest, 0);
    return `1:${Buffer.from(this.#digest).toString("base64")}`;
  }

  #putAddress(at: number, flow: CommunityFlow, isDestination: boolean): number {
    const words = isDestination ? flow.destination : flow.source;
    const offset = isDestination ? flow.destinationOffset : flow.sourceOffset;
    let next = at;
    for (let i = flow.ipVersion === 6 ? 0 : 3; i < 4; i++) {
      const word = words[offset + i]!;
      for (let shift = 24; shift >= 0; shift -= 8) this.#input[next++] = word >>> shift;
    }
    return next;
  }

  #putPort(at: number, port: number): number {
    this.#input[at] = port >>> 8;
    this.#input[at + 1] = port;
    return at + 2;
  }
}

/** Above 0 where the destination stands before the source: by address, then by port. */
function comparison(flow: CommunityFlow): number {
  for (let i = 0; i < 4; i++) {
    const difference =
      (flow.source[flow.sourceOffset + i]! >>> 0) - (flow.destination[flow.destinationOffset + i]! >>> 0);
    if (difference !== 0) return difference;
  }
  return flow.ports === undefined ? 0 : flow.ports[0] - flow.ports[1];
}
