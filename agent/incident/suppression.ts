/**
 * Owns what a suppression is and which detections it hides: one rule, between a source and a destination, for a
 * reason, in somebody's name, until a day. The source is who began the connection.
 *
 * A suppression is of the office and not of the rule file, so it survives every update of the rules. Refused: one
 * without reason, author or end, and one that names neither rule nor addresses.
 */
import { parseAddress } from "../base/address.js";
import { isValid, type JsonSchema } from "../base/json-schema.js";
import { NetworkSet } from "../base/network-set.js";
import type { Detection } from "../sensor/detection.js";
import { queriedNameOf, serverNameOf } from "./evidence.js";

export interface Suppression {
  readonly id: string;
  readonly gid: number;
  readonly sid: number;
  /** `any`, an address or a network (CIDR). */
  readonly source: string;
  /** `any`, an address, a network, or a name; `*.example.com` stands for all names below one. */
  readonly destination: string;
  readonly reason: string;
  readonly author: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly expiresAt: string;
}

export const ANY = "any";
export const MAX_SUPPRESSIONS = 1_000;

const text = (maxLength: number) => ({ type: "string", minLength: 1, maxLength }) as const;
const instant = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" } as const;

export const SUPPRESSIONS_SCHEMA = {
  type: "object",
  required: ["v", "suppressions"],
  properties: {
    v: { const: 1 },
    suppressions: {
      type: "array",
      maxItems: MAX_SUPPRESSIONS,
      items: {
        type: "object",
        required: ["id", "gid", "sid", "source", "destination", "reason", "author", "createdAt", "expiresAt"],
        properties: {
          id: text(16),
          gid: { type: "integer", minimum: 1 },
          sid: { type: "integer", minimum: 1 },
          source: text(64),
          destination: text(256),
          reason: text(500),
          author: text(64),
          createdAt: instant,
          expiresAt: instant,
        },
      },
    },
  },
} as const satisfies JsonSchema;

/** The suppressions in a file's content, or undefined where it is none. */
export function parseSuppressions(content: string): readonly Suppression[] | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (!isValid(SUPPRESSIONS_SCHEMA, value)) return undefined;
    const { suppressions } = value as { suppressions: readonly Suppression[] };
    const isSound = suppressions.every(
      ({ source, destination, createdAt, expiresAt }) =>
        isSource(source) &&
        isDestination(destination) &&
        [createdAt, expiresAt].every((time) => !Number.isNaN(Date.parse(time))),
    );
    return isSound ? suppressions : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a text may stand as a source. */
export function isSource(value: string): boolean {
  if (value === ANY) return true;
  const [address = "", prefix, ...rest] = value.split("/");
  const parsed = parseAddress(address);
  if (!parsed || rest.length > 0) return false;
  return (
    prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (parsed.version === 4 ? 32 : 128))
  );
}

/** Whether a text may stand as a destination. */
export function isDestination(value: string): boolean {
  if (isSource(value)) return true;
  const isName = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+$/.test(value);
  return isName && /[a-z]/.test(value);
}

/** Suppressions filed by rule, ready to be asked for each detection. */
export class SuppressionSet {
  readonly #byRule = new Map<
    string,
    { suppression: Suppression; hides: (detection: Detection) => boolean }[]
  >();
  readonly size: number;

  constructor(suppressions: readonly Suppression[]) {
    this.size = suppressions.length;
    for (const suppression of suppressions) {
      const key = `${suppression.gid}:${suppression.sid}`;
      const filed = this.#byRule.get(key) ?? [];
      filed.push({ suppression, hides: matcherOf(suppression) });
      this.#byRule.set(key, filed);
    }
  }

  /** The first suppression in force that hides a detection. */
  find(detection: Detection, isInForce: (suppression: Suppression) => boolean): Suppression | undefined {
    const filed = this.#byRule.get(`${detection.generatorId}:${detection.signatureId}`);
    return filed?.find(({ suppression, hides }) => hides(detection) && isInForce(suppression))?.suppression;
  }
}

function matcherOf({ source, destination }: Suppression): (detection: Detection) => boolean {
  const isFromSource = addressTest(source);
  if (destination === ANY || isSource(destination)) {
    const isToDestination = addressTest(destination);
    return ({ clientAddress, serverAddress }) =>
      isFromSource(clientAddress) && isToDestination(serverAddress);
  }
  const suffix = destination.startsWith("*.") ? destination.slice(1) : undefined;
  return ({ clientAddress, metadata }) => {
    const name = queriedNameOf(metadata) ?? serverNameOf(metadata);
    if (name === undefined || !isFromSource(clientAddress)) return false;
    return suffix === undefined ? name === destination : name.endsWith(suffix);
  };
}

function addressTest(value: string): (address: string) => boolean {
  if (value === ANY) return () => true;
  const networks = new NetworkSet([value]);
  return (address) => networks.has(address);
}
