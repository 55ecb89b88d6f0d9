/** The layers of rules that come in bundles; what stands on the box itself is the third, and no bundle touches it. */
export const LAYERS = ["vendor", "site"] as const;
export type Layer = (typeof LAYERS)[number];
