/**
 * Owns the guess at what a device is: the first sign that speaks decides, from what a device offers, over what it says of
 * its system, to who made it. A guess for people; nothing is decided by it.
 */
import type { DeviceKind } from "../base/device-kind.js";

export interface Signs {
  readonly services: readonly string[];
  readonly vendorClass: string;
  readonly model: string;
  readonly userAgents: readonly string[];
  readonly names: readonly string[];
  readonly vendor: string;
}

type Rule = readonly [kind: DeviceKind, pattern: RegExp];

const BY_SERVICE: readonly Rule[] = [
  ["printer", /(?:^| )(?:ipps?|printer|pdl-datastream|uscan|scanner)(?: |$)/],
  ["camera", /(?:^| )(?:rtsp|axis-video|onvif|networkvideotransmitter)(?: |$)/],
  ["network", /(?:^| )(?:internetgatewaydevice|wandevice|wlanaccesspointdevice)(?: |$)/],
  ["media", /(?:^| )(?:googlecast|mediarenderer|airplay|raop|androidtvremote2?|spotify-connect)(?: |$)/],
];
const BY_SYSTEM: readonly Rule[] = [
  ["tablet", /\bipad/i],
  ["phone", /\biphone|\bandroid|\bdalvik/i],
  ["console", /\bnintendo|playstation|\bxbox/i],
  ["computer", /windows nt|^msft |\bmacintosh|^mac(?:book|mini|pro)?\b|\bx11; |\bmicrosoft-/i],
  ["printer", /\bjetdirect|hewlett-packard|\bprinter/i],
  ["voip", /\bsip\b|\bip ?phone|polycom|yealink|snom/i],
];
const BY_NAME: readonly Rule[] = [
  ["tablet", /\bipad|タブレット|tablet/i],
  ["phone", /\biphone|\bandroid|\bgalaxy|\bpixel|スマホ|携帯/i],
  ["printer", /printer|プリンタ|複合機|^(?:epson|brn|brw|npi|km|ricoh|canon)[0-9a-f]{4,}/i],
  ["computer", /^desktop-|^laptop-|[-_]pc\d*$|^pc[-_]|macbook|パソコン/i],
  ["storage", /\bnas\b|^ls\d+d|synology|qnap|terastation|linkstation/i],
  ["camera", /\bcam(?:era)?\b|カメラ/i],
];
const BY_VENDOR: readonly Rule[] = [
  [
    "printer",
    /^(?:seiko epson|canon|brother|ricoh|kyocera doc|xerox|fuji ?xerox|fujifilm business|konica|lexmark|sharp|oki electric)/i,
  ],
  ["camera", /^(?:hangzhou hikvision|zhejiang dahua|axis communications|i-pro|mobotix)/i],
  ["storage", /^(?:synology|qnap)/i],
  ["console", /^(?:nintendo|sony interactive)/i],
  ["voip", /^(?:yealink|polycom|snom|saxa|grandstream)/i],
  [
    "network",
    /^(?:yamaha|cisco|ubiquiti|aruba|fortinet|juniper|nec platforms|tp-link|netgear|allied telesis|ruckus|elecom|buffalo|i-o data|mikrotik|routerboard)/i,
  ],
  [
    "computer",
    /^(?:dell|hewlett packard|lenovo|fujitsu|panasonic connect|toshiba|dynabook|vaio|vmware|giga-byte|asrock|micro-star|liteon|intel corp)/i,
  ],
];

export function kindOf({ services, vendorClass, model, userAgents, names, vendor }: Signs): DeviceKind {
  const system = [vendorClass, model, ...userAgents];
  return (
    firstOf(BY_SERVICE, [services.join(" ")]) ??
    firstOf(BY_SYSTEM, system) ??
    firstOf(BY_NAME, names) ??
    firstOf(BY_VENDOR, [vendor]) ??
    "unknown"
  );
}

function firstOf(rules: readonly Rule[], texts: readonly string[]): DeviceKind | undefined {
  return rules.find(([, pattern]) => texts.some((text) => pattern.test(text)))?.[0];
}
