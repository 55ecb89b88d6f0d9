/**
 * The reference monitor as a process: receives what devices send, keeps it, answers them, and prints incidents.
 *
 * Ends by SIGTERM or SIGINT, or by itself with `--expect` or `--until-idle`. Exit code 0; 1 where it could not work
 * or the incidents expected did not come; 2 for wrong usage.
 */
import yargs from "yargs";
import { AgentError } from "#agent/base/errors.js";
import { type Language, languageOf, type MessageKey, translate } from "#agent/base/language.js";
import { readPasswordFile, readPublicFile, readSecretFile } from "#agent/config/secret-file.js";
import { parseBrokerUrl } from "#agent/config/semantics.js";
import { Monitor } from "./monitor.js";
import { type QueryArguments, queryOptions, runQuery } from "./query-command.js";
import { JsonReport, type Report } from "./report.js";
import { Screen } from "./screen.js";
import { runSend, type SendArguments, sendOptions } from "./send-command.js";

/** Group of a monitor that works alone. */
const SOLE_GROUP = "sekisho-monitor";
const CHECK_MS = 100;

function parseArguments(language: Language) {
  const describe = (key: MessageKey): { describe: string } => ({ describe: translate(language, key) });
  let query: QueryArguments | undefined;
  let send: SendArguments | undefined;
  const options = yargs(process.argv.slice(2))
    .scriptName("monitor")
    .locale(language)
    .option("url", { type: "string", default: "mqtt://127.0.0.1:1883", ...describe("monitor.option.url") })
    .option("db", { type: "string", default: "monitor.db", ...describe("monitor.option.db") })
    .option("lang", { choices: ["ja", "en"] as const, ...describe("monitor.option.lang") })
    .option("json", { type: "boolean", default: false, ...describe("monitor.option.json") })
    .option("expect", { type: "number", ...describe("monitor.option.expect") })
    .option("until-idle", { type: "number", ...describe("monitor.option.idle") })
    .option("group", { type: "string", ...describe("monitor.option.group") })
    .option("username", { type: "string", ...describe("monitor.option.username") })
    .option("password-file", { type: "string", ...describe("monitor.option.password_file") })
    .option("ca-file", { type: "string", ...describe("monitor.option.ca_file") })
    .option("cert-file", { type: "string", ...describe("monitor.option.cert_file") })
    .option("key-file", { type: "string", ...describe("monitor.option.key_file") })
    .command("query [what]", translate(language, "monitor.query"), queryOptions(language), (argv) => {
      query = argv;
    })
    .command("send <what>", translate(language, "monitor.send"), sendOptions(language), (argv) => {
      send = argv;
    })
    .strict()
    .wrap(80)
    .fail((message, error, parser) => {
      if (error) throw error;
      process.stderr.write(`${parser.help()}\n\n${message}\n`);
      process.exit(2);
    })
    .parseSync();
  return { ...options, query, send };
}

async function run(language: Language): Promise<number> {
  const options = parseArguments(language);
  if (options.query) {
    await runQuery(options.query, language, (text) => void process.stdout.write(text));
    return 0;
  }
  const broker = parseBrokerUrl(options.url);
  if (typeof broker === "string") throw new AgentError(broker, { key: "--url", value: options.url });
  const { username, passwordFile, caFile, certFile, keyFile } = options;
  const way = {
    broker,
    tls: {
      ...(caFile !== undefined && { ca: await readPublicFile(caFile) }),
      ...(certFile !== undefined && { cert: await readPublicFile(certFile) }),
      ...(keyFile !== undefined && { key: await readSecretFile(keyFile) }),
    },
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && { password: await readPasswordFile(passwordFile) }),
  };
  if (options.send) {
    await runSend(options.send, way, language, (text) => void process.stdout.write(text));
    return 0;
  }
  const report = createReport(options.json, language);
  const monitor = new Monitor({
    ...way,
    clientId: username ?? `monitor-${process.pid}`,
    group: options.group ?? SOLE_GROUP,
    isAlone: options.group === undefined,
    file: options.db,
    news: report,
  });
  await monitor.start();
  await ended(monitor, report, options.expect, options.untilIdle);
  await monitor.stop();
  report.totals(monitor.totals());
  if (options.expect === undefined || report.incidents >= options.expect) return 0;
  throw new AgentError("error.monitor.expected", { expected: options.expect, incidents: report.incidents });
}

function createReport(isJson: boolean, language: Language): Report {
  const write = (text: string): void => void process.stdout.write(text);
  if (isJson) return new JsonReport(write);
  const isTerminal = process.stdout.isTTY === true;
  return new Screen({
    language,
    columns: isTerminal ? Math.min(process.stdout.columns, 100) : 80,
    hasColour: isTerminal && (process.env.NO_COLOR ?? "") === "",
    write,
  });
}

/** Resolves at a signal, when the expected incidents have come, or when nothing has come for too long. */
function ended(
  monitor: Monitor,
  report: Report,
  expect: number | undefined,
  idleS: number | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    let received = 0;
    let receivedMs = performance.now();
    const timer = setInterval(() => {
      const totals = monitor.totals();
      if (totals.received !== received) receivedMs = performance.now();
      received = totals.received;
      const isIdle = idleS !== undefined && performance.now() - receivedMs > idleS * 1000;
      if (isIdle || (expect !== undefined && report.incidents >= expect)) finish();
    }, CHECK_MS);
    const finish = (): void => {
      clearInterval(timer);
      resolve();
    };
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, finish);
  });
}

const language = languageOf(process.argv, process.env);
try {
  process.exitCode = await run(language);
} catch (error) {
  if (!(error instanceof AgentError)) throw error;
  process.stderr.write(`${error.describe(language)}\n`);
  process.exitCode = 1;
}
