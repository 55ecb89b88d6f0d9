/**
 * Owns the order of the examination: configuration, agent, box, interfaces, traffic, rules, the way to the monitor. What
 * needs another room of the house (packets, broker) is handed in, so that the doctor knows neither.
 */
import { existsSync } from "node:fs";
import type { ClockQuality } from "../../base/clock-quality.js";
import { AgentError, reasonOf } from "../../base/errors.js";
import { type Language, translate } from "../../base/language.js";
import { NetworkSet } from "../../base/network-set.js";
import type { Config } from "../../config/schema.js";
import { askAgent } from "../control-client.js";
import { STATUS_PATH, type Status } from "../status.js";
import { conditionFinding, type Finding, finding, type OwnFindingName, ranked } from "./finding.js";
import { checkInterface, interfaceNames } from "./interface-check.js";
import { checkClock, checkDiskWear, checkMemory, checkStore } from "./machine-check.js";
import { type SeenFrame, TrafficLook } from "./traffic-look.js";

const EXPIRY_NOTICE_DAYS = 30;
/** So many starts by systemd are no accident. */
const MANY_RESTARTS = 3;

export interface DoctorOptions {
  readonly config: Config;
  readonly language: Language;
  readonly seconds: number;
  readonly clockQuality: ClockQuality;
  readonly timeText: string;
  /** How often systemd has started the unit again; undefined where it does not know it. */
  readonly serviceRestarts: number | undefined;
  /** Show frames of an interface for some seconds. @throws AgentError where it cannot be read */
  readonly look: (interfaceName: string, seconds: number, see: (frame: SeenFrame) => void) => Promise<void>;
  /** Go the way to the broker. @throws AgentError where the credentials cannot be used */
  readonly probeBroker: () => Promise<
    { readonly trouble: string; readonly params: Readonly<Record<string, string | number>> } | undefined
  >;
  /** Days until the certificate of the device ends; undefined where it has none. @throws AgentError */
  readonly certificateDays: () => Promise<number | undefined>;
  /** Told before each look at an interface. */
  readonly onLook: (interfaceName: string) => void;
}

export interface Examination {
  /** The cause first. */
  readonly findings: readonly Finding[];
  /** How many things were looked at. */
  readonly checks: number;
}

/** Examine the box. Never throws for what is wrong with it. */
export async function examine(options: DoctorOptions): Promise<Examination> {
  const findings: Finding[] = [];
  let checks = 0;
  const check = (found: readonly Finding[]): void => {
    checks++;
    findings.push(...found);
  };
  const { config, language } = options;
  const agent = await askStatus(config.control.socket);
  check(agent.findings);
  const { status } = agent;
  check(checkRestarts(options.serviceRestarts));
  check(checkStore(config.store.path, config.store.budget_mib, status?.store.bytes ?? 0));
  check(checkDiskWear());
  check(checkMemory());
  check(checkClock(options.clockQuality, options.timeText));
  check(checkRuleFiles(config));
  for (const found of await examineInterfaces(options)) check(found);
  for (const found of await examineUplink(options, status)) check(found);
  check(conditionsOf(status, findings));
  return { findings: ranked(findings.map((one) => inLanguage(one, language))), checks };
}

async function askStatus(socket: string): Promise<{ status?: Status; findings: Finding[] }> {
  try {
    const answer = await askAgent(socket, STATUS_PATH);
    const isStatus =
      typeof answer === "object" && answer !== null && "verdict" in answer && "store" in answer;
    return isStatus
      ? { status: answer as Status, findings: [] }
      : { findings: [finding("service.stranger", { socket })] };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    if (error.code === "error.control.forbidden")
      return { findings: [finding("service.forbidden", { socket })] };
    const cause = (error.cause as NodeJS.ErrnoException | undefined)?.code;
    const isAbsent = cause === "ENOENT" || cause === "ECONNREFUSED";
    return { findings: [finding(isAbsent ? "service.not_running" : "service.stranger", { socket })] };
  }
}

function checkRestarts(count: number | undefined): Finding[] {
  return count !== undefined && count >= MANY_RESTARTS ? [finding("service.restarting", { count })] : [];
}

function checkRuleFiles({ rules }: Config): Finding[] {
  return rules.filter((path) => !existsSync(path)).map((path) => finding("rules.missing", { path }));
}

/** Each interface on its own; all are looked at, because one may be blind beside another that is not. */
async function examineInterfaces(options: DoctorOptions): Promise<Finding[][]> {
  const { capture } = options.config;
  if (capture.file !== null) return [];
  if (capture.interfaces.length === 0) {
    return [[finding("capture.nothing", { present: interfaceNames().join(", ") || "-" })]];
  }
  const found: Finding[][] = [];
  for (const subject of capture.interfaces) {
    const obstacles = checkInterface(subject);
    found.push(obstacles);
    if (obstacles.length === 0) found.push(await examineTraffic(subject, options));
  }
  return found;
}

async function examineTraffic(subject: string, options: DoctorOptions): Promise<Finding[]> {
  const { config, seconds, language } = options;
  const traffic = new TrafficLook(new NetworkSet(config.home_net));
  options.onLook(subject);
  try {
    await options.look(subject, seconds, (frame) => traffic.see(frame));
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return error.code === "error.capture.permission"
      ? [finding("capture.forbidden", { subject })]
      : [finding("capture.failed", { subject, reason: error.describe(language) })];
  }
  return traffic.findings(subject, seconds, config.capture.snaplen);
}

async function examineUplink(options: DoctorOptions, status: Status | undefined): Promise<Finding[][]> {
  const { uplink } = options.config;
  if (uplink.url === null) return [[finding("uplink.none")]];
  try {
    const days = await options.certificateDays();
    const date = days === undefined ? "" : dateInDays(days);
    const isEnding = days !== undefined && days >= 0 && days <= EXPIRY_NOTICE_DAYS;
    const ending = isEnding ? [finding("uplink.expires", { date, file: uplink.cert_file ?? "" })] : [];
    // A connection that stands proves the whole way, and must not be taken over.
    if (status?.uplink.isConnected) return [ending, []];
    const result = await options.probeBroker();
    if (result === undefined) return [ending, []];
    return [ending, [finding(`uplink.${result.trouble}` as OwnFindingName, result.params)]];
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return [[finding("uplink.files", { reason: error.describe(options.language) })]];
  }
}

/** What the agent says of itself and the doctor has not found by itself. */
function conditionsOf(status: Status | undefined, known: readonly Finding[]): Finding[] {
  const names = new Set(known.map(({ name }) => name.split(".")[0]));
  return (status?.conditions ?? [])
    .filter(({ name }) => !(name === "uplink.down" && names.has("uplink")))
    .filter(({ name }) => !(name === "store.cannot_write" && names.has("store")))
    .filter(({ name }) => !(name === "capture.link_down" && names.has("interface")))
    .filter(({ name }) => !(name === "capture.silent" && names.has("traffic")))
    .filter(({ name }) => !(name === "clock.unset" && names.has("clock")))
    .map(({ name, params, subject }) => conditionFinding(name, { ...params, subject: subject ?? "" }));
}

/** A direction is told in words. */
function inLanguage(one: Finding, language: Language): Finding {
  const { direction } = one.params;
  if (direction !== "outbound" && direction !== "inbound") return one;
  const text = translate(language, `doctor.traffic.direction.${direction}`);
  return { ...one, params: { ...one.params, direction: text } };
}

function dateInDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** The finding for a configuration that cannot be used; nothing else can be examined then. */
export function brokenConfiguration(error: unknown, language: Language): Examination {
  const reason = error instanceof AgentError ? error.describe(language) : reasonOf(error);
  return { findings: [finding("config.invalid", { reason })], checks: 1 };
}
