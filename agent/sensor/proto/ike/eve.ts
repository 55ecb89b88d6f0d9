/** The EVE `ike` object of a message. Key exchange and nonce are those of this message. The cold path. */

import { readUint32 } from "../../wire/big-endian.js";
import { hexText } from "../eve-text.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "../protocols.js";
import type { IkeMessage } from "./message.js";
import {
  ATTRIBUTE_NAMES,
  attributeValueName,
  notifyName,
  V2_ALGORITHMS,
  v1PayloadName,
  v2PayloadName,
} from "./names.js";
import { SaAttribute } from "./proposal.js";
import type { IkeState } from "./state.js";

const FLAG_V2_INITIATOR = 0x08;

type EveObject = Record<string, unknown>;

export function describeIke(ike: IkeMessage, state: IkeState, direction: DirectionId): EveObject {
  const { bytes, start } = ike;
  const described: EveObject = {
    version_major: ike.majorVersion,
    version_minor: ike.minorVersion,
    init_spi: hexText(bytes, start, 8),
    resp_spi: hexText(bytes, start + 8, 8),
    message_id: readUint32(bytes, start + 20),
    exchange_type: ike.exchangeType,
  };
  if (ike.majorVersion === 1) describeV1(ike, state, direction, described);
  else describeV2(ike, state, described);
  return described;
}

function describeV1(ike: IkeMessage, state: IkeState, direction: DirectionId, described: EveObject): void {
  const { bytes, transforms } = ike;
  Object.assign(described, attributes(state.chosen, 0, state.chosenLength));
  const proposals: EveObject[] = [];
  for (let i = 0; i < transforms.count; i++) {
    proposals.push(attributes(bytes, transforms.offset[i]!, transforms.offset[i]! + transforms.length[i]!));
  }
  if (direction === TO_CLIENT && proposals.length > 1) described.server_proposals = proposals;
  const payloads = new Set(ike.payloads.subarray(0, ike.payloadCount));
  described.payload = [...payloads].map(v1PayloadName).filter((name) => name !== undefined);
  const ikev1: EveObject = {};
  if (state.domainOfInterpretation >= 0) ikev1.doi = state.domainOfInterpretation;
  ikev1.encrypted_payloads = ike.isEncrypted;
  described.ikev1 = ikev1;
  if (ike.isEncrypted) return;
  const own: EveObject = {};
  if (ike.keyExchangeOffset >= 0) {
    own.key_exchange_payload = hexText(bytes, ike.keyExchangeOffset, ike.keyExchangeLength);
    own.key_exchange_payload_length = ike.keyExchangeLength;
  }
  if (ike.nonceOffset >= 0) {
    own.nonce_payload = hexText(bytes, ike.nonceOffset, ike.nonceLength);
    own.nonce_payload_length = ike.nonceLength;
  }
  if (direction === TO_SERVER && proposals.length > 0) own.proposals = proposals;
  ikev1.client = direction === TO_SERVER ? own : {};
  ikev1.server = direction === TO_CLIENT ? own : {};
  const { vendors } = ike;
  const ids = Array.from({ length: vendors.count }, (_, i) =>
    hexText(bytes, vendors.offset[i]!, vendors.length[i]!),
  );
  if (ids.length > 0) ikev1.vendor_ids = ids;
}

function describeV2(ike: IkeMessage, state: IkeState, described: EveObject): void {
  const isInitiator = (ike.flags & FLAG_V2_INITIATOR) !== 0;
  described.role = isInitiator ? "initiator" : "responder";
  if (!isInitiator) {
    for (const [type, member, names, initial] of V2_ALGORITHMS) {
      const algorithm = state.algorithms[type]! < 0 ? initial : state.algorithms[type]!;
      described[member] = names[algorithm] ?? `Unknown(${algorithm})`;
    }
  }
  described.payload = Array.from(ike.payloads.subarray(0, ike.payloadCount), v2PayloadName);
  const ikev2: EveObject = { errors: ike.errorCount };
  if (ike.notifyCount > 0) ikev2.notify = Array.from(ike.notifies.subarray(0, ike.notifyCount), notifyName);
  described.ikev2 = ikev2;
}

/** The attributes of one IKEv1 transform, with their raw values. */
function attributes(bytes: Uint8Array, from: number, end: number): EveObject {
  const attribute = new SaAttribute();
  const described: EveObject = {};
  for (let at = from; attribute.read(bytes, at, end); at = attribute.next) {
    const name = ATTRIBUTE_NAMES[attribute.type] ?? "unknown";
    described[name] = attributeValueName(attribute.type, attribute.shortValue);
    described[`${name}_raw`] = attribute.hasNumber
      ? attribute.number
      : hexText(bytes, attribute.dataOffset, attribute.dataLength);
  }
  return described;
}
