/** The Dockerfile by the rules of hadolint that concern it, and its capability for real; scripts/container runs its steps. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { execForm, type Instruction, parseDockerfile } from "../../../scripts/packaging/dockerfile.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const stages = parseDockerfile(readFileSync(join(ROOT, "Dockerfile"), "utf8"));
const all = stages.flatMap(({ instructions }) => instructions);
const final = stages.at(-1)!.instructions;
const named = (name: string, among: readonly Instruction[] = all): readonly Instruction[] =>
  among.filter((instruction) => instruction.name === name);
const last = (name: string): string => named(name, final).at(-1)?.text ?? "";
const runs = named("RUN");

/** Rules of hadolint: what must not be. */
const RULES: readonly (readonly [rule: string, broken: () => readonly unknown[]])[] = [
  ["DL3000 relative WORKDIR", () => named("WORKDIR").filter(({ text }) => !text.startsWith("/"))],
  ["DL3003 cd instead of WORKDIR", () => runs.filter(({ text }) => /(?:^|&& )cd /.test(text))],
  ["DL3004 sudo", () => runs.filter(({ text }) => /\bsudo\b/.test(text))],
  ["DL3006, DL3007 image without a version", () => stages.filter(({ image }) => !/:(?!latest)/.test(image))],
  [
    "DL3008 packages without versions, where no comment allows it",
    () => runs.filter(({ text, ignored }) => /apt-get install/.test(text) && !ignored.includes("DL3008")),
  ],
  [
    "DL3009 lists of packages left behind",
    () =>
      runs.filter(({ text }) => /apt-get update/.test(text) && !text.includes("rm -rf /var/lib/apt/lists")),
  ],
  ["DL3014 apt-get install without -y", () => runs.filter(({ text }) => /apt-get install (?!-y)/.test(text))],
  [
    "DL3015 recommended packages",
    () =>
      runs.filter(({ text }) => /apt-get install/.test(text) && !text.includes("--no-install-recommends")),
  ],
  ["DL3020 ADD", () => named("ADD")],
  [
    "DL3021 COPY of several to something that is no folder",
    () =>
      named("COPY").filter(
        ({ text }) => text.replace(/^--from=\S+ /, "").split(" ").length > 2 && !text.endsWith("/"),
      ),
  ],
  [
    "DL3022 COPY from an unknown stage",
    () =>
      named("COPY").filter(({ text }) => {
        const from = /--from=(\S+)/.exec(text)?.[1];
        return from !== undefined && !stages.some(({ name }) => name === from);
      }),
  ],
  [
    "DL3025 CMD or ENTRYPOINT in shell form",
    () => [...named("CMD"), ...named("ENTRYPOINT")].filter(({ text }) => execForm(text) === undefined),
  ],
  ["DL3027 apt", () => runs.filter(({ text }) => /\bapt (?:install|update)/.test(text))],
  [
    "DL3059 RUN behind RUN",
    () => final.filter(({ name }, i) => name === "RUN" && final[i - 1]?.name === "RUN"),
  ],
  ["DL4000 MAINTAINER", () => named("MAINTAINER")],
  ["DL4006 a pipe whose failure is not seen", () => runs.filter(({ text }) => /[^|]\|[^|]/.test(text))],
];

test.each(RULES)("%s: nowhere", (_, broken) => {
  expect(broken()).toEqual([]);
});

test("the image's user is not root, and it has a health check, a volume for its data and no compiler", () => {
  expect(last("USER")).toBe("sekisho");
  expect(named("HEALTHCHECK", final)).toHaveLength(1);
  expect(last("VOLUME")).toBe("/var/lib/sekisho");
  expect(final.map(({ text }) => text).join("\n")).not.toMatch(/build-essential|python3/);
});

test("everything that is copied from the project is there, and nothing is copied of tests or git", () => {
  const sources = named("COPY")
    .filter(({ text }) => !text.startsWith("--from"))
    .flatMap(({ text }) => text.split(" ").slice(0, -1));
  expect(sources.length).toBeGreaterThan(4);
  expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  expect(readFileSync(join(ROOT, ".dockerignore"), "utf8").split("\n")).toEqual(
    expect.arrayContaining(["node_modules", "dist", ".git", "tests"]),
  );
});

/** Run a command as Docker would run it: a user without capabilities, CAP_NET_RAW the only one anybody can get. */
function asContainerUser(words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    "setpriv",
    [
      ...["--reuid", "65534", "--regid", "65534", "--clear-groups"],
      ...["--inh-caps", "-all", "--bounding-set", "-all,+net_raw", "--", ...words],
    ],
    { encoding: "utf8", cwd: "/" },
  );
  return { status, said: stdout + stderr };
}

const hasTools =
  process.getuid?.() === 0 && ["/usr/sbin/setcap", "/usr/bin/setpriv"].every((path) => existsSync(path));

test.skipIf(!hasTools)(
  "a user who is not root gets the ambient capability and can open a packet socket, by the entry point alone (skipped unless root with setcap)",
  async () => {
    const folder = await temporaryDirectory();
    const launcher = join(folder, "with-capability");
    const [, setcap = ""] = /setcap (\S+) /.exec(runs.map(({ text }) => text).join("\n")) ?? [];
    const script = `chmod 0755 ${folder}; install -m 0755 /usr/bin/setpriv ${launcher} && setcap ${setcap} ${launcher}`;
    expect(spawnSync("sh", ["-c", script], { encoding: "utf8" })).toMatchObject({ status: 0 });
    const words = execForm(last("ENTRYPOINT"))!;
    const options = words.slice(1, words.indexOf("--") + 1);

    const { said } = asContainerUser([launcher, ...options, "cat", "/proc/self/status"]);
    expect(said).toMatch(/^Uid:\s+65534/m);
    for (const set of ["CapAmb", "CapEff", "CapPrm", "CapBnd"]) {
      expect(said).toMatch(new RegExp(`^${set}:\\s+0{12}2000$`, "m"));
    }
    const openSocket = ["perl", "-e", 'socket(my $s, 17, 3, 0) or die "no: $!"; print "open"'];
    expect(asContainerUser([launcher, ...options, ...openSocket])).toEqual({ status: 0, said: "open" });
    expect(asContainerUser(openSocket).said).toContain("no: Operation not permitted");
  },
);
