/** Joins the way to the monitor with what the monitor may ask of the agent: commands, and rule sets that it wants in force. */
import { messageEntry } from "./agent-messages.js";
import type { Config } from "./config/schema.js";
import type { RuleSetKeeper } from "./rule-set-keeper.js";
import type { StoreEntry } from "./store/record.js";
import { Uplink, type UplinkOptions } from "./uplink/uplink.js";

export interface AgentUplinkParts
  extends Omit<UplinkOptions, "config" | "device" | "commands" | "rules" | "limits"> {
  readonly config: Config;
  readonly ruleSets: RuleSetKeeper;
  /** Have the monitor told which rules are in force; resolves when that is committed. */
  readonly tellRules: () => Promise<void>;
  readonly keep: (entries: readonly StoreEntry[]) => Promise<void>;
}

export function agentUplink({ ruleSets, tellRules, keep, ...parts }: AgentUplinkParts): Uplink {
  const { config } = parts;
  const uplink: Uplink = new Uplink({
    ...parts,
    config: config.uplink,
    device: config.device.id,
    commands: {
      handlers: { health: () => uplink.tellHealth(), rules: tellRules },
      reply: (result) => void keep([messageEntry("result", result)]),
    },
    rules: {
      groups: config.rule_sets.groups,
      onDesired: (desired) => ruleSets.desire(desired),
      onWithdrawal: (envelope) => ruleSets.withdraw(envelope),
    },
  });
  return uplink;
}
