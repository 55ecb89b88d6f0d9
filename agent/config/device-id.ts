/** Owns the name of a device that nobody has named. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/**
 * `sekisho-` and 12 hexadecimal digits of a keyed hash of the machine id.
 *
 * Distinct for every installation, the same after every start, and no secret is told: the machine id itself must
 * not leave the machine (machine-id(5)). Where there is none, the host name is hashed instead.
 */
export function defaultDeviceId(machineIdFile = "/etc/machine-id"): string {
  let identity = "";
  try {
    identity = readFileSync(machineIdFile, "utf8").trim();
  } catch {
    // Containers and some appliances have none.
  }
  const digest = createHmac("sha256", "sekisho device id").update(identity || `host:${hostname()}`);
  return `sekisho-${digest.digest("hex").slice(0, 12)}`;
}
