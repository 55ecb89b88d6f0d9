/** Owns the messages by which a monitor asks a device for something: `down/cmd/<name>`, answered by `up/result`. */
import type { XStatic } from "typebox/schema";
import { ENVELOPE_VERSION, numberedMessage } from "./envelope.js";

const id = {
  type: "string",
  minLength: 1,
  maxLength: 64,
  pattern: "^[A-Za-z0-9._-]+$",
  description:
    "Chosen by the monitor; the result carries it. A repeat is answered again and changes nothing.",
} as const;

export const COMMAND_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:sekisho:v1:down:cmd",
  title: "A monitor asks a device for something; the last level of the topic says for what",
  type: "object",
  required: ["v", "id"],
  properties: { v: { const: ENVELOPE_VERSION }, id },
} as const;

export const RESULT_SCHEMA = numberedMessage("result", "What became of a command", {
  type: "object",
  required: ["id", "command", "ok"],
  properties: {
    id,
    command: { type: "string", maxLength: 64, description: "Last level of the command's topic." },
    ok: { type: "boolean" },
    code: {
      enum: ["unknown_command", "failed"],
      description: "Why not: present where ok is false.",
    },
    reason: { type: "string", maxLength: 1024, description: "For a log, in English." },
  },
} as const);

export type CommandMessage = XStatic<typeof COMMAND_SCHEMA>;
export type ResultMessage = XStatic<typeof RESULT_SCHEMA>;
export type ResultData = ResultMessage["data"];
