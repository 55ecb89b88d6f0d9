/**
 * The EVE `dns` object of a message, in the form of Suricata's alerts: `query`, a list with one object per question,
 * or `answer`, the version 2 answer with both `answers` and `grouped`. The cold path: the message is read again.
 *
 * Beyond Suricata 7: SVCB and HTTPS records as text (RFC 9460), and for mDNS the additional section, where the
 * addresses of devices stand.
 *
 * Bound: MAX_RECORDS records per section.
 */

import { readUint16, readUint32 } from "../../wire/big-endian.js";
import { addressText, eveText, hexText } from "../eve-text.js";
import type { MessageView } from "../message-view.js";
import { Protocol, TO_SERVER } from "../protocols.js";
import { DNS_HEADER_BYTES } from "./message.js";
import { DnsNameReader, ONE_NAME_BYTES } from "./name.js";
import { RecordType, recordTypeName, responseCodeName } from "./record-types.js";
import { serviceBindingText } from "./service-binding.js";

const MAX_RECORDS = 256;

type EveObject = Record<string, unknown>;

/** One answer; a TXT record has as many as it has strings. */
interface EveRecord extends EveObject {
  rrname: string;
  rrtype: string;
  ttl: number;
}

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [0x8000, "qr"],
  [0x0400, "aa"],
  [0x0200, "tc"],
  [0x0100, "rd"],
  [0x0080, "ra"],
  [0x0040, "z"],
];

export class DnsDescriber {
  readonly #names = new DnsNameReader(ONE_NAME_BYTES);
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  /** Where to read on; −1 after something malformed. */
  #at = 0;

  /** `transactionId`: counts the messages of the flow from 0. */
  describe(
    bytes: Uint8Array,
    start: number,
    end: number,
    message: MessageView,
    transactionId: number,
  ): EveObject {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#at = start + DNS_HEADER_BYTES;
    if (end - start < DNS_HEADER_BYTES) return {};
    if (message.direction === TO_SERVER) return { query: this.#queries(transactionId) };
    return { answer: this.#answer(message.protocol === Protocol.MDNS) };
  }

  #queries(transactionId: number): EveObject[] {
    const id = readUint16(this.#bytes, this.#start);
    const opcode = (readUint16(this.#bytes, this.#start + 2) >> 11) & 0xf;
    const queries: EveObject[] = [];
    for (let i = this.#count(4); i > 0; i--) {
      const question = this.#question();
      if (!question) break;
      queries.push({ type: "query", id, ...question, tx_id: transactionId, opcode });
    }
    return queries;
  }

  #answer(hasAdditionals: boolean): EveObject {
    const flags = readUint16(this.#bytes, this.#start + 2);
    const answer: EveObject = {
      version: 2,
      type: "answer",
      id: readUint16(this.#bytes, this.#start),
      flags: flags.toString(16),
    };
    for (const [bit, name] of FLAG_NAMES) {
      if ((flags & bit) !== 0) answer[name] = true;
    }
    answer.opcode = (flags >> 11) & 0xf;
    for (let i = this.#count(4); i > 0; i--) {
      const question = this.#question();
      if (!question) break;
      if (answer.rrname === undefined) Object.assign(answer, question);
    }
    answer.rcode = responseCodeName(flags & 0xf);
    const records = this.#section(6);
    if (records.length > 0) {
      answer.answers = records;
      answer.grouped = group(records);
    }
    const authorities = this.#section(8);
    if (authorities.length > 0) answer.authorities = authorities;
    const additionals = hasAdditionals ? this.#section(10) : [];
    if (additionals.length > 0) answer.additionals = additionals;
    return answer;
  }

  /** The record count at `at` of the header, bounded. */
  #count(at: number): number {
    return Math.min(readUint16(this.#bytes, this.#start + at), MAX_RECORDS);
  }

  #question(): { rrname: string; rrtype: string } | undefined {
    const rrname = this.#name(this.#end);
    if (rrname === undefined || this.#at + 4 > this.#end) return undefined;
    const rrtype = recordTypeName(readUint16(this.#bytes, this.#at));
    this.#at += 4;
    return { rrname, rrtype };
  }

  #section(countAt: number): EveRecord[] {
    const records: EveRecord[] = [];
    for (let i = this.#count(countAt); i > 0 && this.#at >= 0; i--) {
      const rrname = this.#name(this.#end);
      const head = this.#at;
      if (rrname === undefined || head + 10 > this.#end) break;
      const type = readUint16(this.#bytes, head);
      const dataEnd = head + 10 + readUint16(this.#bytes, head + 8);
      if (dataEnd > this.#end) break;
      this.#at = head + 10;
      const record: EveRecord = {
        rrname,
        rrtype: recordTypeName(type),
        ttl: readUint32(this.#bytes, head + 4),
      };
      if (type === RecordType.TXT) {
        for (const rdata of this.#strings(dataEnd)) records.push({ ...record, rdata });
      } else {
        const data = this.#at < dataEnd ? this.#data(type, dataEnd) : undefined;
        records.push(data ? { ...record, ...data } : record);
      }
      this.#at = dataEnd;
    }
    return records;
  }

  /** The data at hand, up to `limit`, as the member that Suricata gives it. */
  #data(type: number, limit: number): EveObject | undefined {
    const bytes = this.#bytes;
    const at = this.#at;
    switch (type) {
      case RecordType.A:
      case RecordType.AAAA:
        return { rdata: addressText(bytes, at, limit - at) };
      case RecordType.CNAME:
      case RecordType.NS:
      case RecordType.PTR:
        return { rdata: this.#name(limit) ?? "" };
      case RecordType.MX:
        this.#at = at + 2;
        return { rdata: this.#name(limit) ?? "" };
      case RecordType.NULL:
        return { rdata: eveText(bytes, at, limit - at) };
      case RecordType.SVCB:
      case RecordType.HTTPS: {
        if (at + 2 > limit) return undefined;
        this.#at = at + 2;
        const target = this.#name(limit);
        if (target === undefined) return undefined;
        return { rdata: serviceBindingText(bytes, readUint16(bytes, at), target, this.#at, limit) };
      }
      case RecordType.SOA:
        return this.#startOfAuthority(limit);
      case RecordType.SRV: {
        if (at + 6 > limit) return undefined;
        this.#at = at + 6;
        const name = this.#name(limit) ?? "";
        const srv = {
          priority: readUint16(bytes, at),
          weight: readUint16(bytes, at + 2),
          port: readUint16(bytes, at + 4),
        };
        return { srv: { ...srv, name } };
      }
      case RecordType.SSHFP:
        if (at + 2 > limit) return undefined;
        return {
          sshfp: {
            fingerprint: hexText(bytes, at + 2, limit - at - 2, ":"),
            algo: bytes[at],
            type: bytes[at + 1],
          },
        };
      default:
        return undefined;
    }
  }

  #startOfAuthority(limit: number): EveObject | undefined {
    const mname = this.#name(limit);
    const rname = mname === undefined ? undefined : this.#name(limit);
    const at = this.#at;
    if (mname === undefined || rname === undefined || at + 20 > limit) return undefined;
    const number = (index: number): number => readUint32(this.#bytes, at + 4 * index);
    const [serial, refresh, retry, expire, minimum] = [0, 1, 2, 3, 4].map(number);
    return { soa: { mname, rname, serial, refresh, retry, expire, minimum } };
  }

  #strings(limit: number): string[] {
    const strings: string[] = [];
    while (this.#at < limit && strings.length < MAX_RECORDS) {
      const at = this.#at + 1;
      const length = this.#bytes[this.#at]!;
      if (at + length > limit) break;
      strings.push(eveText(this.#bytes, at, length));
      this.#at = at + length;
    }
    return strings;
  }

  #name(limit: number): string | undefined {
    if (this.#at < 0) return undefined;
    this.#names.begin();
    this.#at = this.#names.read(this.#bytes, this.#at, limit, this.#start, this.#end, true);
    return this.#at < 0 ? undefined : eveText(this.#names.text, this.#names.offset, this.#names.length);
  }
}

/** The data of the answers by type. */
function group(records: readonly EveRecord[]): EveObject {
  const groups: Record<string, unknown[]> = {};
  for (const record of records) {
    const data = record.rdata ?? record.soa ?? record.srv ?? record.sshfp;
    if (data === undefined) continue;
    groups[record.rrtype] ??= [];
    groups[record.rrtype]!.push(data);
  }
  return groups;
}
