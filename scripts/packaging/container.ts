/**
 * Runs the Dockerfile without Docker: its stages as folders, every RUN in a chroot; then the image's agent as its user, with
 * CAP_NET_RAW as the only capability anybody can get, and a root that cannot be written.
 *
 * container.js FOLDER       needs root, debootstrap and the network; what is made in FOLDER may be deleted at any time
 */
import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execForm, type Instruction, parseDockerfile, type Stage } from "./dockerfile.js";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
const HEALTH_TIMEOUT_MS = 120_000;
/** What the network of this machine asks of programs. */
const PASSED = /^(?:https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_registry)$/i;

const say = (text: string): void => void process.stderr.write(`container: ${text}\n`);

/** Settings of an image as its instructions leave them. */
interface Image {
  readonly root: string;
  user: string;
  folder: string;
  readonly environment: Record<string, string>;
  entrypoint: readonly string[];
  command: readonly string[];
  health: string;
  volume: string;
}

/** Debian with Node and npm under /usr/local, as the official image has them. */
function makeBase(image: string, folder: string): string {
  const [, major = "", suite = ""] = /^node:(\d+)-(\w+)-slim$/.exec(image) ?? [];
  if (suite === "") throw new Error(`${image} is no image that can be made here`);
  const base = join(folder, `base-${major}-${suite}`);
  if (existsSync(join(base, ".made"))) return base;
  rmSync(base, { recursive: true, force: true });
  say(`making ${image}`);
  execFileSync("debootstrap", ["--variant=minbase", "--include=ca-certificates", suite, base], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const packed = execFileSync(
    "npm",
    ["pack", "--silent", `node-${process.platform}-${process.arch}@${major}`],
    {
      cwd: folder,
      encoding: "utf8",
    },
  ).trim();
  execFileSync("tar", ["-C", join(base, "usr/local"), "--strip-components=1", "-xzf", join(folder, packed)]);
  rmSync(join(folder, packed));
  const npm = execFileSync("npm", ["root", "--global"], { encoding: "utf8" }).trim();
  cpSync(join(npm, "npm"), join(base, "usr/local/lib/node_modules/npm"), { recursive: true });
  execFileSync("chroot", [base, "ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", "/usr/local/bin/npm"]);
  const certificates = "/etc/ssl/certs/ca-certificates.crt";
  if (existsSync(certificates)) cpSync(certificates, join(base, certificates));
  cpSync("/etc/resolv.conf", join(base, "etc/resolv.conf"), { dereference: true });
  writeFileSync(join(base, ".made"), "");
  return base;
}

function chroot(image: Image, words: readonly string[]): SpawnSyncReturns<string> {
  const passed = Object.entries(process.env).filter(([name]) => PASSED.test(name));
  const environment = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    ...Object.fromEntries(passed),
    ...image.environment,
  };
  const script = `mount -t proc proc "$1/proc"; root=$1 folder=$2; shift 2
    exec chroot "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$folder" "$@"`;
  return spawnSync(
    "unshare",
    ["--mount", "--pid", "--fork", "bash", "-c", script, "bash", image.root, image.folder, ...words],
    { encoding: "utf8", env: environment, maxBuffer: 1 << 26 },
  );
}

function obey(image: Image, { name, text }: Instruction, stages: ReadonlyMap<string, Image>): void {
  switch (name) {
    case "WORKDIR":
      image.folder = text;
      mkdirSync(join(image.root, text), { recursive: true });
      break;
    case "ENV": {
      const [key = "", value = ""] = text.split("=");
      image.environment[key] = value;
      break;
    }
    case "USER":
      image.user = text;
      break;
    case "VOLUME":
      image.volume = text;
      break;
    case "HEALTHCHECK":
      image.health = text.replace(/^.*?CMD /, "");
      break;
    case "ENTRYPOINT":
      image.entrypoint = execForm(text) ?? ["/bin/sh", "-c", text];
      break;
    case "CMD":
      image.command = execForm(text) ?? ["/bin/sh", "-c", text];
      break;
    case "COPY":
      copy(image, text, stages);
      break;
    case "RUN": {
      const startedMs = performance.now();
      const { status, stdout, stderr } = chroot(image, ["/bin/sh", "-c", text]);
      if (status !== 0) throw new Error(`RUN ${text}\nended with ${status}\n${stdout}${stderr}`);
      say(`ok, ${((performance.now() - startedMs) / 1000).toFixed(0)} s: RUN ${text.slice(0, 100)}`);
      break;
    }
    default:
      throw new Error(`${name} is not known here`);
  }
}

function copy(image: Image, text: string, stages: ReadonlyMap<string, Image>): void {
  const words = text.split(/\s+/);
  const from = /^--from=(.*)$/.exec(words[0]!)?.[1];
  const origin = from === undefined ? PROJECT : stages.get(from)?.root;
  if (origin === undefined) throw new Error(`COPY from ${from}: there is no such stage`);
  const target = words.at(-1)!;
  for (const source of words.slice(from === undefined ? 0 : 1, -1)) {
    const place = join(image.root, resolve(image.folder, target));
    cpSync(join(origin, source), target.endsWith("/") ? join(place, source) : place, { recursive: true });
  }
}

function build(stage: Stage, folder: string, stages: ReadonlyMap<string, Image>): Image {
  const root = join(folder, stage.name || "image");
  rmSync(root, { recursive: true, force: true });
  execFileSync("cp", ["-a", makeBase(stage.image, folder), root]);
  const blank = {
    user: "root",
    folder: "/",
    environment: {},
    entrypoint: [],
    command: [],
    health: "",
    volume: "",
  };
  const image: Image = { root, ...blank };
  for (const instruction of stage.instructions) obey(image, instruction, stages);
  return image;
}

/** The image's command as its user, in namespaces with a root that cannot be written; the health check beside it. */
async function start(image: Image): Promise<void> {
  const settings = join(image.root, "etc/sekisho");
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, "sekisho.yaml"), "capture: {interfaces: [lo]}\n");
  const command = [...image.entrypoint, ...image.command];
  const userArguments = ["--reuid", image.user, "--regid", image.user, "--init-groups"];
  const bounds = ["--inh-caps", "-all", "--bounding-set", "-all,+net_raw"];
  const script = `
    set -e
    root=$1; volume=$2; shift 2
    mount --bind "$root" "$root"; mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=0755 tmpfs "$root/dev"; for d in null zero random urandom; do touch "$root/dev/$d"; mount --bind "/dev/$d" "$root/dev/$d"; done
    mkdir -p "$root/.volume"; mount -t tmpfs tmpfs "$root$volume"; chown --reference="$root/.owner" "$root$volume"
    ip link set lo up; (while sleep 0.2; do ping -c 1 127.0.0.1 >/dev/null 2>&1 || true; done) &
    mount -o remount,bind,ro "$root"
    if touch "$root/written" 2>/dev/null; then echo "the root can be written"; exit 1; fi
    exec chroot "$root" setpriv "$@"`;
  execFileSync("chroot", [image.root, "sh", "-c", `touch /.owner && chown ${image.user}: /.owner`]);
  const environment = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...image.environment,
  };
  const agent = spawn(
    "unshare",
    [
      ...[
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "bash",
        "-c",
        script,
        "bash",
        image.root,
        image.volume,
      ],
      ...[
        ...userArguments,
        ...bounds,
        "--",
        "/bin/sh",
        "-c",
        `cd ${image.folder} && exec "$@"`,
        "sh",
        ...command,
      ],
    ],
    { env: environment, stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  for (const stream of [agent.stdout, agent.stderr]) stream.on("data", (data) => (log += data));
  try {
    const pid = await agentProcess(agent.pid!, () => log);
    const health = await waitForHealth(image, pid);
    if (health !== 0) throw new Error(`the health check says ${health}\n${log}`);
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name: string): string => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "";
    const driverOf = (): string | undefined => /"driver":"(\w+)"/.exec(log)?.[1];
    for (let waitedMs = 0; driverOf() === undefined && waitedMs < HEALTH_TIMEOUT_MS; waitedMs += 200)
      await sleep(200);
    const driver = driverOf();
    say(
      `the agent runs: user ${field("Uid")}, ambient ${field("CapAmb")}, effective ${field("CapEff")}, bounding ${field("CapBnd")}, capture by ${driver}, health 0`,
    );
    for (const name of ["CapAmb", "CapEff", "CapBnd"]) {
      if (Number.parseInt(field(name), 16) !== 0x2000)
        throw new Error(`${name} is ${field(name)}, not CAP_NET_RAW alone`);
    }
    if (field("Uid") === "0" || driver === undefined)
      throw new Error(`it runs as root, or does not capture\n${log}`);
  } finally {
    // The first process of its namespace takes all others with it; --kill-child is lost where the user changes.
    for (const first of readChildren(agent.pid!)) process.kill(first, "SIGKILL");
    agent.kill("SIGKILL");
  }
}

/** The process id of the agent, as it is seen from here. */
async function agentProcess(parent: number, log: () => string): Promise<number> {
  for (let waitedMs = 0; waitedMs < HEALTH_TIMEOUT_MS; waitedMs += 200) {
    for (let pid = parent; ; ) {
      const children = readChildren(pid);
      const [child] = children.filter((one) =>
        /\bnode\b|bash|setpriv|with-capability|\bsh\b/.test(commandOf(one)),
      );
      if (child === undefined) break;
      if (commandOf(child).startsWith("node")) return child;
      pid = child;
    }
    await sleep(200);
  }
  throw new Error(`the agent was not started\n${log()}`);
}

function readChildren(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, "utf8").split(" ").filter(Boolean).map(Number) : [];
}

function commandOf(pid: number): string {
  const path = `/proc/${pid}/cmdline`;
  return existsSync(path) ? readFileSync(path, "utf8").replaceAll("\0", " ") : "";
}

async function waitForHealth(image: Image, pid: number): Promise<number | null> {
  let status: number | null = null;
  for (let waitedMs = 0; waitedMs < HEALTH_TIMEOUT_MS && status !== 0; waitedMs += 1000) {
    const words = ["--target", String(pid), "--mount", "--net", "--pid", "--root"];
    const check = ["setpriv", "--reuid", image.user, "--regid", image.user, "--init-groups", "--"];
    ({ status } = spawnSync(
      "nsenter",
      [...words, ...check, "/bin/sh", "-c", `cd ${image.folder} && ${image.health}`],
      {
        env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...image.environment },
      },
    ));
    if (status !== 0) await sleep(1000);
  }
  return status;
}

async function main(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const stages = new Map<string, Image>();
  let image: Image | undefined;
  for (const stage of parseDockerfile(readFileSync(join(PROJECT, "Dockerfile"), "utf8"))) {
    image = build(stage, folder, stages);
    stages.set(stage.name, image);
  }
  await start(image!);
  process.stdout.write(
    "every step of the Dockerfile has run, and its agent is healthy with a read-only root\n",
  );
}

const [folder] = process.argv.slice(2);
if (folder === undefined || folder.startsWith("-")) {
  process.stderr.write("Usage: scripts/container FOLDER\n");
  process.exitCode = 2;
} else await main(resolve(folder));
