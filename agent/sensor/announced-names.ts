/**
 * Reads out of mDNS and LLMNR answers (RFC 6762, 4795) what a device calls itself and what it offers. Straight from the message:
 * an answer has dozens of records, of which few say anything here, and text is made of these alone.
 *
 * Everything here is a stranger's words: texts are cut, whoever shows them cleans them.
 * Bound: MAX_RECORDS records a section, MAX_SERVICES services.
 */

import { DNS_HEADER_BYTES } from "./proto/dns/message.js";
import { DnsNameReader, ONE_NAME_BYTES, skipName } from "./proto/dns/name.js";
import { RecordType } from "./proto/dns/record-types.js";
import { eveText } from "./proto/eve-text.js";
import { equalsIgnoringCase } from "./proto/http/octet-class.js";
import { asciiOctets } from "./proto/octets.js";
import { readUint16, readUint32 } from "./wire/big-endian.js";
import type { PacketView } from "./wire/packet-view.js";

const MAX_RECORDS = 256;
const MAX_SERVICES = 12;
const MAX_CHARACTERS = 160;
/** Where the header counts each section. */
const QUESTIONS = 4;
const ANSWERS = 6;
const AUTHORITIES = 8;
const ADDITIONALS = 10;

/** The end of the name whose text says what kind of device it is. */
const DEVICE_INFO = asciiOctets("._device-info._tcp.local");

/** What stands between a name and the data: type, class, time to live, length. */
const RECORD_HEAD_BYTES = 10;

export class AnnouncedNames {
  readonly #names = new DnsNameReader(ONE_NAME_BYTES);
  readonly #services = new Set<string>();
  #packet: PacketView | undefined;
  #fields: Record<string, string> = {};
  /** Where to read on; −1 behind something malformed. */
  #at = 0;
  #end = 0;

  /**
   * Names and services of the answer that is the packet's payload; undefined where it tells neither.
   *
   * A name counts where its address is the sender's own.
   *
   * @param hasAdditionals mDNS: addresses stand in the additional section
   */
  read(packet: PacketView, hasAdditionals: boolean): Readonly<Record<string, string>> | undefined {
    const start = packet.payloadOffset;
    this.#packet = packet;
    this.#end = start + packet.payloadLength;
    this.#at = start + DNS_HEADER_BYTES;
    if (this.#at > this.#end) return undefined;
    this.#fields = {};
    this.#services.clear();
    for (let left = this.#count(QUESTIONS); left > 0 && this.#at >= 0; left--) {
      const next = skipName(packet.bytes, this.#at, this.#end);
      this.#at = next < 0 || next + 4 > this.#end ? -1 : next + 4;
    }
    this.#readSection(ANSWERS, true);
    if (hasAdditionals) {
      this.#readSection(AUTHORITIES, false);
      this.#readSection(ADDITIONALS, true);
    }
    const fields = this.#fields;
    // The services' own list (RFC 6763, 9) is no service.
    this.#services.delete("services");
    if (this.#services.size > 0) fields.services = [...this.#services].sort().join(" ");
    for (const _name in fields) return fields;
    return undefined;
  }

  #count(at: number): number {
    const { bytes, payloadOffset } = this.#packet!;
    return Math.min(readUint16(bytes, payloadOffset + at), MAX_RECORDS);
  }

  #readSection(countAt: number, isWanted: boolean): void {
    const { bytes } = this.#packet!;
    const end = this.#end;
    for (let left = this.#count(countAt); left > 0; left--) {
      const owner = this.#at;
      if (owner < 0) return;
      this.#at = -1;
      const head = skipName(bytes, owner, end);
      if (head < 0 || head + RECORD_HEAD_BYTES > end) return;
      const data = head + RECORD_HEAD_BYTES;
      const dataEnd = data + readUint16(bytes, head + 8);
      if (dataEnd > end) return;
      if (isWanted && data < dataEnd) this.#readData(owner, readUint16(bytes, head), data, dataEnd);
      this.#at = dataEnd;
    }
  }

  /** The data of a record whose name stands at `owner`: few records say anything of it. */
  #readData(owner: number, type: number, at: number, limit: number): void {
    if (type === RecordType.A || type === RecordType.AAAA) {
      if (this.#fields.name !== undefined || !this.#isSender(at, limit) || !this.#nameAt(owner, this.#end))
        return;
      this.#fields.name = cut(this.#text().replace(/\.local\.?$/i, ""));
    } else if (type === RecordType.PTR) {
      if (this.#nameAt(at, limit)) this.#addService(this.#text());
    } else if (type === RecordType.TXT && this.#fields.model === undefined && this.#nameAt(owner, this.#end))
      this.#readModel(at, limit);
  }

  /** `Office Printer._ipp._tcp.local`: what it is called for people, and what it offers. */
  #addService(text: string): void {
    const [, instance, service] =
      /^(?:(.{1,63})\.)?_([a-z0-9-]{1,15})\._(?:tcp|udp)\.local\.?$/i.exec(text) ?? [];
    if (service !== undefined && this.#services.size < MAX_SERVICES)
      this.#services.add(service.toLowerCase());
    if (instance !== undefined) this.#fields.instance ??= cut(instance);
  }

  #readModel(at: number, limit: number): void {
    const { text, offset, length } = this.#names;
    const end = offset + length;
    if (!equalsIgnoringCase(text, Math.max(offset, end - DEVICE_INFO.length), end, DEVICE_INFO)) return;
    const { bytes } = this.#packet!;
    for (let next = at; next < limit; ) {
      const begin = next + 1;
      next = begin + bytes[next]!;
      if (next > limit) return;
      const [, model] = /^model=([\w,.-]{1,40})/.exec(eveText(bytes, begin, next - begin)) ?? [];
      if (model !== undefined) this.#fields.model ??= model;
    }
  }

  /** Whether the address `[at, limit)` is the one that the packet came from. */
  #isSender(at: number, limit: number): boolean {
    const { bytes, ipVersion, source } = this.#packet!;
    if (limit - at === 4) return ipVersion === 4 && readUint32(bytes, at) === source[3];
    if (limit - at !== 16 || ipVersion !== 6) return false;
    for (let i = 0; i < 4; i++) if (readUint32(bytes, at + 4 * i) !== source[i]) return false;
    return true;
  }

  /** Read the name at `at`, whose own bytes end at `limit`; false where it is malformed. */
  #nameAt(at: number, limit: number): boolean {
    const { bytes, payloadOffset } = this.#packet!;
    this.#names.begin();
    return this.#names.read(bytes, at, limit, payloadOffset, this.#end, true) >= 0;
  }

  /** The name that was read last. */
  #text(): string {
    return eveText(this.#names.text, this.#names.offset, this.#names.length);
  }
}

function cut(text: string): string {
  return text.slice(0, MAX_CHARACTERS);
}
