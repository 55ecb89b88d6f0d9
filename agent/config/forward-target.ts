/** Owns what `forward[].to` may be, and which other keys go with it. */
import { isAbsolute, normalize } from "node:path";
import { withoutCredentials } from "../base/without-credentials.js";
import { keyName, shortText } from "./problem.js";
import type { Config } from "./schema.js";
import type { SemanticProblem } from "./semantics.js";

export type ForwardTarget =
  | { readonly scheme: "udp" | "tcp" | "tls"; readonly host: string; readonly port: number }
  | { readonly scheme: "file" | "unix"; readonly path: string };

/** RFC 5426, 3.3; RFC 6587 names none, 601 is what IANA has for syslog over TCP; RFC 5425, 4.1. */
const USUAL_PORTS = { udp: 514, tcp: 601, tls: 6514 } as const;
/** What the kernel takes for a unix socket's path. */
const MAX_SOCKET_PATH = 107;
const TLS_KEYS = ["ca_file", "cert_file", "key_file"] as const;
const FILE_KEYS = ["max_mib", "files"] as const;

/** undefined where the text is no such address. */
export function parseForwardTarget(text: string): ForwardTarget | undefined {
  const [, scheme, rest = ""] = /^(udp|tcp|tls|file|unix):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === "file" || scheme === "unix") {
    const isUsable =
      isAbsolute(rest) && normalize(rest) === rest && !rest.endsWith("/") && !rest.includes("\0");
    const isShort = scheme === "file" || Buffer.byteLength(rest) <= MAX_SOCKET_PATH;
    return isUsable && isShort ? { scheme, path: rest } : undefined;
  }
  if (scheme !== "udp" && scheme !== "tcp" && scheme !== "tls") return undefined;
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-fA-F:.%a-z]{2,64})\]|([A-Za-z0-9._-]{1,253}))(?::(\d{1,5}))?\/?$/.exec(rest) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? USUAL_PORTS[scheme] : Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { scheme, host, port };
}

type AddProblem = (
  path: SemanticProblem["path"],
  code: SemanticProblem["code"],
  params?: SemanticProblem["params"],
) => void;

export function checkForward(forward: Config["forward"], add: AddProblem): void {
  forward.forEach((one, i) => {
    const key = (name: string): SemanticProblem["path"] => ["forward", i, name];
    const { name, to } = one;
    if (forward.findIndex((other) => other.name === name) < i)
      add(key("name"), "error.config.problem.twice", { value: name });
    const target = parseForwardTarget(to);
    if (target === undefined) {
      add(key("to"), "error.config.problem.forward_to", { value: shortText(withoutCredentials(to)) });
      return;
    }
    const { scheme } = target;
    const misplaced = (keys: readonly (keyof typeof one)[], wanted: string): void => {
      for (const other of keys) {
        if (one[other] !== undefined) add(key(other), "error.config.problem.forward_key", { scheme, wanted });
      }
    };
    if (scheme !== "tls") misplaced(TLS_KEYS, "tls://");
    if (scheme !== "file") misplaced(FILE_KEYS, "file://");
    if ((scheme === "file" || scheme === "unix") && one.format === "text")
      add(key("format"), "error.config.problem.forward_key", { scheme, wanted: "udp://, tcp://, tls://" });
    if ((one.cert_file === undefined) !== (one.key_file === undefined)) {
      const [present, other] =
        one.cert_file === undefined ? ["key_file", "cert_file"] : ["cert_file", "key_file"];
      add(key(present!), "error.config.problem.needs", { other: keyName(key(other!)) });
    }
  });
}
