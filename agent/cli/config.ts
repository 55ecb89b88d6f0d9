/** The commands on the configuration: is it right, what holds and where that was written, which keys there are. */
import { stringify } from "yaml";
import type { Argv } from "yargs";
import { configKeys, configValue } from "../config/difference.js";
import { type LoadedConfig, loadConfigWithOrigins } from "../config/load.js";
import { keyName } from "../config/problem.js";
import { CONFIG_SCHEMA } from "../config/schema.js";
import { USUAL_CONFIG_FILE, usualConfigFile } from "../config/usual-file.js";
import { type CliContext, EXIT_DONE, say } from "./context.js";

interface ConfigArguments {
  readonly config: string | undefined;
  readonly json: boolean;
}

/** Options that all commands on one configuration take. */
function fileOptions(context: CliContext, yargs: Argv) {
  return yargs
    .option("config", {
      type: "string",
      describe: say(context, "cli.config.file", { file: USUAL_CONFIG_FILE }),
    })
    .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") });
}

/** `sekisho config check|show|schema`; `done` receives the exit code. */
export function configCommands(context: CliContext, done: (exitCode: number) => void) {
  return (yargs: Argv) =>
    yargs
      .command(
        "check",
        say(context, "cli.config_check"),
        (check) =>
          fileOptions(context, check).example(
            "$0 config check --config sekisho.yaml",
            say(context, "cli.config_check.example"),
          ),
        (argv) => done(checkConfig(context, argv)),
      )
      .command(
        "show",
        say(context, "cli.config_show"),
        (show) =>
          fileOptions(context, show)
            .option("origin", {
              type: "boolean",
              default: false,
              describe: say(context, "cli.config_show.origin"),
            })
            .example("$0 config show --origin", say(context, "cli.config_show.example")),
        (argv) => done(showConfig(context, argv)),
      )
      .command(
        "schema",
        say(context, "cli.config_schema"),
        (schema) =>
          schema.example("$0 config schema >schema.json", say(context, "cli.config_schema.example")),
        () => {
          context.out(JSON.stringify(CONFIG_SCHEMA, undefined, 2));
          done(EXIT_DONE);
        },
      )
      .demandCommand(1, say(context, "cli.usage_hint"));
}

/** @throws AgentError with every problem and its line where the configuration cannot be used */
function checkConfig(context: CliContext, args: ConfigArguments): number {
  const { file, loaded } = load(context, args);
  const written = configKeys().filter((path) => loaded.originOf(path) !== undefined).length;
  if (args.json) context.out(JSON.stringify({ file: file ?? null, valid: true, keys_set: written }));
  else context.out(say(context, "cli.config_check.fine", { file: file ?? "-", keys: written }));
  return EXIT_DONE;
}

function showConfig(context: CliContext, args: ConfigArguments & { readonly origin: boolean }): number {
  const { loaded } = load(context, args);
  if (!args.origin) {
    context.out(args.json ? JSON.stringify(loaded.config, undefined, 2) : stringify(loaded.config).trimEnd());
    return EXIT_DONE;
  }
  const rows = configKeys().map((path) => {
    const place = loaded.originOf(path);
    const origin =
      place === undefined ? "default" : place.line === 0 ? place.name : `${place.name}:${place.line}`;
    return { key: keyName(path), value: configValue(loaded.config, path), origin };
  });
  if (args.json) context.out(JSON.stringify(rows, undefined, 2));
  else
    for (const { key, value, origin } of rows) context.out(`${key} = ${JSON.stringify(value)}  # ${origin}`);
  return EXIT_DONE;
}

function load(
  context: CliContext,
  args: ConfigArguments,
): { file: string | undefined; loaded: LoadedConfig } {
  const file = args.config ?? usualConfigFile();
  return { file, loaded: loadConfigWithOrigins(file, context.environment) };
}
