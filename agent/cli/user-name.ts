import { userInfo } from "node:os";
import type { CliContext } from "./context.js";

/** Who it was that became root, else who this is. */
export function userName({ environment }: CliContext): string {
  return (environment.SUDO_USER || environment.USER || userInfo().username).slice(0, 64);
}
