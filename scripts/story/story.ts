/** The demo's capture: an office morning of fifteen minutes with one guest too many. The same bytes every time. */

import { writeFileSync } from "node:fs";
import { SECOND_US, tellOffice } from "./office-traffic.js";
import { BEACONS, COMMAND_LOOKUPS, DOWNLOAD_URI, OPEN_COMPUTER, tellPhone } from "./phone.js";
import { commandSite, computers, downloadSite, phone } from "./places.js";
import { ANDROID_DHCP, IMPLANT_AGENT } from "./programs.js";
import { Wire } from "./wire.js";

/** Monday, 16 November 2026, nine o'clock in Tokyo. */
const START_US = Date.UTC(2026, 10, 16, 0, 0, 0) * 1000;
/** PCs, storage, printer and the phone. */
const INSIDE_DEVICES = computers.length + 3;
const DURATION_US = 900 * SECOND_US;

/** What is in the capture, for whoever wants to check what was found in it. */
export interface StoryFacts {
  readonly frames: number;
  /** Times of the beginning and of the last frame, microseconds since the Unix epoch. */
  readonly startUs: number;
  readonly endUs: number;
  readonly phone: {
    readonly address: string;
    readonly mac: string;
    readonly hostName: string;
    readonly vendorClass: string;
  };
  readonly command: { readonly name: string; readonly address: string };
  readonly download: {
    readonly host: string;
    readonly address: string;
    readonly uri: string;
    readonly userAgent: string;
  };
  /** Addresses whose TCP port 445 the phone knocks at, and the one that lets it in. */
  readonly knockedAddresses: readonly string[];
  readonly openAddress: string;
  /** How often a rule for each of these should match: questions for the name, sessions, requests. */
  readonly commandLookups: number;
  readonly beacons: number;
  readonly downloads: number;
  /** Devices of the office that send something, the gateway not counted. */
  readonly insideDevices: number;
}

/** Write the capture to `path`. */
export function writeStory(path: string): StoryFacts {
  const wire = new Wire();
  tellOffice(wire, START_US, DURATION_US);
  tellPhone(wire, START_US);
  const { file, frames, endUs } = wire.capture();
  writeFileSync(path, file);
  return {
    frames,
    startUs: START_US,
    endUs,
    phone: {
      address: phone.address,
      mac: phone.mac,
      hostName: phone.name,
      vendorClass: ANDROID_DHCP.vendorClass,
    },
    command: { name: commandSite.name, address: commandSite.station.address },
    download: {
      host: downloadSite.name,
      address: downloadSite.station.address,
      uri: DOWNLOAD_URI,
      userAgent: IMPLANT_AGENT,
    },
    knockedAddresses: computers.map(({ address }) => address),
    openAddress: OPEN_COMPUTER.address,
    commandLookups: COMMAND_LOOKUPS,
    beacons: BEACONS,
    downloads: 1,
    insideDevices: INSIDE_DEVICES,
  };
}
