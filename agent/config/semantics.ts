/** Owns what a schema cannot say about a configuration: addresses, URLs, keys that need each other. */
import { parseAddress } from "../base/address.js";
import type { ErrorCode } from "../base/errors.js";
import type { SchemaPath } from "../base/json-schema.js";
import type { MessageParams } from "../base/language.js";
import { withoutCredentials } from "../base/without-credentials.js";
import { checkForward } from "./forward-target.js";
import { keyName, shortText } from "./problem.js";
import type { Config } from "./schema.js";

/** What may stand in an MQTT topic level, a client id, a certificate's CN and a file name alike. */
const DEVICE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export interface SemanticProblem {
  readonly path: SchemaPath;
  readonly code: ErrorCode;
  readonly params: MessageParams;
}

/** Everything in a configuration of valid shape that still cannot be meant. */
export function checkSemantics(config: Config): SemanticProblem[] {
  const problems: SemanticProblem[] = [];
  const add = (path: SchemaPath, code: ErrorCode, params: MessageParams = {}): void => {
    problems.push({ path, code, params: { key: keyName(path), ...params } });
  };
  if (!isDeviceId(config.device.id)) {
    add(["device", "id"], "error.config.problem.device_id", { value: shortText(config.device.id) });
  }
  config.home_net.forEach((network, i) => {
    if (!isNetwork(network)) {
      add(["home_net", i], "error.config.problem.network", { value: shortText(network) });
    }
  });
  const sharesPercent = Object.values(config.store.shares_percent).reduce((sum, share) => sum + share, 0);
  if (sharesPercent > 100) add(["store", "shares_percent"], "error.config.problem.shares", { sharesPercent });
  const { uplink } = config;
  if (uplink.url !== null) {
    const broker = parseBrokerUrl(uplink.url);
    if (typeof broker === "string")
      add(["uplink", "url"], broker, { value: shortText(withoutCredentials(uplink.url)) });
    else if (!broker.isTls) {
      if (!broker.isLoopback) add(["uplink", "url"], "error.config.problem.url_plain", { host: broker.host });
      for (const name of ["ca_file", "cert_file", "key_file"] as const) {
        if (uplink[name] !== null) add(["uplink", name], "error.config.problem.needs_tls");
      }
    }
  }
  if ((uplink.cert_file === null) !== (uplink.key_file === null)) {
    const present = uplink.cert_file === null ? "key_file" : "cert_file";
    const other = uplink.cert_file === null ? "uplink.cert_file" : "uplink.key_file";
    add(["uplink", present], "error.config.problem.needs", { other });
  }
  if (uplink.password_file !== null && uplink.username === null) {
    add(["uplink", "password_file"], "error.config.problem.needs", { other: "uplink.username" });
  }
  config.syslog.sources.forEach(({ name, address }, i) => {
    if (!isNetwork(address))
      add(["syslog", "sources", i, "address"], "error.config.problem.network", { value: shortText(address) });
    if (config.syslog.sources.findIndex((other) => other.name === name) < i)
      add(["syslog", "sources", i, "name"], "error.config.problem.twice", { value: name });
  });
  if (config.syslog.tls_port !== null) {
    for (const other of ["cert_file", "key_file"] as const) {
      if (config.syslog[other] === null)
        add(["syslog", "tls_port"], "error.config.problem.needs", { other: `syslog.${other}` });
    }
  }
  checkForward(config.forward, add);
  return problems;
}

/** Whether a text can serve as device id. */
export function isDeviceId(text: string): boolean {
  return DEVICE_ID.test(text);
}

function isNetwork(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const parsed = parseAddress(address);
  if (parsed === undefined || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (parsed.version === 4 ? 32 : 128);
}

export interface BrokerUrl {
  readonly isTls: boolean;
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isLoopback: boolean;
}

/** The broker's address in a URL, or the code of what is wrong with it. */
export function parseBrokerUrl(text: string): BrokerUrl | ErrorCode {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return "error.config.problem.url";
  }
  if (url.username !== "" || url.password !== "") return "error.config.problem.url_secret";
  if (url.protocol !== "mqtt:" && url.protocol !== "mqtts:") return "error.config.problem.url";
  const hasMore = (url.pathname !== "" && url.pathname !== "/") || url.search !== "" || url.hash !== "";
  if (url.hostname === "" || hasMore || url.port === "0") return "error.config.problem.url";
  const isTls = url.protocol === "mqtts:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isLoopback = host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
  return { isTls, host, port: url.port === "" ? (isTls ? 8883 : 1883) : Number(url.port), isLoopback };
}
