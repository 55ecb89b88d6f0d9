/** The page's files: read once from the build and from the chart library's package, served from memory. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PAGE_STYLE } from "./style.js";

export interface Asset {
  readonly contentType: string;
  readonly body: string;
}

const SCRIPT = "text/javascript; charset=utf-8";
const STYLE = "text/css; charset=utf-8";

/** Files by the name under `/assets/`. */
export function readAssets(): ReadonlyMap<string, Asset> {
  const require = createRequire(import.meta.url);
  const text = (path: string): string => readFileSync(path, "utf8");
  return new Map([
    ["page.css", { contentType: STYLE, body: PAGE_STYLE }],
    ["page.js", { contentType: SCRIPT, body: text(require.resolve("#agent/onsite/page/client/page.js")) }],
    ["uplot.js", { contentType: SCRIPT, body: text(require.resolve("uplot/dist/uPlot.iife.min.js")) }],
    ["uplot.css", { contentType: STYLE, body: text(require.resolve("uplot/dist/uPlot.min.css")) }],
  ]);
}
