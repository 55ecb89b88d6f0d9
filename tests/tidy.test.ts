/** The plan of the house as a test: who may import whom, how long a file may be, what stands at the top. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAX_LINES = 400;

/** Files git knows or would add, relative to the root. */
function projectFiles(): string[] {
  const listing = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
  });
  const present = new Set(readdirSync(ROOT));
  return listing
    .toString()
    .split("\n")
    .filter((path) => path !== "" && present.has(path.split("/")[0]!));
}

const sources = projectFiles().filter((path) => path.endsWith(".ts"));
const agentSources = sources.filter((path) => path.startsWith("agent/"));

interface Import {
  readonly from: string;
  readonly to: string;
  /** Types vanish when compiled: they say what crosses a border, not who calls whom. */
  readonly isTypeOnly: boolean;
}

function importsOf(path: string): Import[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:([^;]*?)\s+from\s+)?"([^"]+)";/gm);
  const late = [...text.matchAll(/\bawait import\("([^"]+)"\)/g)].map((match) => ({
    from: path,
    to: target(path, match[1]!),
    isTypeOnly: false,
  }));
  const early = [...statements].map((match) => {
    const named = match[2] ?? "";
    const isTypeOnly =
      match[1] !== undefined ||
      (/^\{[^}]*\}$/s.test(named) &&
        named
          .slice(1, -1)
          .split(",")
          .every((name) => name.trim() === "" || name.trim().startsWith("type ")));
    return { from: path, to: target(path, match[3]!), isTypeOnly };
  });
  return [...early, ...late];
}

function target(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return relative(ROOT, join(ROOT, dirname(from), specifier)).replace(/\.js$/, ".ts");
}

/** `agent/sensor/wire/ipv4.ts` lives in the room `sensor/wire`, `agent/store/store.ts` in `store`. */
function roomOf(path: string): string {
  const parts = path.replace(/^agent\//, "").split("/");
  if (parts.length === 1) return "top";
  if (parts[0] !== "sensor") return parts[0]!;
  return parts.length === 2 ? "sensor" : `sensor/${parts[1]}`;
}

/** What each room may import besides itself and `base`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  config: [],
  "sensor/wire": [],
  "sensor/capture": ["sensor/wire"],
  "sensor/flow": ["sensor/wire"],
  "sensor/proto": ["sensor/wire"],
  signature: ["sensor/proto", "sensor/flow", "sensor/wire"],
  "sensor/match": ["signature", "sensor/proto", "sensor/flow", "sensor/wire"],
  sensor: ["signature", "sensor/match", "sensor/proto", "sensor/flow", "sensor/wire", "sensor/capture"],
  // Explains rules: it has to see the language and how the sensor judges, and nobody but the commands sees it.
  diagnosis: [
    "signature",
    "sensor",
    "sensor/match",
    "sensor/proto",
    "sensor/flow",
    "sensor/wire",
    "sensor/capture",
  ],
  incident: ["config"],
  store: ["config"],
  uplink: ["config"],
  onsite: ["config"],
  device: ["config"],
  syslog: ["config"],
  evidence: ["config"],
  forward: ["config"],
  update: ["config"],
  // Commands that work without a running agent ask the room itself: suppressions, stored detections.
  cli: [
    "config",
    "device",
    "diagnosis",
    // Evidence is exported and verified without an agent, on any machine.
    "evidence",
    // `replay` writes alerts in the form in which they are sent on.
    "forward",
    "incident",
    "onsite",
    "sensor",
    "sensor/capture",
    "sensor/flow",
    "sensor/proto",
    "store",
    // The doctor goes the way to the broker step by step.
    "uplink",
    "top",
    "update",
  ],
};
/** Plain types that cross the border between the sensor and the main thread. */
const BORDER = "agent/sensor/detection.ts";
const PURE_ROOMS = ["sensor/wire", "sensor/flow", "sensor/proto", "sensor/match", "signature"];

test("rooms import only the rooms they may", () => {
  const wrong = agentSources.flatMap(importsOf).filter(({ from, to, isTypeOnly }) => {
    if (!to.startsWith("agent/")) return false;
    const fromRoom = roomOf(from);
    const toRoom = roomOf(to);
    if (fromRoom === toRoom || toRoom === "base" || fromRoom === "top") return false;
    if (isTypeOnly && to === BORDER) return false;
    return !(MAY_IMPORT[fromRoom] ?? []).includes(toRoom);
  });
  expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
});

test("only those who join the parts see the store, the uplink and the incidents together", () => {
  const apart = ["store", "uplink", "incident"];
  // The page is joined in a file of its own, because it is loaded only where it is wanted.
  const joining = [
    "agent/compose.ts",
    "agent/box-page.ts",
    // What compose would otherwise hold: it stands at its limit.
    "agent/agent-report.ts",
    "agent/agent-messages.ts",
    "agent/agent-uplink.ts",
    "agent/device-desk.ts",
    "agent/resumption.ts",
    // Makes an incident of its own test, and follows it through store and uplink.
    "agent/self-test-desk.ts",
  ];
  const wrong = agentSources
    .filter((path) => !joining.includes(path) && roomOf(path) !== "cli")
    .filter(
      (path) =>
        new Set(
          importsOf(path)
            .map(({ to }) => roomOf(to))
            .filter((room) => apart.includes(room)),
        ).size > 1,
    )
    .filter((path) => !apart.includes(roomOf(path)));
  expect(wrong).toEqual([]);
});

test("wire, flow, proto, match and signature know no Node module, no package and no clock", () => {
  const wrong = agentSources
    .filter((path) => PURE_ROOMS.includes(roomOf(path)))
    .filter((path) => {
      const text = readFileSync(join(ROOT, path), "utf8");
      const outside = importsOf(path).some(({ to }) => !to.startsWith("agent/"));
      return outside || /\b(Date\.now|performance\.now|console\.|process\.)/.test(text);
    });
  expect(wrong).toEqual([]);
});

test("imports make no cycles", () => {
  const graph = new Map(
    agentSources.map((path) => [
      path,
      importsOf(path)
        .filter(({ isTypeOnly }) => !isTypeOnly)
        .map(({ to }) => to),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (done.has(path) || trail.includes(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  expect(cycles).toEqual([]);
});

test(`no file is longer than ${MAX_LINES} lines`, () => {
  const long = sources
    .map((path) => ({ path, lines: readFileSync(join(ROOT, path), "utf8").split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => `${path}: ${lines}`);
  expect(long).toEqual([]);
});

test("there are no default exports, no enums, and no marks left behind", () => {
  const wrong = sources.flatMap((path) => {
    if (path === "vitest.config.ts" || path === "tests/tidy.test.ts") return [];
    const text = readFileSync(join(ROOT, path), "utf8");
    const found = text.match(
      /^export default|^(?:export )?(?:const )?enum |\b(?:TODO|FIXME|XXX|HACK)\b|@ts-(?:ignore|nocheck)/m,
    );
    return found ? [`${path}: ${found[0]}`] : [];
  });
  expect(wrong).toEqual([]);
});

test("the top level holds what the owner's design card says", () => {
  const top = new Set(projectFiles().map((path) => path.split("/")[0]!));
  const folders = ["agent", "rules", "scripts", "systemd", "tests", ".ci"];
  const files = [
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "Dockerfile",
    "README.md",
    "CHANGELOG.md",
  ];
  const tools = [
    "LICENSE",
    "biome.json",
    "vitest.config.ts",
    ".gitignore",
    ".editorconfig",
    ".npmrc",
    ".dockerignore",
  ];
  expect([...top].filter((name) => ![...folders, ...files, ...tools].includes(name))).toEqual([]);
  expect([...folders, ...files].filter((name) => !top.has(name))).toEqual([]);
});

test("file names are nouns in kebab-case", () => {
  const wrong = sources.filter((path) => !/^[a-z0-9]+(?:[-.][a-z0-9]+)*\.ts$/.test(path.split("/").at(-1)!));
  expect(wrong).toEqual([]);
});
