/**
 * Owns the names of MQTT topics: `sekisho/v1/<device>/up/<kind>` and `sekisho/v1/<device>/down/<kind>`.
 *
 * `v1` is the version of topics and envelope together. A device writes its own `up` and reads its own `down`;
 * brokers can enforce that by a pattern on the client's name, because the device id is one whole level.
 */

const ROOT = "sekisho/v1";

/** Device id standing for any device in a monitor's subscription. */
export const ANY_DEVICE = "+";

/** A topic a device writes; `kind` is one level (`incident`) or `#` in a monitor's subscription. */
export function upTopic(device: string, kind: string): string {
  return `${ROOT}/${device}/up/${kind}`;
}

/** A topic a device reads. */
export function downTopic(device: string, kind: string): string {
  return `${ROOT}/${device}/down/${kind}`;
}

/** What stands for a group in place of a device: two levels, where a device id is one. */
export function groupName(group: string): string {
  return `group/${group}`;
}

/** A chunk of a bundle; anybody may read it, for it counts by what is signed in it. */
export function contentTopic(bundle: string, index: number): string {
  return `${ROOT}/content/${bundle}/${index}`;
}

/** Device and kind in a topic under `up`, or undefined for any other topic. */
export function parseUpTopic(topic: string): { device: string; kind: string } | undefined {
  const levels = topic.split("/");
  const [root, version, device = "", way, kind = ""] = levels;
  if (levels.length !== 5 || `${root}/${version}` !== ROOT || way !== "up") return undefined;
  return device === "" || kind === "" ? undefined : { device, kind };
}
