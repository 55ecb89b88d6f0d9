/** What the shipped unit gives the agent's process: what is measured runs, and takes memory, as it does on a box. */
import { readFileSync } from "node:fs";
import type { ChildRuntime } from "./child-run.js";

const UNIT = new URL("../../../systemd/sekisho.service", import.meta.url);

/**
 * The flags for V8, and the settings of the C library's allocator.
 *
 * @throws Error where the unit does not start node
 */
export function unitRuntime(): ChildRuntime {
  const unit = readFileSync(UNIT, "utf8");
  const [, flags] = /^ExecStart=.*?\bnode((?: --\S+)*) /m.exec(unit) ?? [];
  if (flags === undefined) throw new Error(`${UNIT.pathname} does not start node`);
  const settings = unit.matchAll(/^Environment=(MALLOC_\w+)=(\S+)$/gm);
  return {
    options: flags.split(" ").filter((flag) => flag !== ""),
    environment: Object.fromEntries(Array.from(settings, ([, name, value]) => [name!, value!])),
  };
}
