/**
 * The EVE `snmp` object of a message: version, PDU type, error, trap, variable names. The cold path.
 *
 * Bound: MAX_VARIABLES names.
 */

import { formatIpv4 } from "../../../base/address.js";
import { readUint32 } from "../../wire/big-endian.js";
import { DerElement, DerRead, DerTag } from "../asn1/der.js";
import { eveText } from "../eve-text.js";
import { type SnmpMessage, SnmpPdu } from "./message.js";
import { objectIdentifierText } from "./object-identifier.js";

const MAX_VARIABLES = 128;

const PDU_NAMES: readonly string[] = [
  "get_request",
  "get_next_request",
  "response",
  "set_request",
  "trap_v1",
  "get_bulk_request",
  "inform_request",
  "trap_v2",
  "report",
];

const ERROR_NAMES: readonly string[] = [
  "NoError",
  "TooBig",
  "NoSuchName",
  "BadValue",
  "ReadOnly",
  "GenErr",
  "NoAccess",
  "WrongType",
  "WrongLength",
  "WrongEncoding",
  "WrongValue",
  "NoCreation",
  "InconsistentValue",
  "ResourceUnavailable",
  "CommitFailed",
  "UndoFailed",
  "AuthorizationError",
  "NotWritable",
  "InconsistentName",
];

const TRAP_NAMES: readonly string[] = [
  "ColdStart",
  "WarmStart",
  "LinkDown",
  "LinkUp",
  "AuthenticationFailure",
  "EgpNeighborLoss",
  "EnterpriseSpecific",
];

const PDU_GET_BULK = 5;

/** `version`: that of the flow's first message, which is what Suricata writes. */
export function describeSnmp(message: SnmpMessage, version: number): Record<string, unknown> {
  const snmp: Record<string, unknown> = { version };
  if (message.isEncrypted) {
    snmp.pdu_type = "encrypted";
    return snmp;
  }
  if (message.pduType >= 0) {
    snmp.pdu_type = PDU_NAMES[message.pduType] ?? `Unknown(0x${message.pduType.toString(16)})`;
    if (message.pduType === SnmpPdu.TRAP_V1) describeTrap(message, snmp);
    else describePdu(message, snmp);
  }
  const { bytes } = message;
  if (message.communityLength >= 0) {
    snmp.community = eveText(bytes, message.communityOffset, message.communityLength);
  }
  if (message.userLength >= 0) snmp.usm = eveText(bytes, message.userOffset, message.userLength);
  return snmp;
}

/** Request id, error status, error index, variables. */
function describePdu(
  { bytes, pduOffset, pduEnd, pduType }: SnmpMessage,
  snmp: Record<string, unknown>,
): void {
  const element = new DerElement();
  let at = pduOffset;
  for (let i = 0; i < 3; i++) {
    if (!element.expect(bytes, at, pduEnd, DerTag.INTEGER)) return;
    at = element.contentEnd;
    if (i !== 1 || pduType === PDU_GET_BULK) continue;
    const status = element.contentLength === 1 ? bytes[element.contentOffset]! : 0;
    if (status !== 0) snmp.error = ERROR_NAMES[status] ?? String(status);
  }
  addVariables(bytes, at, pduEnd, snmp);
}

/** Enterprise, agent address, generic and specific trap, time stamp, variables. */
function describeTrap({ bytes, pduOffset, pduEnd }: SnmpMessage, snmp: Record<string, unknown>): void {
  const element = new DerElement();
  if (!element.expect(bytes, pduOffset, pduEnd, DerTag.OBJECT_IDENTIFIER)) return;
  const oid = objectIdentifierText(bytes, element.contentOffset, element.contentEnd);
  if (element.read(bytes, element.contentEnd, pduEnd) !== DerRead.OK || element.contentLength !== 4) return;
  const address = formatIpv4(readUint32(bytes, element.contentOffset));
  if (!element.expect(bytes, element.contentEnd, pduEnd, DerTag.INTEGER)) return;
  const generic = bytes[element.contentOffset] ?? 0;
  snmp.trap_type = TRAP_NAMES[generic] ?? String(generic);
  snmp.trap_oid = oid;
  snmp.trap_address = address;
  let at = element.contentEnd;
  for (let i = 0; i < 2; i++) {
    if (element.read(bytes, at, pduEnd) !== DerRead.OK) return;
    at = element.contentEnd;
  }
  addVariables(bytes, at, pduEnd, snmp);
}

function addVariables(bytes: Uint8Array, from: number, limit: number, snmp: Record<string, unknown>): void {
  const element = new DerElement();
  if (!element.expect(bytes, from, limit, DerTag.SEQUENCE)) return;
  const end = element.contentEnd;
  const names: string[] = [];
  let at = element.contentOffset;
  while (names.length < MAX_VARIABLES && element.expect(bytes, at, end, DerTag.SEQUENCE)) {
    at = element.contentEnd;
    if (!element.expect(bytes, element.contentOffset, element.contentEnd, DerTag.OBJECT_IDENTIFIER)) break;
    names.push(objectIdentifierText(bytes, element.contentOffset, element.contentEnd));
  }
  if (names.length > 0) snmp.vars = names;
}
