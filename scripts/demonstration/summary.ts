import { type Language, translate } from "#agent/base/language.js";
import { explainIncident } from "../monitor/explained.js";
import type { IncidentData } from "./outcome.js";

/** The plain words at the end: which device, what it did, and who is innocent. */
export function summarise(
  language: Language,
  incidents: readonly IncidentData[],
  deviceCount: number,
): readonly string[] {
  const serious = incidents.filter(
    ({ verdict, foldedInto }) => verdict === "act" && foldedInto === undefined,
  );
  const lines = ["", `== ${translate(language, "demo.result")}`];
  const addresses = new Set(serious.map(({ insideHost }) => insideHost.address));
  for (const address of addresses) {
    const own = serious.filter(({ insideHost }) => insideHost.address === address);
    const device =
      own.map(({ insideHost }) => insideHost).find(({ hostname }) => hostname !== undefined) ??
      own[0]!.insideHost;
    const mac = device.macAddress ?? "?";
    lines.push(translate(language, "demo.result.device", { name: device.hostname ?? "?", address, mac }));
    if (isLocallyAdministered(mac)) lines.push(translate(language, "demo.result.private_mac"));
    for (const incident of own) {
      const { title } = explainIncident(incident, language);
      lines.push(translate(language, "demo.result.incident", { title, count: incident.count }));
    }
  }
  lines.push(translate(language, "demo.result.innocent", { count: deviceCount - addresses.size }));
  return lines;
}

/** The second-lowest bit of the first octet: not given by a manufacturer (IEEE 802, locally administered). */
function isLocallyAdministered(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 2) !== 0;
}
