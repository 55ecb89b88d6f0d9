/** The EVE object `dcerpc` of a call, with Suricata's names. */

import { readUint16 } from "../../wire/big-endian.js";
import { hexText } from "../eve-text.js";
import { TO_CLIENT, TO_SERVER } from "../protocols.js";
import { BindResult, type DcerpcAssociation, INTERFACE_BYTES, UUID_BYTES } from "./association.js";
import { PDU_NAMES } from "./pdu.js";

export function describeDcerpc(association: DcerpcAssociation): Record<string, unknown> {
  const dcerpc: Record<string, unknown> = {};
  if (association.requestType >= 0) {
    dcerpc.request = PDU_NAMES[association.requestType];
    dcerpc.req = {
      ...(association.hasOperation ? { opnum: association.operation } : {}),
      frag_cnt: association.lastFragmentCounts[TO_SERVER],
      stub_data_size: association.stubBytes[TO_SERVER],
    };
  }
  if (association.responseType >= 0) {
    dcerpc.response = PDU_NAMES[association.responseType];
    dcerpc.res = {
      frag_cnt: association.lastFragmentCounts[TO_CLIENT],
      stub_data_size: association.stubBytes[TO_CLIENT],
    };
  } else {
    dcerpc.response = "UNREPLIED";
  }
  if (association.interfaceCount > 0) dcerpc.interfaces = describeInterfaces(association);
  dcerpc.call_id = association.callId;
  dcerpc.rpc_version = `5.${association.minorVersion}`;
  return dcerpc;
}

function describeInterfaces(association: DcerpcAssociation): Record<string, unknown>[] {
  const described: Record<string, unknown>[] = [];
  for (let i = 0; i < association.interfaceCount; i++) {
    const at = i * INTERFACE_BYTES;
    const bytes = association.interfaces;
    const result = association.results[i]!;
    described.push({
      uuid: uuidText(bytes, at),
      version: `${readUint16(bytes, at + UUID_BYTES)}.${readUint16(bytes, at + UUID_BYTES + 2)}`,
      ...(result === BindResult.NONE ? {} : { ack_result: result }),
    });
  }
  return described;
}

/** A UUID in network order as it is written: 8-4-4-4-12. */
export function uuidText(bytes: Uint8Array, at: number): string {
  const hex = hexText(bytes, at, UUID_BYTES);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
