/**
 * Joins the modules that run for every packet into one, `dist/engine.js`. Part of the build, behind the compiler.
 *
 * V8 reads a name that comes from another module out of a cell, and checks what it finds there, each time the name is used: constants
 * as well as functions, in compiled code as well. Within a module a constant is a part of the machine code and a small function is
 * written into its caller. What that is worth is measured by `scripts/bench duel` (scripts/benchmarks/README.md).
 *
 * The modules through which the rest of the program comes in (DOORS) are left as lists of names that stand in the joined one, so
 * that nobody else has to know of it, and no two copies of them run in a thread. Usage: node dist/scripts/packaging/engine-bundle.js
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, rolldown } from "rolldown";
import { constantNames } from "./constant-names.js";
import { constantValues } from "./constant-values.js";
import { plainMembers } from "./plain-members.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SOURCES = join(ROOT, "agent");
const BUILD = join(ROOT, "dist");
const NAME = "engine.js";
/** Without extension, from the folder of the sources. */
const DOORS = [
  "sensor/capture/capture-file",
  // What benchmarks measure by itself is what runs, and what was made warm: the flow tracker and the decoder below, the expressions and what asks them.
  "sensor/flow/flow-tracker",
  "sensor/match/bounded-expression",
  "sensor/match/buffer-conditions",
  "sensor/match/captured-values",
  "sensor/match/data-sets",
  "sensor/match/expression",
  "sensor/match/expression-warmth",
  "sensor/registered-parsers",
  "sensor/rule-compiler",
  "sensor/sensor",
  "sensor/sensor-loop",
  "sensor/wire/frame-decoder",
];
/** Their classes are asked for by those who catch them: there may be only one of each. */
const KEPT_APART = ["base/errors"];
const ENTRY = "engine-doors";

/** The module that has what all doors have, and what is left out of the joined one. */
const doors: Plugin = {
  name: ENTRY,
  resolveId(id, importer) {
    if (id === ENTRY) return id;
    if (!id.startsWith(".") || importer === undefined) return undefined;
    const path = join(importer, "..", id);
    const kept = KEPT_APART.find((name) => path === join(SOURCES, `${name}.js`));
    return kept === undefined ? undefined : { id: `./${kept}.js`, external: true };
  },
  load(id) {
    if (id !== ENTRY) return undefined;
    return DOORS.map((name) => `export * from ${JSON.stringify(join(SOURCES, `${name}.ts`))};`).join("\n");
  },
};

/** @throws Error where a door has no such name in the joined module, since two have the same */
async function joinModules(): Promise<void> {
  const namesOf = new Map<string, readonly string[]>();
  const bundle = await rolldown({
    input: ENTRY,
    platform: "node",
    external: /^[^./]/,
    resolve: { extensionAlias: { ".js": [".ts"] } },
    plugins: [
      doors,
      {
        name: "exports",
        moduleParsed({ id, exports }) {
          namesOf.set(id, exports);
        },
      },
      constantValues,
      plainMembers,
      constantNames,
    ],
    // How long the joining took is nothing to warn of.
    checks: { bundlerTimings: false },
    onLog(level, { message }) {
      if (level === "warn") throw new Error(message);
    },
  });
  const { output } = await bundle.write({
    file: join(BUILD, NAME),
    format: "esm",
    // What nobody uses any more once numbers stand for names stays: with it would go the lines that say from which module something comes.
    minify: false,
    codeSplitting: false,
  });
  await bundle.close();
  const joined = new Set(output[0].exports);
  for (const door of DOORS) {
    const names = [...(namesOf.get(join(SOURCES, `${door}.ts`)) ?? [])].sort();
    const lost = names.filter((name) => !joined.has(name));
    if (names.length === 0 || lost.length > 0) throw new Error(`${door}: ${lost.join(", ") || "no names"}`);
    const up = "../".repeat(door.split("/").length - 1);
    writeFileSync(join(BUILD, `${door}.js`), `export { ${names.join(", ")} } from "${up}${NAME}";\n`);
  }
}

await joinModules();
