/**
 * The extensions of a hello as the EVE list `extensions` of Suricata's QUIC records: names from IANA's registry of TLS
 * extensions, and the values of four of them. The cold path. Bound: MAX_EXTENSIONS extensions, MAX_VALUES values each.
 */
import { readUint16 } from "../../wire/big-endian.js";
import { eveText } from "../eve-text.js";
import type { HelloView } from "../tls/hello.js";
import { Extension } from "../tls/tls-constants.js";

const MAX_EXTENSIONS = 128;
const MAX_VALUES = 256;
const EXTENSION_HEADER_BYTES = 4;

/** By their numbers from 0 on; empty where none is assigned. */
const NAMES: readonly string[] =
  `server_name max_fragment_length client_certificate_url trusted_ca_keys truncated_hmac status_request user_mapping client_authz server_authz cert_type supported_groups ec_point_formats srp signature_algorithms use_srtp heartbeat alpn status_request_v2 signed_certificate_timestamp client_certificate_type server_certificate_type padding encrypt_then_mac extended_master_secret token_binding cached_info tls_lts compress_certificate record_size_limit pwd_protect pwd_clear password_salt ticket_pinning tls_cert_with_extern_psk delegated_credentials session_ticket tlmsp tlmsp_proxying tlmsp_delegate supported_ekt_ciphers  pre_shared_key early_data supported_versions cookie psk_key_exchange_modes  certificate_authorities oid_filters post_handshake_auth signature_algorithms_cert key_share transparency_info connection_id_deprecated connection_id external_id_hash external_session_id quic_transport_parameters ticket_request dnssec_chain`.split(
    " ",
  );
const FURTHER_NAMES: ReadonlyMap<number, string> = new Map([
  [13172, "next_protocol_negotiation"],
  [65281, "renegotiation_info"],
]);
const VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0300, "Ssl30"],
  [0x0301, "Tls10"],
  [0x0302, "Tls11"],
  [0x0303, "Tls12"],
  [0x0304, "Tls13"],
]);

interface EveExtension {
  readonly name?: string;
  readonly type: number;
  readonly values?: readonly string[];
}

/** The sound extensions of `hello`, whose bytes must still be there. */
export function describeExtensions(hello: HelloView): EveExtension[] {
  const { bytes, extensionsEnd } = hello;
  const extensions: EveExtension[] = [];
  let at = hello.extensionsOffset;
  while (at + EXTENSION_HEADER_BYTES <= extensionsEnd && extensions.length < MAX_EXTENSIONS) {
    const type = readUint16(bytes, at);
    const start = at + EXTENSION_HEADER_BYTES;
    const end = start + readUint16(bytes, at + 2);
    if (end > extensionsEnd) break;
    const name = NAMES[type] || FURTHER_NAMES.get(type);
    const values = valuesOf(hello, type, start, end);
    extensions.push({
      ...(name === undefined ? {} : { name }),
      type,
      ...(values.length === 0 ? {} : { values }),
    });
    at = end;
  }
  return extensions;
}

function valuesOf(hello: HelloView, type: number, start: number, end: number): string[] {
  const { bytes, isClient } = hello;
  switch (type) {
    case Extension.SERVER_NAME:
      return isClient ? texts(bytes, start + 2, end, 1, 2) : [];
    case Extension.ALPN:
      return texts(bytes, start + 2, end, 0, 1);
    case Extension.SIGNATURE_ALGORITHMS:
      return numbers(bytes, start + 2, end).map(String);
    case Extension.SUPPORTED_VERSIONS:
      return numbers(bytes, isClient ? start + 1 : start, end).map(versionName);
    default:
      return [];
  }
}

/** Texts with their length in `lengthBytes` in front, and before that `kindBytes` of something else. */
function texts(
  bytes: Uint8Array,
  from: number,
  end: number,
  kindBytes: number,
  lengthBytes: 1 | 2,
): string[] {
  const found: string[] = [];
  let at = from + kindBytes;
  while (at + lengthBytes <= end && found.length < MAX_VALUES) {
    const length = lengthBytes === 1 ? bytes[at]! : readUint16(bytes, at);
    const start = at + lengthBytes;
    if (start + length > end) break;
    found.push(eveText(bytes, start, length));
    at = start + length + kindBytes;
  }
  return found;
}

function numbers(bytes: Uint8Array, from: number, end: number): number[] {
  const found: number[] = [];
  for (let at = from; at + 2 <= end && found.length < MAX_VALUES; at += 2) found.push(readUint16(bytes, at));
  return found;
}

function versionName(version: number): string {
  return VERSIONS.get(version) ?? `TlsVersion(${version} / 0x${version.toString(16)})`;
}
