/**
 * The client's data blocks of an RDP connection (MS-RDPBCGR 2.2.1.3): core data (screen, keyboard, build, name, capabilities)
 * and the names of its channels, as the EVE objects `client` and `channels`. The cold path.
 *
 * The parts at the end of the core data are optional, each only where the one before it is there and has a value the
 * specification knows. Refuses blocks that reach beyond the conference request. At most MAX_BLOCKS blocks and MAX_CHANNELS channels.
 */
import { readUint16Le, readUint32Le } from "../../wire/little-endian.js";
import { eveText } from "../eve-text.js";
import { asciiOctets, hasPrefix, indexOfOctet } from "../octets.js";
import { localeName, windowsName } from "./windows-names.js";

type EveObject = Record<string, unknown>;

/** In front of the client's data blocks in the T.124 conference request. */
const CLIENT_DATA_KEY = asciiOctets("Duca");
const BLOCK_HEADER_BYTES = 4;
const BLOCK_CORE = 0xc001;
const BLOCK_NETWORK = 0xc003;
/** Up to the name of the input method: what core data has at least. */
const CORE_MIN_BYTES = 132;
const CHANNEL_BYTES = 12;
const CHANNEL_NAME_BYTES = 8;
const MAX_CHANNELS = 31;
const MAX_BLOCKS = 32;

const UNKNOWN = "unknown";
const VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x80001, "v4"],
  [0x80004, "v5"],
  ...Array.from({ length: 8 }, (_, minor): [number, string] => [0x80005 + minor, `v10.${minor}`]),
]);
const KEYBOARD_TYPES: readonly string[] = ["", "xt", "ico", "at", "enhanced", "1050", "9140", "jp"];
/** RNS_UD_COLOR_… of the first two depths. */
const COLOR_DEPTHS: ReadonlyMap<number, number> = new Map([
  [0xca00, 4],
  [0xca01, 8],
  [0xca02, 15],
  [0xca03, 16],
  [0xca04, 24],
]);
const LAST_BASIC_DEPTH = 0xca01;
const HIGH_COLOR_DEPTHS: ReadonlySet<number> = new Set([0, 4, 8, 15, 16, 24]);
const KNOWN_DEPTH_BITS = 0xf;
const CAPABILITIES: readonly (readonly [number, string])[] = [
  [0x1, "support_errinfo_pdf"],
  [0x2, "want_32bpp_session"],
  [0x4, "support_statusinfo_pdu"],
  [0x8, "strong_asymmetric_keys"],
  [0x20, "valid_connection_type"],
  [0x40, "support_monitor_layout_pdu"],
  [0x80, "support_netchar_autodetect"],
  [0x100, "support_dynvc_gfx_protocol"],
  [0x200, "support_dynamic_time_zone"],
  [0x400, "support_heartbeat_pdu"],
];
const KNOWN_CAPABILITY_BITS = 0x7ff;
const CONNECTION_HINTS: readonly string[] = [
  "",
  "modem",
  "low_broadband",
  "satellite",
  "high_broadband",
  "wan",
  "lan",
  "autodetect",
];
const KNOWN_PROTOCOL_BITS = 0xf;
const ORIENTATIONS: ReadonlySet<number> = new Set([0, 90, 180, 270]);
const DEVICE_SCALES: ReadonlySet<number> = new Set([100, 140, 180]);

/** `client` and `channels` of the X.224 TPDU `[start, end)` with an MCS connect request. */
export function describeClientData(bytes: Uint8Array, start: number, end: number): EveObject {
  let at = start;
  while (at < end && !hasPrefix(bytes, at, end, CLIENT_DATA_KEY)) at++;
  at += CLIENT_DATA_KEY.length;
  if (at >= end) return {};
  // A PER length of one or two bytes, then blocks of type and length, little-endian.
  const isLong = (bytes[at]! & 0x80) !== 0;
  const length = isLong ? ((bytes[at]! & 0x3f) << 8) | (bytes[at + 1] ?? 0) : bytes[at]!;
  at += isLong ? 2 : 1;
  const blocksEnd = Math.min(end, at + length);
  const described: EveObject = {};
  for (let i = 0; i < MAX_BLOCKS && at + BLOCK_HEADER_BYTES <= blocksEnd; i++) {
    const blockBytes = readUint16Le(bytes, at + 2);
    if (blockBytes < BLOCK_HEADER_BYTES || at + blockBytes > blocksEnd) break;
    const type = readUint16Le(bytes, at);
    if (type === BLOCK_CORE && blockBytes >= CORE_MIN_BYTES) {
      described.client = coreData(bytes, at, at + blockBytes);
    } else if (type === BLOCK_NETWORK && blockBytes >= 8) {
      const channels = channelNames(bytes, at + 4, at + blockBytes);
      if (channels.length > 0) described.channels = channels;
    }
    at += blockBytes;
  }
  return described;
}

function coreData(bytes: Uint8Array, at: number, end: number): EveObject {
  const client: EveObject = {
    version: VERSIONS.get(readUint32Le(bytes, at + 4)) ?? UNKNOWN,
    desktop_width: readUint16Le(bytes, at + 8),
    desktop_height: readUint16Le(bytes, at + 10),
  };
  const layout: EveObject = {
    keyboard_layout: localeName(readUint32Le(bytes, at + 16)) ?? UNKNOWN,
    build: windowsName(readUint32Le(bytes, at + 20)) ?? UNKNOWN,
  };
  addText(layout, "client_name", bytes, at + 24, 32);
  const keyboard = readUint32Le(bytes, at + 56);
  if (keyboard > 0 && keyboard < KEYBOARD_TYPES.length) layout.keyboard_type = KEYBOARD_TYPES[keyboard];
  addNumber(layout, "keyboard_subtype", readUint32Le(bytes, at + 60));
  addNumber(layout, "function_keys", readUint32Le(bytes, at + 64));
  addText(layout, "ime", bytes, at + 68, 64);
  const basicDepth = readUint16Le(bytes, at + 12);
  const rest = optionalData(bytes, at + CORE_MIN_BYTES, end, layout);
  const depth = rest || (basicDepth <= LAST_BASIC_DEPTH ? COLOR_DEPTHS.get(basicDepth) : undefined);
  if (depth !== undefined) client.color_depth = depth;
  return Object.assign(client, layout);
}

/** What may follow the fixed part; the answer is the depth of colours it names, 0 without one. */
function optionalData(bytes: Uint8Array, from: number, end: number, client: EveObject): number {
  let at = from;
  const has = (count: number): boolean => at + count <= end;
  if (!has(2)) return 0;
  const secondDepth = readUint16Le(bytes, at);
  if (secondDepth !== 0 && !COLOR_DEPTHS.has(secondDepth)) return 0;
  let depth = COLOR_DEPTHS.get(secondDepth) ?? 0;
  at += 2;
  if (!has(2)) return depth;
  client.product_id = readUint16Le(bytes, at);
  at += 2;
  if (!has(4)) return depth;
  addNumber(client, "serial_number", readUint32Le(bytes, at));
  at += 4;
  if (!has(2)) return depth;
  const highDepth = readUint16Le(bytes, at);
  if (!HIGH_COLOR_DEPTHS.has(highDepth)) return depth;
  depth = highDepth || depth;
  at += 2;
  if (!has(2) || readUint16Le(bytes, at) > KNOWN_DEPTH_BITS) return depth;
  at += 2;
  if (!has(2)) return depth;
  const capabilities = readUint16Le(bytes, at);
  if (capabilities > KNOWN_CAPABILITY_BITS) return depth;
  if (capabilities !== 0) {
    client.capabilities = CAPABILITIES.filter(([bit]) => (capabilities & bit) !== 0).map(([, name]) => name);
  }
  at += 2;
  if (!has(64)) return depth;
  addText(client, "id", bytes, at, 64);
  at += 64;
  if (!has(2)) return depth;
  const hint = bytes[at]!;
  if (hint >= CONNECTION_HINTS.length) return depth;
  if (hint !== 0) client.connection_hint = CONNECTION_HINTS[hint];
  at += 2;
  if (!has(4) || readUint32Le(bytes, at) > KNOWN_PROTOCOL_BITS) return depth;
  screenData(bytes, at + 4, end, client);
  return depth;
}

/** Size in millimetres, orientation and scales of the screen, as far as they are there and possible. */
function screenData(bytes: Uint8Array, at: number, end: number, client: EveObject): void {
  if (at + 4 > end || !isMillimetres(readUint32Le(bytes, at))) return;
  client.physical_width = readUint32Le(bytes, at);
  if (at + 8 > end || !isMillimetres(readUint32Le(bytes, at + 4))) return;
  client.physical_height = readUint32Le(bytes, at + 4);
  if (at + 10 > end || !ORIENTATIONS.has(readUint16Le(bytes, at + 8))) return;
  client.desktop_orientation = readUint16Le(bytes, at + 8);
  if (at + 14 > end) return;
  const scale = readUint32Le(bytes, at + 10);
  if (scale < 100 || scale > 500) return;
  client.scale_factor = scale;
  if (at + 18 > end || !DEVICE_SCALES.has(readUint32Le(bytes, at + 14))) return;
  client.device_scale_factor = readUint32Le(bytes, at + 14);
}

function isMillimetres(value: number): boolean {
  return value >= 10 && value <= 10_000;
}

/** A count, then twelve bytes each: a name of eight, then options. */
function channelNames(bytes: Uint8Array, from: number, end: number): string[] {
  const channels: string[] = [];
  const count = Math.min(readUint32Le(bytes, from), MAX_CHANNELS);
  for (let at = from + 4; at + CHANNEL_BYTES <= end && channels.length < count; at += CHANNEL_BYTES) {
    const zero = indexOfOctet(bytes, 0, at, at + CHANNEL_NAME_BYTES);
    channels.push(eveText(bytes, at, zero < 0 ? CHANNEL_NAME_BYTES : zero - at));
  }
  return channels;
}

function addNumber(eve: EveObject, key: string, value: number): void {
  if (value !== 0) eve[key] = value;
}

/** UTF-16LE up to a zero character; nothing where it is empty. */
function addText(eve: EveObject, key: string, bytes: Uint8Array, at: number, length: number): void {
  let text = "";
  for (let i = 0; i + 1 < length; i += 2) {
    const unit = readUint16Le(bytes, at + i);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  if (text !== "") eve[key] = text;
}
