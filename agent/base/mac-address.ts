/** MAC addresses as text: six pairs of lower-case digits with colons. */

/** The address that is meant, in whatever notation (`AA-BB-…`, `aabb.ccdd.eeff`, none); undefined where it is none. */
export function parseMac(text: string): string | undefined {
  const digits = text.toLowerCase().replace(/[\s:.-]/g, "");
  if (!/^[0-9a-f]{12}$/.test(digits)) return undefined;
  return digits.replace(/..(?=.)/g, "$&:");
}

/** Whether a device made the address up: the bit for locally administered ones is set (IEEE 802-2014, 8.4). */
export function isLocallyAdministered(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 2) !== 0;
}

/** Whether it stands for one device: neither nobody's nor a group's. */
export function isIndividual(mac: string): boolean {
  return mac !== "" && mac !== "00:00:00:00:00:00" && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;
}
