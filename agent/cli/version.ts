import { readFileSync } from "node:fs";

/** The version in `package.json`, which is shipped beside the compiled code. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return String(manifest.version);
}
