import type { Argv } from "yargs";
import { systemClock } from "../base/clock.js";
import { AgentError } from "../base/errors.js";
import { keepHeapSmall } from "../base/heap-keeper.js";
import type { Log } from "../base/log.js";
import type { Agent } from "../compose.js";
import { loadConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { lastWordsFileFor, leaveLastWords } from "../onsite/last-words.js";
import { ServiceManager } from "../onsite/service-manager.js";
import { statusScreen } from "../onsite/status-screen.js";
import { type CliContext, EXIT_DONE, EXIT_FAILED, EXIT_FAULT, say } from "./context.js";
import { packageVersion } from "./version.js";

/** How long a stop may take. */
const DRAIN_MS = 4500;
const REPORT_EVERY_MS = 1000;

export interface RunArguments {
  readonly config: string | undefined;
}

/** Options of `sekisho run`. */
export function runOptions(context: CliContext) {
  return (yargs: Argv) =>
    yargs
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .example("$0 run --config /etc/sekisho/sekisho.yaml", say(context, "cli.run.example.config"))
      .example("SEKISHO_CAPTURE_INTERFACES=lan0 $0 run", say(context, "cli.run.example.environment"));
}

/**
 * `sekisho run`: the agent, until SIGTERM or SIGINT; it drains within five seconds, a second signal ends it at once.
 *
 * @throws AgentError where the agent cannot start
 */
export async function runAgent(context: CliContext, args: RunArguments): Promise<number> {
  const config = loadConfig(args.config, context.environment);
  // Only here: the other commands start without broker client, database and logger.
  const [{ createLog }, { Agent }] = await Promise.all([import("../base/log.js"), import("../compose.js")]);
  const log = createLog({ level: config.log.level });
  const lastWords = lastWordsFileFor(config.store.path);
  dieLoudly(log, lastWords);
  const stop = new StopRequest();
  const agent = await Agent.start({
    config,
    clock: systemClock,
    log,
    version: packageVersion(),
    configFile: args.config,
    onFatal: (error) => stop.fail(error),
  });
  log.info({ device: config.device.id, version: packageVersion() }, "sekisho is running");
  const heapTimer = keepHeapSmall();
  const endReports = reportTo(new ServiceManager(context.environment, process.pid), agent);
  const endReloads = reloadOnHangup(agent, log, () => loadConfig(args.config, context.environment));
  const error = await stop.requested;
  clearInterval(heapTimer);
  endReloads();
  endReports();
  if (error) {
    context.err(error.describe(context.language));
    leaveLastWords(lastWords, { atMs: Date.now(), reason: error.message });
  }
  log.info("sekisho is stopping");
  await agent.stop(DRAIN_MS);
  log.info("sekisho has stopped");
  return error ? EXIT_FAILED : EXIT_DONE;
}

/**
 * What nobody expected (an exception or a refused promise that nobody catches): nothing the process believes can be relied on
 * any more. It says so, leaves word for the next start, and ends; the service manager starts it again.
 */
function dieLoudly(log: Log, lastWords: string): void {
  process.on("uncaughtException", (error: unknown, origin) => {
    try {
      log.fatal({ err: error, origin }, "a fault of the agent itself: it ends and has to be started again");
      const place = error instanceof Error ? (error.stack?.match(/\n\s+at (.*)/)?.[1] ?? "") : "";
      leaveLastWords(lastWords, { atMs: Date.now(), reason: `${origin}: ${String(error)} (${place})` });
    } finally {
      process.exit(EXIT_FAULT);
    }
  });
}

/**
 * SIGHUP: read the configuration again. One that cannot be used leaves everything as it is. Signals that come while a reload
 * runs make one further reload. @returns what ends this
 */
function reloadOnHangup(agent: Agent, log: Log, read: () => Config): () => void {
  let isRunning = false;
  let isWanted = false;
  const reload = async (): Promise<void> => {
    isWanted = true;
    if (isRunning) return;
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      try {
        const { reloadable, needsRestart } = await agent.reload(read());
        log.info({ changed: reloadable }, "the configuration has been read again");
        if (needsRestart.length > 0) log.warn({ keys: needsRestart }, "these changes need a restart");
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        log.error({ err: error }, "the new configuration cannot be used; everything stays as it was");
      }
    }
    isRunning = false;
  };
  const onHangup = (): void => void reload();
  process.on("SIGHUP", onHangup);
  return () => process.off("SIGHUP", onHangup);
}

/** Readiness, signs of life and a status line for systemd. @returns what ends them */
function reportTo(manager: ServiceManager, agent: Agent): () => void {
  let isReadyTold = false;
  const report = (): void => {
    if (!isReadyTold && agent.isReady) {
      isReadyTold = true;
      manager.ready();
    }
    manager.status(statusScreen(agent.status(), "en")[0] ?? "");
  };
  const timers = [setInterval(report, REPORT_EVERY_MS)];
  if (manager.feedEveryMs !== undefined) {
    timers.push(
      setInterval(() => {
        if (agent.isAlive) manager.feed();
      }, manager.feedEveryMs),
    );
  }
  return () => {
    for (const timer of timers) clearInterval(timer);
    manager.stopping();
  };
}

/** The first reason to stop: a signal, or an error that no restart helps against. */
class StopRequest {
  readonly requested: Promise<AgentError | undefined>;
  fail: (error: AgentError) => void = () => undefined;

  constructor() {
    this.requested = new Promise((resolve) => {
      this.fail = resolve;
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        process.once(signal, () => {
          process.once(signal, () => process.exit(EXIT_FAILED));
          resolve(undefined);
        });
      }
    });
  }
}
