/** Has things done with the chain of evidence: by the running agent through its control socket, or here where none runs. */
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.js";
import { ClockWatch } from "../base/clock-quality.js";
import { AgentError, type ErrorCode } from "../base/errors.js";
import { isMessageKey } from "../base/language.js";
import type { Config } from "../config/schema.js";
import { EvidenceChain } from "../evidence/evidence-chain.js";
import { evidenceFolder } from "../evidence/evidence-folder.js";
import {
  type ActOutcome,
  EVIDENCE_ACT_PATH,
  EVIDENCE_PATH,
  type EvidenceStatus,
  performAct,
} from "../evidence/evidence-work.js";
import { askAgent } from "../onsite/control-client.js";
import type { CliContext } from "./context.js";
import { userName } from "./user-name.js";

const POLL_MS = 200;
const PATIENCE_MS = 60_000;
const MIB = 1024 * 1024;

/**
 * Have an action of a person recorded in the chain. What was done is done: where that cannot be recorded, it is said, and nothing
 * else fails for it.
 */
export async function recordAction(
  context: CliContext,
  config: Config,
  event: string,
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (!config.evidence.enabled) return;
  try {
    await act(config, { do: "action", event, by: userName(context), details: JSON.stringify(details) });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    context.err(error.describe(context.language));
  }
}

/** Have something done with the chain, by the agent or here. @throws AgentError where it could not be done */
export async function act(config: Config, wish: Readonly<Record<string, string>>): Promise<void> {
  const params = new URLSearchParams(wish);
  const outcome = (await isRunning(config)) ? await throughAgent(config, params) : await here(config, params);
  if (outcome.isOk) return;
  const { code = "", params: texts } = outcome;
  throw new AgentError(isMessageKey(code) ? (code as ErrorCode) : "error.internal", texts);
}

async function throughAgent(config: Config, params: URLSearchParams): Promise<ActOutcome> {
  const { socket } = config.control;
  const { id } = (await askAgent(socket, `${EVIDENCE_ACT_PATH}?${params}`, "POST")) as { id: string };
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += POLL_MS) {
    const { outcomes } = (await askAgent(socket, EVIDENCE_PATH)) as EvidenceStatus;
    const outcome = outcomes.find((one) => one.id === id);
    if (outcome) return outcome;
    await sleep(POLL_MS);
  }
  return { isOk: false, code: "error.internal", params: { reason: "the agent does not answer in time" } };
}

async function here({ store, device, evidence }: Config, params: URLSearchParams): Promise<ActOutcome> {
  const watch = new ClockWatch(systemClock);
  const chain = EvidenceChain.open({
    folder: evidenceFolder(store.path),
    device: device.id,
    clock: systemClock,
    clockQuality: () => watch.quality,
    retention: {
      budgetBytes: evidence.budget_mib * MIB,
      holdBytes: evidence.hold_mib * MIB,
      retentionMs: evidence.retention_days * 86_400_000,
    },
  });
  try {
    return await performAct(chain, params, Date.now());
  } finally {
    await chain.close();
  }
}

async function isRunning(config: Config): Promise<boolean> {
  try {
    await askAgent(config.control.socket, EVIDENCE_PATH);
    return true;
  } catch (error) {
    if (error instanceof AgentError && error.code === "error.control.no_agent") return false;
    throw error;
  }
}
