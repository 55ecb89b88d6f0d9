/** What the control socket is asked about incidents: those last touched. */
import { jsonAnswer, type Routes } from "./onsite/control-server.js";
import { INCIDENTS_PATH, MAX_INCIDENTS_ANSWERED } from "./onsite/incident-questions.js";
import type { Store } from "./store/store.js";

export function incidentRoutes(store: Store): Routes {
  return {
    [INCIDENTS_PATH]: async (params) => {
      const after = wholeNumber(params.get("after"));
      const limit = Math.min(
        wholeNumber(params.get("limit")) || MAX_INCIDENTS_ANSWERED,
        MAX_INCIDENTS_ANSWERED,
      );
      const stored = await store.recentIncidents(limit);
      return jsonAnswer(
        stored
          .filter(({ number }) => number > after)
          .map(({ number, payload }) => ({ number, incident: JSON.parse(payload) as unknown })),
      );
    },
  };
}

function wholeNumber(text: string | null): number {
  return /^\d{1,15}$/.test(text ?? "") ? Number(text) : 0;
}
