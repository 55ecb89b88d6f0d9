/** How the programs of the story introduce themselves: TLS ClientHellos and user agents that differ as real ones do. */

import { TLS_1_2, TLS_1_3, type TlsClient } from "./tls-messages.js";

const MODERN_CIPHERS = [
  ...[0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8],
  ...[0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035],
];
const MODERN_SIGNATURES = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
/** Values that mean nothing and keep servers tolerant (RFC 8701); browsers put one first. */
const GREASE = 0x3a3a;

export const browser: TlsClient = {
  ciphers: [GREASE, ...MODERN_CIPHERS],
  groups: [GREASE, 29, 23, 24],
  signatures: MODERN_SIGNATURES,
  alpn: ["h2", "http/1.1"],
  version: TLS_1_3,
};

/** An older business application. */
export const businessClient: TlsClient = {
  ciphers: [0xc02c, 0xc02b, 0xc030, 0xc02f, 0xc024, 0xc023, 0xc00a, 0xc009, 0x009d, 0x009c],
  groups: [29, 23, 24],
  signatures: [0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203],
  alpn: ["http/1.1"],
  version: TLS_1_2,
};

export const phoneApp: TlsClient = {
  ciphers: [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8],
  groups: [29, 23, 24],
  signatures: MODERN_SIGNATURES,
  alpn: ["h2", "http/1.1"],
  version: TLS_1_3,
};

/** What is hidden in a "free" app: a small TLS library, no ALPN. */
export const implant: TlsClient = {
  ciphers: [0xc02b, 0xc02f, 0x009e, 0x009c],
  groups: [29, 23],
  signatures: [0x0403, 0x0401],
  alpn: [],
  version: TLS_1_2,
};

export const BROWSER_AGENT =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
export const UPDATE_AGENT = "ExampleUpdate/10.4 (Windows NT 10.0)";
export const PHONE_AGENT =
  "Mozilla/5.0 (Linux; Android 14; SM-A546) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";
export const IMPLANT_AGENT = "SyncAgent/0.1";

/** DHCP vendor classes and parameter lists by operating system. */
export const WINDOWS_DHCP = {
  vendorClass: "MSFT 5.0",
  parameters: [1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252],
};
export const ANDROID_DHCP = {
  vendorClass: "android-dhcp-14",
  parameters: [1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 114, 108],
};
