/** Owns `monitor query`: asks the monitor's file and prints, for people or for machines. */
import type { Argv } from "yargs";
import { AgentError, reasonOf } from "#agent/base/errors.js";
import { type Language, type MessageKey, translate } from "#agent/base/language.js";
import { printable, wrapText } from "#agent/base/text-layout.js";
import { MonitorQuery } from "./query.js";
import { incidentLine, summaryText } from "./screen-lines.js";

export interface QueryArguments {
  readonly what: "incidents" | "summaries" | "gaps";
  readonly db: string;
  readonly json: boolean;
  readonly device: string | undefined;
  readonly verdict: string | undefined;
  readonly sid: number | undefined;
  readonly since: string | undefined;
  readonly limit: number;
}

const COLUMNS = 80;

export function queryOptions(language: Language) {
  const describe = (key: MessageKey): { describe: string } => ({ describe: translate(language, key) });
  return (yargs: Argv) =>
    yargs
      .positional("what", {
        choices: ["incidents", "summaries", "gaps"] as const,
        default: "incidents" as const,
        ...describe("monitor.query.what"),
      })
      .option("db", { type: "string", default: "monitor.db", ...describe("monitor.option.db") })
      .option("json", { type: "boolean", default: false, ...describe("monitor.option.json") })
      .option("device", { type: "string", ...describe("monitor.query.device") })
      .option("verdict", { choices: ["act", "watch", "information"], ...describe("monitor.query.verdict") })
      .option("sid", { type: "number", ...describe("monitor.query.sid") })
      .option("since", { type: "string", ...describe("monitor.query.since") })
      .option("limit", { type: "number", default: 50, ...describe("monitor.query.limit") });
}

/** @throws AgentError where the file cannot be read */
export async function runQuery(
  args: QueryArguments,
  language: Language,
  write: (text: string) => void,
): Promise<void> {
  const line = (text: string): void => write(`${text}\n`);
  const words = (text: string): void => line(wrapText(printable(text), COLUMNS));
  let query: MonitorQuery | undefined;
  try {
    query = await MonitorQuery.open(args.db);
    if (args.what === "incidents") {
      for (const message of await query.incidents(args))
        if (args.json) line(JSON.stringify(message));
        else words(incidentLine(message, language));
    } else if (args.what === "summaries") {
      for (const message of await query.summaries(args))
        if (args.json) line(JSON.stringify(message));
        else words(summaryText(message, language));
    } else {
      for (const gap of await query.gaps(args)) {
        const ranges = gap.first === gap.last ? `${gap.first}` : `${gap.first}–${gap.last}`;
        if (args.json) line(JSON.stringify(gap));
        else words(translate(language, "monitor.gap", { ...gap, ranges, count: gap.last - gap.first + 1 }));
      }
    }
  } catch (error) {
    const params = { file: args.db, reason: reasonOf(error) };
    throw new AgentError("error.monitor.database", params, { cause: error });
  } finally {
    await query?.close();
  }
}
