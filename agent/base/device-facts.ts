/** What is known of a device as names and values in the reader's language: for the terminal, the page and the monitor alike. */
import type { DeviceKind } from "./device-kind.js";
import { type Language, type MessageKey, translate } from "./language.js";
import { isLocallyAdministered } from "./mac-address.js";

export interface DeviceFact {
  readonly name: string;
  readonly value: string;
}

/** The parts of a device that are told; whoever has more tells the rest. */
export interface KnownDevice {
  readonly macAddress?: string;
  readonly kind?: DeviceKind;
  readonly vendor?: string;
  readonly owner?: string;
  readonly room?: string;
  readonly port?: string;
}

export function deviceFacts(device: KnownDevice, language: Language): DeviceFact[] {
  const { macAddress, kind, vendor, owner, room, port } = device;
  const isKnown = kind !== undefined && kind !== "unknown";
  const rows: [MessageKey, string | undefined][] = [
    ["device.fact.kind", isKnown ? translate(language, `device.kind.${kind}`) : undefined],
    ["device.fact.vendor", vendor],
    ["device.fact.owner", owner],
    ["device.fact.room", room],
    ["device.fact.port", port],
    ["device.fact.mac", macAddress === undefined ? undefined : macText(macAddress, language)],
  ];
  return rows.flatMap(([key, value]) =>
    value === undefined ? [] : [{ name: translate(language, key), value }],
  );
}

function macText(mac: string, language: Language): string {
  return isLocallyAdministered(mac) ? translate(language, "device.fact.mac.private", { mac }) : mac;
}
