import { readFileSync } from "node:fs";

/**
 * Whether a network interface has a carrier; undefined where that is not known (no such interface, or it is switched off,
 * for which the kernel refuses the answer and `false` is the truth).
 */
export function isLinkUp(interfaceName: string): boolean | undefined {
  try {
    return readFileSync(`/sys/class/net/${interfaceName}/carrier`, "utf8").trim() === "1";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EINVAL" ? false : undefined;
  }
}
