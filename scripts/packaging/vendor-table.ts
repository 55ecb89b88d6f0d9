/**
 * Makes the table of network interface makers that ships with the build, out of the development package `oui-data` (the lists
 * of IEEE). Part of the build. Usage: node dist/scripts/packaging/vendor-table.js
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { VendorTable } from "#agent/device/vendor-table.js";

const MAX_NAME_CHARACTERS = 40;
/** Forms of companies: they tell nobody anything, and take room on eighty columns. */
const FORM =
  /[,\s]+(?:inc|incorporated|co|company|corp|corporation|ltd|limited|llc|gmbh|ag|kg|s\.?a|s\.?r\.?l|s\.?p\.?a|b\.?v|pty|plc|a\/s|oy|ab|k\.?k)\.?(?=$|[,\s(])/gi;

function shortName(entry: string): string {
  const [line = ""] = entry.split("\n");
  const name = line
    .replace(FORM, "")
    .replace(/[\s,.]+$/, "")
    .trim();
  return (name === "" ? line : name).slice(0, MAX_NAME_CHARACTERS);
}

const source = createRequire(import.meta.url).resolve("oui-data");
const entries = Object.entries(JSON.parse(readFileSync(source, "utf8")) as Record<string, string>);
const vendors = new Map<string, string>();
for (const [prefix, entry] of entries) {
  const name = shortName(entry);
  if (name !== "" && name !== "Private") vendors.set(prefix.toLowerCase(), name);
}
const target = fileURLToPath(new URL("../../device/vendors.bin", import.meta.url));
mkdirSync(fileURLToPath(new URL(".", `file://${target}`)), { recursive: true });
writeFileSync(target, VendorTable.write(vendors));
