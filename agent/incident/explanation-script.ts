/**
 * Owns which sentences an incident gets: by what its rule is about, who began, and how grave it is.
 */
import type { MessageKey } from "../base/language.js";
import type { Incident, IncidentDirection } from "./incident.js";
import type { Theme } from "./theme.js";

type OfficeDirection = Exclude<IncidentDirection, "transit">;

/** The sentences for one theme in one direction. */
export interface Script {
  readonly title: MessageKey;
  readonly meaning: MessageKey;
  readonly actions: readonly MessageKey[];
}

const CONTAIN: readonly MessageKey[] = [
  "incident.action.disconnect",
  "incident.action.keep_power",
  "incident.action.call",
  "incident.action.no_passwords",
];
const CONTAIN_LATERAL: readonly MessageKey[] = [...CONTAIN, "incident.action.others"];
const HARDEN: readonly MessageKey[] = [
  "incident.action.close_port",
  "incident.action.update",
  "incident.action.watch",
];
const ASK_AND_WATCH: readonly MessageKey[] = ["incident.action.ask_user", "incident.action.watch"];

const SUSPICIOUS: Readonly<Record<OfficeDirection, Script>> = {
  outbound: {
    title: "incident.title.suspicious.outbound",
    meaning: "incident.meaning.suspicious",
    actions: ASK_AND_WATCH,
  },
  inbound: {
    title: "incident.title.suspicious.inbound",
    meaning: "incident.meaning.answered",
    actions: HARDEN,
  },
  lateral: {
    title: "incident.title.suspicious.lateral",
    meaning: "incident.meaning.suspicious",
    actions: ASK_AND_WATCH,
  },
};

/** The same words for whatever a device of the office began. */
function fromInside(script: Script): Readonly<Record<OfficeDirection, Script>> {
  return { outbound: script, lateral: script, inbound: SUSPICIOUS.inbound };
}

/** The same words whoever began. */
function always(script: Script): Readonly<Record<OfficeDirection, Script>> {
  return { outbound: script, lateral: script, inbound: script };
}

const SCRIPTS: Readonly<Record<Theme, Readonly<Record<OfficeDirection, Script>>>> = {
  "command-and-control": {
    outbound: {
      title: "incident.title.command.contact",
      meaning: "incident.meaning.command",
      actions: CONTAIN,
    },
    inbound: {
      title: "incident.title.command.inbound",
      meaning: "incident.meaning.answered",
      actions: HARDEN,
    },
    lateral: {
      title: "incident.title.malware.lateral",
      meaning: "incident.meaning.lateral",
      actions: CONTAIN_LATERAL,
    },
  },
  malware: {
    outbound: {
      title: "incident.title.malware.contact",
      meaning: "incident.meaning.malware",
      actions: CONTAIN,
    },
    inbound: {
      title: "incident.title.malware.inbound",
      meaning: "incident.meaning.answered",
      actions: HARDEN,
    },
    lateral: {
      title: "incident.title.malware.lateral",
      meaning: "incident.meaning.lateral",
      actions: CONTAIN_LATERAL,
    },
  },
  phishing: fromInside({
    title: "incident.title.phishing",
    meaning: "incident.meaning.phishing",
    actions: ["incident.action.ask_page", "incident.action.change_passwords", "incident.action.call"],
  }),
  "coin-mining": fromInside({
    title: "incident.title.mining",
    meaning: "incident.meaning.mining",
    actions: ["incident.action.ask_user", "incident.action.virus_scan", "incident.action.call"],
  }),
  "unwanted-program": fromInside({
    title: "incident.title.unwanted",
    meaning: "incident.meaning.unwanted",
    actions: ["incident.action.remove_program", "incident.action.virus_scan", "incident.action.watch"],
  }),
  intrusion: always({
    title: "incident.title.intrusion",
    meaning: "incident.meaning.intrusion",
    actions: CONTAIN,
  }),
  attack: {
    outbound: {
      title: "incident.title.attack.outbound",
      meaning: "incident.meaning.attack",
      actions: CONTAIN,
    },
    inbound: {
      title: "incident.title.attack.inbound",
      meaning: "incident.meaning.answered",
      actions: HARDEN,
    },
    lateral: {
      title: "incident.title.attack.lateral",
      meaning: "incident.meaning.lateral",
      actions: CONTAIN_LATERAL,
    },
  },
  scan: {
    outbound: { title: "incident.title.scan.outbound", meaning: "incident.meaning.attack", actions: CONTAIN },
    inbound: { title: "incident.title.scan.inbound", meaning: "incident.meaning.answered", actions: HARDEN },
    lateral: {
      title: "incident.title.scan.lateral",
      meaning: "incident.meaning.lateral",
      actions: CONTAIN_LATERAL,
    },
  },
  "denial-of-service": {
    outbound: {
      title: "incident.title.overload.outbound",
      meaning: "incident.meaning.overload.outbound",
      actions: CONTAIN,
    },
    inbound: {
      title: "incident.title.overload.inbound",
      meaning: "incident.meaning.overload.inbound",
      actions: ["incident.action.provider", "incident.action.close_port", "incident.action.watch"],
    },
    lateral: {
      title: "incident.title.overload.lateral",
      meaning: "incident.meaning.overload.outbound",
      actions: CONTAIN_LATERAL,
    },
  },
  policy: fromInside({
    title: "incident.title.policy",
    meaning: "incident.meaning.policy",
    actions: ["incident.action.ask_user", "incident.action.stop_service"],
  }),
  suspicious: SUSPICIOUS,
  information: always({
    title: "incident.title.information",
    meaning: "incident.meaning.information",
    actions: ["incident.action.none"],
  }),
  unclassified: SUSPICIOUS,
};

const TRANSIT: Script = {
  title: "incident.title.transit",
  meaning: "incident.meaning.transit",
  actions: ["incident.action.office_network", "incident.action.watch"],
};

/** More telling titles where it is known how the device did it. */
export const TITLE_BY_PROTOCOL: Readonly<Record<string, Readonly<Partial<Record<MessageKey, MessageKey>>>>> =
  {
    dns: {
      "incident.title.command.contact": "incident.title.command.lookup",
      "incident.title.malware.contact": "incident.title.malware.lookup",
      "incident.title.suspicious.outbound": "incident.title.suspicious.lookup",
    },
    http: { "incident.title.malware.contact": "incident.title.malware.web" },
  };

/** The sentences for an incident, before the device and the verdict are looked at. */
export function scriptFor(incident: Incident): Script {
  const { direction, theme, isAnswered } = incident;
  if (direction === "transit") return TRANSIT;
  const script = SCRIPTS[theme][direction];
  if (direction !== "inbound" || isAnswered || theme === "information") return script;
  return { title: script.title, meaning: "incident.meaning.refused", actions: ["incident.action.none"] };
}

/** What to do, the first thing first; never empty. */
export function actionKeys(incident: Incident, script: Script): readonly MessageKey[] {
  if (incident.verdict === "information" && incident.direction !== "transit") return ["incident.action.none"];
  // What is only to be watched must not send anybody to pull cables.
  const isDrastic = script.actions.includes("incident.action.disconnect");
  if (isDrastic && incident.verdict === "watch") return ASK_AND_WATCH;
  const { hostname, macAddress } = incident.insideHost;
  if (hostname !== undefined || incident.direction === "transit") return script.actions;
  return [macAddress === undefined ? "incident.action.find" : "incident.action.find.mac", ...script.actions];
}
