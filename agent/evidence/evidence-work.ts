/**
 * Owns what can be asked of a chain besides growing: seal now, record a hand-over, place and release holds. Each is an entry in the
 * chain and is sealed at once. The agent does it for a command through the control socket; without an agent the command itself does.
 */
import { AgentError, reasonOf } from "../base/errors.js";
import type { EvidenceChain } from "./evidence-chain.js";
import type { Hold } from "./hold-book.js";
import { bytesOfHold } from "./retention.js";

export const EVIDENCE_PATH = "/v1/evidence";
export const EVIDENCE_ACT_PATH = "/v1/evidence/act";

export interface ActOutcome {
  readonly isOk: boolean;
  readonly code?: string;
  readonly params?: Readonly<Record<string, string | number>>;
  /** Last record that is sealed now. */
  readonly sealed?: number;
}

export interface EvidenceOutcome extends ActOutcome {
  readonly id: string;
}

export interface EvidenceStatus {
  readonly isOpen: boolean;
  readonly outcomes: readonly EvidenceOutcome[];
}

const MAX_TEXT = 512;
const MAX_DETAILS = 4096;
const MAX_FIELDS = 16;
const RESERVED = new Set(["event", "by"]);

/**
 * @param params `do`: seal | export | hold | release | action, and what belongs to it
 * @param wallMs wall time of the box
 */
export async function performAct(
  chain: EvidenceChain | undefined,
  params: URLSearchParams,
  wallMs: number,
): Promise<ActOutcome> {
  if (chain === undefined) return { isOk: false, code: "error.evidence.not_kept" };
  try {
    perform(chain, params, wallMs);
    // What people do is many and small: it waits for the next seal, as all else.
    if (params.get("do") === "action") return { isOk: await chain.flush(), sealed: chain.numbers.sealed };
    return { isOk: true, sealed: (await chain.seal()).last };
  } catch (error) {
    if (error instanceof AgentError) return { isOk: false, code: error.code, params: error.params };
    return { isOk: false, code: "error.internal", params: { reason: reasonOf(error) } };
  }
}

function perform(chain: EvidenceChain, params: URLSearchParams, wallMs: number): void {
  const text = (name: string): string => (params.get(name) ?? "").slice(0, MAX_TEXT);
  switch (text("do")) {
    case "seal":
      return;
    case "action":
      chain.append("action", { event: text("event"), by: text("by"), ...detailsOf(params.get("details")) });
      return;
    case "export":
      chain.append("export", {
        by: text("by"),
        to: text("to"),
        purpose: text("purpose"),
        incident: text("incident"),
        manifest: text("manifest"),
      });
      return;
    case "hold": {
      const to = params.get("to_ms");
      const hold: Hold = {
        incident: text("incident"),
        by: text("by"),
        reason: text("purpose"),
        at: Math.trunc(wallMs),
        fromMs: Number(text("from_ms")),
        toMs: to === null ? null : Number(to),
      };
      const others = chain.holds.all.filter(({ incident }) => incident !== hold.incident);
      const bytes = bytesOfHold(chain.folder, others, hold);
      if (bytes > chain.holdBytes) {
        const [needed, room] = [bytes, chain.holdBytes].map((size) => Math.ceil(size / 1024 / 1024));
        throw new AgentError("error.evidence.hold_room", { needed: needed!, room: room! });
      }
      chain.holds.place(hold);
      chain.append("hold", hold);
      return;
    }
    case "release": {
      const incident = text("incident");
      if (!chain.holds.release(incident)) throw new AgentError("error.evidence.no_hold", { id: incident });
      chain.append("hold", { incident, by: text("by"), reason: text("purpose"), released: true });
      return;
    }
    default:
      throw new AgentError("error.internal", { reason: "an unknown wish about the evidence" });
  }
}

/** Plain values that a command says of what was done; nothing where it is not that. */
function detailsOf(text: string | null): Record<string, string | number | boolean> {
  if (text === null || text.length > MAX_DETAILS) return {};
  try {
    const entries = Object.entries(JSON.parse(text) as object).slice(0, MAX_FIELDS);
    return Object.fromEntries(
      entries.filter(
        ([name, value]) => !RESERVED.has(name) && ["string", "number", "boolean"].includes(typeof value),
      ),
    );
  } catch {
    return {};
  }
}
