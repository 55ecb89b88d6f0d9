/** How a bundle and what is to be had of it come to the broker. */
import { createHash, type KeyObject } from "node:crypto";
import type { Layer } from "#agent/update/layer.js";
import { encodeSigned, withSignature } from "#agent/update/signed-document.js";
import { withdrawalDocument } from "#agent/update/withdrawal.js";
import type { DesiredRules } from "#agent/uplink/schema/desired-rules.js";
import { ENVELOPE_VERSION } from "#agent/uplink/schema/envelope.js";
import { contentTopic, downTopic, groupName } from "#agent/uplink/topics.js";
import type { BrokerLink } from "./broker-link.js";
import { decodeBundle } from "./bundle-file.js";

/** Fits into what brokers and devices take of a message. */
export const CHUNK_BYTES = 48 * 1024;

type Retain = Pick<BrokerLink, "retain">;

/** What a device is to be told about a bundle. */
export function desiredFrom(bytes: Buffer, url: string | undefined, hasChunks: boolean): DesiredRules {
  const { layer, version } = decodeBundle(bytes).manifest;
  return {
    v: ENVELOPE_VERSION,
    layer,
    version,
    bundle: createHash("sha256").update(bytes).digest("hex"),
    bytes: bytes.length,
    chunkBytes: hasChunks ? CHUNK_BYTES : 0,
    ...(url !== undefined && { url }),
  };
}

/** Put a bundle's chunks on the broker. */
export async function publishContent(
  link: Retain,
  bytes: Buffer,
  { bundle }: Pick<DesiredRules, "bundle">,
  progress: (done: number, of: number) => void,
): Promise<void> {
  const count = Math.ceil(bytes.length / CHUNK_BYTES);
  for (let index = 0; index < count; index++) {
    await link.retain(
      contentTopic(bundle, index),
      bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
    );
    progress(index + 1, count);
  }
}

/** Take a bundle's chunks off the broker. */
export async function removeContent(link: Retain, bytes: Buffer): Promise<void> {
  const { bundle } = desiredFrom(bytes, undefined, true);
  const count = Math.ceil(bytes.length / CHUNK_BYTES);
  for (let index = 0; index < count; index++) await link.retain(contentTopic(bundle, index), "");
}

/** Devices and groups, as topics name them. */
export function readersOf(devices: readonly string[], groups: readonly string[]): string[] {
  return [...devices, ...groups.map(groupName)];
}

export async function ask(link: Retain, reader: string, desired: DesiredRules): Promise<void> {
  await link.retain(downTopic(reader, `rules/${desired.layer}`), JSON.stringify(desired));
}

export async function retract(link: Retain, reader: string, layer: Layer): Promise<void> {
  await link.retain(downTopic(reader, `rules/${layer}`), "");
}

/** That a version is taken back, signed by `keys`. */
export function signedWithdrawal(
  withdrawal: { readonly layer: Layer; readonly version: number; readonly reason: string },
  keys: readonly KeyObject[],
): Buffer {
  const document = withdrawalDocument({ ...withdrawal, created: new Date().toISOString() });
  return encodeSigned(keys.reduce((one, key) => withSignature("withdrawal", one, key), document));
}

/** Tell readers of a withdrawal. Which layer they are to have is retracted with it. */
export async function publishWithdrawal(
  link: Retain,
  readers: readonly string[],
  layer: Layer,
  envelope: Buffer,
): Promise<void> {
  for (const reader of readers) {
    await link.retain(downTopic(reader, "rules/withdrawal"), envelope);
    await retract(link, reader, layer);
  }
}
