/** Is the interface there, switched on, and linked? Asked of the kernel, before any packet is looked at. */
import { readdirSync, readFileSync } from "node:fs";
import { isLinkUp } from "../link-state.js";
import { type Finding, finding } from "./finding.js";

/** IFF_UP of Linux's `flags` (if.h). */
const IFF_UP = 0x1;
const FOLDER = "/sys/class/net";

/** @returns empty where packets can come */
export function checkInterface(subject: string): Finding[] {
  const present = interfaceNames();
  if (!present.includes(subject)) {
    return [finding("interface.missing", { subject, present: present.join(", ") || "-" })];
  }
  const flags = Number(readFileSync(`${FOLDER}/${subject}/flags`, "utf8").trim());
  if ((flags & IFF_UP) === 0) return [finding("interface.off", { subject })];
  return isLinkUp(subject) === false ? [finding("interface.no_link", { subject })] : [];
}

/** Interfaces of this box, without loopback. */
export function interfaceNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name !== "lo")
    .sort();
}
