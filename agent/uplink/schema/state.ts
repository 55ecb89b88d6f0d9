/**
 * Owns the retained message `up/state`: whether a device is connected. Birth, refresh and last will share it.
 *
 * A will may arrive late, after the birth of a newer connection. Within a `run` `session` orders them, between runs the
 * `boot` of their ledger: a state is news where it is not lower than the one known. An agent whose store cannot be opened
 * knows no ledger and no boot (empty, 0): its run is told apart all the same, and takes its boot on when it learns it. Brokers keep whichever came last, so the device
 * repeats its state with every health message, and a late will is overwritten within a minute.
 */
import type { XStatic } from "typebox/schema";
import { liveMessage } from "./envelope.js";

export const STATE_SCHEMA = liveMessage("state", "State of a device (retained; also the last will)", {
  type: "object",
  required: ["status", "session"],
  properties: {
    status: {
      enum: ["online", "stopped", "lost"],
      description: "stopped: the agent was ended in order. lost: written by the broker as last will.",
    },
    run: {
      type: "string",
      pattern: "^[0-9a-f]{12}$",
      description: "Random, the same from start to end of the agent's process.",
    },
    session: { type: "integer", minimum: 1, description: "Rises by one with every connection of a boot." },
    protocol: { enum: [4, 5], description: "MQTT version in use; 4 is 3.1.1." },
    version: { type: "string", maxLength: 64, description: "Version of the agent." },
    lowestSeq: {
      type: ["integer", "null"],
      minimum: 1,
      description: "No number below it will be sent any more; null where it is not known.",
    },
  },
} as const);

export type StateMessage = XStatic<typeof STATE_SCHEMA>;
export type StateData = StateMessage["data"];
