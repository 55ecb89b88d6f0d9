import type { Argv } from "yargs";
import { readVariablesFile } from "../config/variables-file.js";
import type { RuleRequest } from "../rule-request.js";
import { type CliContext, say } from "./context.js";

/** What all commands that load rules understand. */
export interface RuleArguments {
  readonly vars: string | undefined;
  readonly homeNet: string | undefined;
  readonly thresholdFile: string | undefined;
  readonly disableConf: string | undefined;
  readonly enableConf: string | undefined;
  readonly dropConf: string | undefined;
  readonly modifyConf: string | undefined;
}

/** Options of variables and policy. */
export function withRuleOptions<T>(context: CliContext, yargs: Argv<T>) {
  return yargs
    .option("vars", { type: "string", describe: say(context, "cli.replay.vars") })
    .option("home-net", { type: "string", describe: say(context, "cli.replay.home_net") })
    .option("threshold-file", { type: "string", describe: say(context, "cli.policy.threshold_file") })
    .option("disable-conf", { type: "string", describe: say(context, "cli.policy.disable_conf") })
    .option("enable-conf", { type: "string", describe: say(context, "cli.policy.enable_conf") })
    .option("drop-conf", { type: "string", describe: say(context, "cli.policy.drop_conf") })
    .option("modify-conf", { type: "string", describe: say(context, "cli.policy.modify_conf") });
}

/**
 * What the arguments say about the rules besides their paths.
 *
 * @throws AgentError where the file of variables cannot be read
 */
export function ruleSetting(args: RuleArguments): Omit<RuleRequest, "paths"> {
  return {
    homeNet: args.homeNet === undefined ? undefined : args.homeNet.split(",").map((net) => net.trim()),
    groups: args.vars === undefined ? undefined : readVariablesFile(args.vars),
    policy: args,
  };
}
