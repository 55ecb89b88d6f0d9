/** The commands `sekisho suppress add`, `list`, `remove` and `preview`. They work whether the agent runs or not. */
import type { Argv } from "yargs";
import { AgentError } from "../base/errors.js";
import { loadConfig } from "../config/load.js";
import { usualConfigFile } from "../config/usual-file.js";
import { ANY, MAX_SUPPRESSIONS, type Suppression } from "../incident/suppression.js";
import { changeSuppressions, readSuppressions, suppressionFileFor } from "../incident/suppression-file.js";
import { type CliContext, EXIT_DONE, say } from "./context.js";
import { parseScope, parseSuppression, type SuppressionArguments } from "./suppress-arguments.js";
import { type PreviewResult, previewOf } from "./suppress-preview.js";

interface CommonArguments {
  readonly config: string | undefined;
  readonly json: boolean;
}

const ROWS = 10;

/** Builds the subcommands; `finish` gets the exit code. */
export function suppressCommands(context: CliContext, finish: (code: number) => void) {
  const describe = (option: "rule" | "source" | "destination" | "reason" | "author" | "for" | "id") => ({
    describe: say(context, `cli.suppress.${option}`),
  });
  const common = (yargs: Argv) =>
    yargs
      .option("config", { type: "string", describe: say(context, "cli.run.config") })
      .option("json", { type: "boolean", default: false, describe: say(context, "cli.json") });
  const scope = (yargs: Argv) =>
    common(yargs)
      .option("rule", { type: "string", demandOption: true, ...describe("rule") })
      .option("source", { type: "string", default: ANY, ...describe("source") })
      .option("destination", { type: "string", default: ANY, ...describe("destination") });
  return (yargs: Argv) =>
    yargs
      .command(
        "add",
        say(context, "cli.suppress.add"),
        (add) =>
          scope(add)
            .option("reason", { type: "string", demandOption: true, ...describe("reason") })
            .option("author", { type: "string", ...describe("author") })
            .option("for", { type: "string", default: "90d", ...describe("for") })
            .example(
              '$0 suppress add --rule 2024001 --source 192.168.1.20 --for 30d --reason "backup program"',
              say(context, "cli.suppress.example.add"),
            ),
        async (argv) => finish(await add(context, argv)),
      )
      .command("list", say(context, "cli.suppress.list"), common, async (argv) =>
        finish(await list(context, argv)),
      )
      .command(
        "remove <id>",
        say(context, "cli.suppress.remove"),
        (remove) =>
          common(remove).positional("id", { type: "string", demandOption: true, ...describe("id") }),
        async (argv) => finish(await remove(context, argv)),
      )
      .command(
        "preview",
        say(context, "cli.suppress.preview"),
        (preview) =>
          scope(preview).example(
            "$0 suppress preview --rule 2024001 --source 192.168.1.20",
            say(context, "cli.suppress.example.preview"),
          ),
        async (argv) => finish(await preview(context, argv)),
      )
      .demandCommand(1, say(context, "cli.usage_hint"));
}

function storePathOf(context: CliContext, args: CommonArguments): string {
  return loadConfig(args.config ?? usualConfigFile(), context.environment).store.path;
}

async function add(context: CliContext, args: CommonArguments & SuppressionArguments): Promise<number> {
  const file = suppressionFileFor(storePathOf(context, args));
  const draft = parseSuppression(args, context, new Date());
  let added: Suppression | undefined;
  await changeSuppressions(file, (known) => {
    if (known.length >= MAX_SUPPRESSIONS)
      throw new AgentError("error.suppressions.many", { limit: MAX_SUPPRESSIONS });
    const last = Math.max(0, ...known.map(({ id }) => Number(/^S(\d+)$/.exec(id)?.[1] ?? 0)));
    added = { id: `S${last + 1}`, ...draft };
    return [...known, added];
  });
  if (!added) return EXIT_DONE;
  const { source, destination } = added;
  if (source === ANY && destination === ANY) context.err(say(context, "cli.suppress.everywhere"));
  context.out(args.json ? json(added) : say(context, "cli.suppress.added", paramsOf(added)));
  return EXIT_DONE;
}

async function list(context: CliContext, args: CommonArguments): Promise<number> {
  const suppressions = await readSuppressions(suppressionFileFor(storePathOf(context, args)));
  const now = Date.now();
  const isOver = ({ expiresAt }: Suppression): boolean => Date.parse(expiresAt) <= now;
  if (args.json) {
    context.out(json(suppressions.map((one) => ({ ...one, isOver: isOver(one) }))));
    return EXIT_DONE;
  }
  if (suppressions.length === 0) context.out(say(context, "cli.suppress.none"));
  for (const suppression of suppressions) {
    const expired = isOver(suppression) ? say(context, "cli.suppress.expired") : "";
    const { reason, author, createdAt } = suppression;
    context.out(say(context, "cli.suppress.entry", { ...paramsOf(suppression), expired }));
    context.out(say(context, "cli.suppress.why", { reason, author, created: localTime(createdAt) }));
  }
  return EXIT_DONE;
}

async function remove(context: CliContext, args: CommonArguments & { readonly id: string }): Promise<number> {
  const file = suppressionFileFor(storePathOf(context, args));
  let removed: Suppression | undefined;
  await changeSuppressions(file, (known) => {
    removed = known.find(({ id }) => id.toLowerCase() === args.id.toLowerCase());
    if (!removed) throw new AgentError("error.suppressions.unknown", { id: args.id });
    return known.filter((one) => one !== removed);
  });
  if (removed) {
    context.out(args.json ? json(removed) : say(context, "cli.suppress.removed", paramsOf(removed)));
  }
  return EXIT_DONE;
}

async function preview(
  context: CliContext,
  args: CommonArguments & Pick<SuppressionArguments, "rule" | "source" | "destination">,
): Promise<number> {
  const result = await previewOf(storePathOf(context, args), parseScope(args));
  if (args.json) context.out(json(result));
  else printPreview(context, result);
  return EXIT_DONE;
}

function printPreview(context: CliContext, result: PreviewResult): void {
  const { stored, ofRule, hidden, from, to, pairs, isComplete } = result;
  if (from === null || to === null) context.out(say(context, "cli.suppress.preview.nothing"));
  else {
    const params = { stored, rule: ofRule, hidden, from: localTime(from), to: localTime(to) };
    context.out(say(context, "cli.suppress.preview.total", params));
  }
  for (const { source, destination, count } of pairs.slice(0, ROWS)) {
    context.out(say(context, "cli.suppress.preview.row", { source, destination, count }));
  }
  if (!isComplete) context.err(say(context, "cli.suppress.preview.partial"));
}

function paramsOf({ id, gid, sid, source, destination, expiresAt }: Suppression) {
  const rule = gid === 1 ? String(sid) : `${gid}:${sid}`;
  return { id, rule, source, destination, until: localTime(expiresAt) };
}

/** Local time to the minute, in the order in which Japan and ISO write it. */
function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
