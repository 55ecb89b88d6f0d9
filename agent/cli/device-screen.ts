/** Owns what `sekisho devices` and `sekisho device` print: eighty columns, strangers' words made safe for a terminal. */
import { deviceFacts } from "../base/device-facts.js";
import { type Language, type MessageKey, translate } from "../base/language.js";
import { localTime } from "../base/local-time.js";
import { clipText, displayWidth, printable, SCREEN_COLUMNS, wrapText } from "../base/text-layout.js";
import type { DeviceCard, Seen } from "../device/card.js";
import type { Incident } from "../incident/incident.js";
import { incidentRow } from "./incident-screen.js";

const ADDRESS_COLUMNS = 16;
const MAC_COLUMNS = 18;
const LABEL_COLUMNS = 15;
const MAX_INCIDENTS = 5;

/** One line: address, MAC, what it is called, what it is, whose. */
export function deviceRow(card: DeviceCard, language: Language): string {
  const { addresses, macAddress, name, kind, vendor, isPrivateMac, label } = card;
  const facts = [
    name ?? translate(language, "device.unnamed"),
    ...(kind === "unknown" ? [] : [translate(language, `device.kind.${kind}`)]),
    ...(vendor === undefined ? [] : [vendor]),
    ...(isPrivateMac ? [translate(language, "device.private")] : []),
    ...[label?.owner, label?.room].filter((text) => text !== undefined),
  ];
  const address = (addresses[0]?.value ?? "-").padEnd(ADDRESS_COLUMNS - 1);
  const head = `${address} ${(macAddress ?? "-").padEnd(MAC_COLUMNS)}`;
  return clipText(printable(head + facts.join(", ")), SCREEN_COLUMNS);
}

/** All that is known of a device, and its incidents, in lines. */
export function deviceSheet(card: DeviceCard, incidents: readonly Incident[], language: Language): string[] {
  const { addresses, macAddresses, names, dhcp, model, userAgents, services, peers, label } = card;
  const moment = (at: string): string => localTime(Date.parse(at), language);
  const spans = (list: readonly Seen[]): string[] =>
    list.map(({ value, firstSeen, lastSeen }) => `${value}  ${moment(firstSeen)} – ${moment(lastSeen)}`);
  const told = Object.entries(names).map(([source, name]) => `${name} (${source})`);
  const dhcpTexts = [dhcp?.vendorClass, dhcp?.clientId, dhcp?.parameters].filter(
    (text) => text !== undefined,
  );
  const rows: [string, readonly string[]][] = [
    ...deviceFacts({ ...card, ...label }, language).map(({ name, value }): [string, string[]] => [
      name,
      [value],
    ]),
    row("device.fact.id", [card.id]),
    row("device.fact.names", [told.join(", ")]),
    row("device.fact.model", [model ?? ""]),
    row("device.fact.addresses", spans(addresses)),
    row("device.fact.macs", spans(macAddresses.slice(1))),
    row("device.fact.dhcp", [dhcpTexts.join("; ")]),
    row("device.fact.agents", userAgents),
    row("device.fact.services", [services.join(" ")]),
    row("device.fact.peers", [peers.join(" ")]),
    row("device.fact.first", [moment(card.firstSeen)]),
    row("device.fact.last", [moment(card.lastSeen)]),
  ];
  const title = `${card.name ?? translate(language, "device.unnamed")}  ${addresses[0]?.value ?? ""}`;
  const lines = [clipText(printable(title), SCREEN_COLUMNS), ""];
  const indent = " ".repeat(LABEL_COLUMNS);
  for (const [name, texts] of rows) {
    const head = name + " ".repeat(Math.max(1, LABEL_COLUMNS - displayWidth(name)));
    for (const [index, text] of texts.filter((one) => one !== "").entries())
      lines.push(wrapText(printable(text), SCREEN_COLUMNS, index === 0 ? head : indent, indent));
  }
  if (incidents.length > 0) {
    lines.push("", `${translate(language, "device.fact.incidents")}:`);
    for (const incident of incidents.slice(0, MAX_INCIDENTS)) lines.push(incidentRow(incident, language));
  }
  return lines;

  function row(key: MessageKey, texts: readonly string[]): [string, readonly string[]] {
    return [translate(language, key), texts];
  }
}
