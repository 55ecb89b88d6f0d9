/**
 * Owns what an incident says to the person who reads it: which device, what was seen, what that means, what to do
 * first. Written for an office worker or the technician on the phone; every sentence is in the message catalogue.
 */
import { type Language, type MessageKey, type MessageParams, translate } from "../base/language.js";
import type { Device, Incident, IncidentDirection, Peers, Remote } from "./incident.js";
import type { Theme } from "./theme.js";

export interface Explanation {
  readonly title: string;
  readonly verdict: string;
  readonly direction: string;
  /** The device it is about, with its name if that is known. */
  readonly device: string;
  readonly seen: string;
  /** When it was seen, in the reader's time zone. */
  readonly when: string;
  readonly meaning: string;
  /** What to do, the first thing first; never empty. */
  readonly actions: readonly string[];
}

/** The sentences for one theme in one direction. */
interface Script {
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

const SUSPICIOUS: Readonly<Record<Exclude<IncidentDirection, "transit">, Script>> = {
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

/** The same words whoever began. */
function always(script: Script): Readonly<Record<Exclude<IncidentDirection, "transit">, Script>> {
  return { outbound: script, inbound: script, lateral: script };
}

const SCRIPTS: Readonly<Record<Theme, Readonly<Record<Exclude<IncidentDirection, "transit">, Script>>>> = {
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
  phishing: always({
    title: "incident.title.phishing",
    meaning: "incident.meaning.phishing",
    actions: ["incident.action.ask_page", "incident.action.change_passwords", "incident.action.call"],
  }),
  "coin-mining": always({
    title: "incident.title.mining",
    meaning: "incident.meaning.mining",
    actions: ["incident.action.ask_user", "incident.action.virus_scan", "incident.action.call"],
  }),
  "unwanted-program": always({
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
  policy: always({
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
const TITLE_BY_PROTOCOL: Readonly<Record<string, Readonly<Partial<Record<MessageKey, MessageKey>>>>> = {
  dns: {
    "incident.title.command.contact": "incident.title.command.lookup",
    "incident.title.malware.contact": "incident.title.malware.lookup",
    "incident.title.suspicious.outbound": "incident.title.suspicious.lookup",
  },
  http: { "incident.title.malware.contact": "incident.title.malware.web" },
};

const LISTED = 3;

/**
 * Explain an incident.
 *
 * @param timeZone IANA name; the system's own if left out
 */
export function explain(incident: Incident, language: Language, timeZone?: string): Explanation {
  const script = scriptFor(incident);
  const params = paramsFor(incident, language);
  const say = (key: MessageKey): string => translate(language, key, params);
  const title = TITLE_BY_PROTOCOL[incident.applicationProtocol ?? ""]?.[script.title] ?? script.title;
  return {
    title: say(title),
    verdict: say(`incident.verdict.${incident.verdict}`),
    direction: say(`incident.direction.${incident.direction}`),
    device: String(params.device),
    seen: seenKeys(incident)
      .map(say)
      .join(language === "en" ? " " : ""),
    when: whenText(incident, language, timeZone),
    meaning: say(script.meaning),
    actions: actionKeys(incident, script).map(say),
  };
}

function scriptFor(incident: Incident): Script {
  const { direction, theme, isAnswered } = incident;
  if (direction === "transit") return TRANSIT;
  const script = SCRIPTS[theme][direction];
  if (direction !== "inbound" || isAnswered || theme === "information") return script;
  return { title: script.title, meaning: "incident.meaning.refused", actions: ["incident.action.none"] };
}

function actionKeys(incident: Incident, script: Script): readonly MessageKey[] {
  if (incident.verdict === "information" && incident.direction !== "transit") return ["incident.action.none"];
  // What is only to be watched must not send anybody to pull cables.
  const isDrastic = script.actions.includes("incident.action.disconnect");
  if (isDrastic && incident.verdict === "watch") return ASK_AND_WATCH;
  const { hostname, macAddress } = incident.insideHost;
  if (hostname !== undefined || incident.direction === "transit") return script.actions;
  return [macAddress === undefined ? "incident.action.find" : "incident.action.find.mac", ...script.actions];
}

function seenKeys(incident: Incident): readonly MessageKey[] {
  const { scope } = incident;
  return scope === "many-inside-hosts" ? [seenKey(incident), "incident.seen.hosts"] : [seenKey(incident)];
}

function seenKey(incident: Incident): MessageKey {
  const { applicationProtocol, direction, evidence, isAnswered, ports, scope } = incident;
  if (ports.length === 0) return "incident.seen.exchange";
  if (direction === "inbound") return isAnswered ? "incident.seen.answered" : "incident.seen.refused";
  if (applicationProtocol === "dns" && incident.remotes.named[0]?.name !== undefined)
    return "incident.seen.lookup";
  if (scope === "many-remotes") return "incident.seen.many";
  if (applicationProtocol === "tls") return "incident.seen.tls";
  if (evidence.some(({ kind }) => kind === "http.url")) return "incident.seen.http";
  return "incident.seen.connection";
}

function paramsFor(incident: Incident, language: Language): MessageParams {
  const { evidence, id, insideHost, insideHosts, remotes } = incident;
  const urls = evidence.filter(({ kind }) => kind === "http.url").map(({ value }) => value);
  const deviceNames = insideHosts.named.map((device) => deviceName(device, language));
  const isManyHosts = incident.scope === "many-inside-hosts";
  return {
    id,
    device: deviceName(insideHost, language),
    address: insideHost.address,
    mac: insideHost.macAddress ?? "",
    remote: remoteName(remotes.named[0]),
    remotes: list(remotes.named.map(remoteName), remotes.count, language),
    urls: list(urls, urls.length, language),
    devices: list(deviceNames, insideHosts.count, language),
    number: isManyHosts ? countText(insideHosts, language) : countText(remotes, language),
    ports: incident.ports.join(", "),
    count: incident.count,
  };
}

function deviceName({ address, hostname }: Device, language: Language): string {
  return hostname === undefined ? address : translate(language, "incident.device", { hostname, address });
}

function remoteName(remote: Remote | undefined): string {
  return remote?.name ?? remote?.address ?? "";
}

function countText({ count, isEstimate }: Peers<unknown>, language: Language): string {
  return isEstimate ? translate(language, "incident.number.about", { number: count }) : String(count);
}

/** The first few of `total`, and how many more there are. */
function list(names: readonly string[], total: number, language: Language): string {
  const shown = names.slice(0, LISTED).join(translate(language, "incident.list.separator"));
  const more = total - Math.min(names.length, LISTED);
  return more > 0 ? translate(language, "incident.list.more", { names: shown, number: more }) : shown;
}

function whenText(incident: Incident, language: Language, timeZone: string | undefined): string {
  const format = new Intl.DateTimeFormat(language === "ja" ? "ja-JP" : "en-GB", {
    dateStyle: "medium",
    timeStyle: "medium",
    ...(timeZone !== undefined && { timeZone }),
  });
  const first = format.format(new Date(incident.firstSeen));
  const last = format.format(new Date(incident.lastSeen));
  return translate(language, first === last ? "incident.when.once" : "incident.when.span", { first, last });
}
