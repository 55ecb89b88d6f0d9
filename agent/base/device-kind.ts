/** What sort of thing a device is, as far as it can be told from what it says of itself. */
export const DEVICE_KINDS = [
  "computer",
  "phone",
  "tablet",
  "printer",
  "camera",
  "storage",
  "network",
  "media",
  "voip",
  "console",
  "unknown",
] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];
