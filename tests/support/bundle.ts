/**
 * Makes a TypeScript entry file runnable by plain `node`, for tests that need a process of their own: one that is
 * killed, watched or given other limits. Packages stay outside the bundle.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

export interface Bundle {
  /** File to give to `node`. */
  readonly path: string;
  remove(): Promise<void>;
}

/** Bundle the entry at a URL (`new URL("./child.ts", import.meta.url)`). */
export async function bundle(entry: URL): Promise<Bundle> {
  // Below node_modules, where packages are found from.
  const packages = fileURLToPath(new URL("../../node_modules/", import.meta.url));
  const directory = await mkdtemp(join(packages, ".bundle-"));
  await build({
    configFile: false,
    logLevel: "silent",
    root: fileURLToPath(new URL("../..", import.meta.url)),
    resolve: { alias: { "#agent": fileURLToPath(new URL("../../agent", import.meta.url)) } },
    build: {
      ssr: fileURLToPath(entry),
      outDir: directory,
      emptyOutDir: false,
      target: "node20",
      minify: false,
      rolldownOptions: { output: { entryFileNames: "child.mjs" } },
    },
  });
  return {
    path: join(directory, "child.mjs"),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
