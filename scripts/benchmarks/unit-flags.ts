/** The flags for V8 that the shipped unit gives the agent: what is measured runs as it runs on a box. */
import { readFileSync } from "node:fs";

const UNIT = new URL("../../../systemd/sekisho.service", import.meta.url);

/** @throws Error where the unit does not start node */
export function unitFlags(): string[] {
  const [, flags] = /^ExecStart=.*?\bnode((?: --\S+)*) /m.exec(readFileSync(UNIT, "utf8")) ?? [];
  if (flags === undefined) throw new Error(`${UNIT.pathname} does not start node`);
  return flags.split(" ").filter((flag) => flag !== "");
}
