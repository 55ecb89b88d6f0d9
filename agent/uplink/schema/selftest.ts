/** Owns the message `up/selftest`: a self-test of the device. It is no incident and is not to be counted as one. */
import type { XStatic } from "typebox/schema";
import { numberedMessage } from "./envelope.js";
import { INCIDENT_SCHEMA } from "./incident.js";

export const SELFTEST_SCHEMA = numberedMessage(
  "selftest",
  "A self-test: the incident that a marked flow made, told to prove the way; nothing has happened",
  {
    type: "object",
    required: ["test", "interface", "incident"],
    properties: {
      test: { type: "string", maxLength: 64, description: "Id of the test." },
      interface: { type: "string", maxLength: 64, description: "Where its flow was seen." },
      incident: INCIDENT_SCHEMA.properties.data,
    },
  } as const,
);

export type SelfTestMessage = XStatic<typeof SELFTEST_SCHEMA>;
