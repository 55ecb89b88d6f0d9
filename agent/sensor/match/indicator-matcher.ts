/**
 * Looks names, addresses, URLs and fingerprints of the traffic up in the lists of indicators of a rule image. What is listed is
 * told once a flow and value; memory for that: TOLD_SLOTS slots, of which the older gives way.
 *
 * Asked: `dns.query`, `tls.sni`, `quic.sni` and `http.host` for names; the request's host and target for URLs; `ja3.hash`,
 * `ja4.hash`; the fingerprint of the first certificate (SHA-1) and every certificate (SHA-256); both addresses of each new flow.
 */
import { Sha256 } from "../../base/hash/sha256.js";
import { IndicatorHash } from "../../signature/indicators/indicator-hash.js";
import { IndicatorSpace } from "../../signature/indicators/indicator-kind.js";
import { type IndicatorImage, listAt } from "../../signature/indicators/indicator-set.js";
import { findIndicator, isNextEqual, placeOf } from "../../signature/indicators/indicator-table.js";
import { hashDigestBytes, hashNetwork } from "../../signature/indicators/indicator-value.js";
import { Field, type FieldId } from "../proto/fields.js";
import { type MessageView, STAGE_HEAD } from "../proto/message-view.js";
import { lowerCase } from "../proto/octets.js";
import { Protocol, TO_SERVER } from "../proto/protocols.js";
import type { Endpoints } from "./endpoints.js";

const TOLD_SLOTS = 4096;
/** Lists told of for one value. */
const MAX_LISTS_TOLD = 4;
const DOT = 0x2e;
const COLON = 0x3a;
const SLASH = 0x2f;
/** Host names are at most this long; longer text is no name. */
const MAX_NAME_BYTES = 255;
const MAX_URL_BYTES = 8192;
const HTTP_PORT = 80;

/** Told of every hit while the message or packet is at hand. */
export type IndicatorSink = (hit: IndicatorHit) => void;

/** A value that is listed: written over for the next. */
export interface IndicatorHit {
  /** Number of the list. */
  list: number;
  /** Its line, from 1. */
  line: number;
  /** Field that holds the value; NONE: an address of the flow. */
  field: FieldId;
  /** Entry of the message; of an address 0: the source, 1: the destination. */
  entry: number;
}

export class IndicatorMatcher {
  /** Hits since the start. */
  hitCount = 0;
  readonly #image: IndicatorImage;
  readonly #sink: IndicatorSink;
  readonly #hash = new IndicatorHash();
  readonly #hit: IndicatorHit = { list: 0, line: 0, field: Field.NONE, entry: 0 };
  readonly #hasNames: boolean;
  readonly #hasUrls: boolean;
  readonly #toldPlace = new Uint32Array(TOLD_SLOTS);
  readonly #toldFlow = new Int32Array(TOLD_SLOTS).fill(-1);
  readonly #toldGeneration = new Float64Array(TOLD_SLOTS);
  readonly #sha256 = new Sha256();
  readonly #digest = new Uint8Array(32);

  constructor(image: IndicatorImage, sink: IndicatorSink) {
    this.#image = image;
    this.#sink = sink;
    this.#hasNames = this.#has(IndicatorSpace.DOMAIN) || this.#has(IndicatorSpace.DOMAIN_TREE);
    this.#hasUrls = this.#has(IndicatorSpace.URL);
  }

  /** Forget which flows were told of: fresh state for another capture. */
  clear(): void {
    this.#toldFlow.fill(-1);
  }

  /** Look the addresses of a new flow up. */
  inspectFlow(endpoints: Endpoints): void {
    if (!this.#has(IndicatorSpace.NETWORK)) return;
    const { ipVersion, source, destination } = endpoints;
    const prefixes = ipVersion === 4 ? this.#image.prefixesV4 : this.#image.prefixesV6;
    for (let i = 0; i < prefixes.length; i++) {
      hashNetwork(ipVersion, destination, prefixes[i]!, this.#hash);
      this.#find(endpoints, Field.NONE, 1);
      hashNetwork(ipVersion, source, prefixes[i]!, this.#hash);
      this.#find(endpoints, Field.NONE, 0);
    }
  }

  /** Look the names and fingerprints of a message up. */
  inspectMessage(message: MessageView, endpoints: Endpoints): void {
    if (message.stage !== STAGE_HEAD || this.#image.table.count === 0) return;
    const { protocol } = message;
    const isRequest = message.direction === TO_SERVER;
    if (protocol === Protocol.DNS) {
      if (isRequest) this.#names(message, Field.DNS_QUERY, endpoints);
    } else if (protocol === Protocol.HTTP1 || protocol === Protocol.HTTP2) {
      if (isRequest) this.#request(message, endpoints);
    } else if (protocol === Protocol.TLS || protocol === Protocol.QUIC) {
      this.#names(message, protocol === Protocol.TLS ? Field.TLS_SNI : Field.QUIC_SNI, endpoints);
      this.#digests(message, Field.JA3_HASH, IndicatorSpace.JA3, endpoints);
      this.#digests(message, Field.JA4_HASH, IndicatorSpace.JA4, endpoints);
      this.#digests(message, Field.TLS_CERT_FINGERPRINT, IndicatorSpace.CERTIFICATE_SHA1, endpoints);
      this.#certificates(message, endpoints);
    }
  }

  #has(space: number): boolean {
    return this.#image.spaces[space] === 1;
  }

  #names(message: MessageView, field: FieldId, endpoints: Endpoints): void {
    if (!this.#hasNames) return;
    for (let entry = message.first(field); entry >= 0; entry = message.next(entry)) {
      this.#name(message, field, entry, endpoints);
    }
  }

  /** A name and the names above it, fed from the end. */
  #name(message: MessageView, field: FieldId, entry: number, endpoints: Endpoints): void {
    const bytes = message.entryBytes[entry]!;
    const start = message.entryOffset[entry]!;
    let end = start + message.entryLength[entry]!;
    if (end > start && bytes[end - 1] === DOT) end--;
    if (end - start > MAX_NAME_BYTES || end === start) return;
    const hash = this.#hash;
    const hasTrees = this.#has(IndicatorSpace.DOMAIN_TREE);
    hash.begin();
    let fed = end;
    // No list holds a whole top-level domain.
    let isBelowTop = false;
    for (let i = end - 1; i >= start; i--) {
      if (bytes[i] !== DOT) continue;
      hash.addBackwards(bytes, i + 1, fed);
      fed = i + 1;
      if (hasTrees && isBelowTop) {
        hash.finish(IndicatorSpace.DOMAIN_TREE);
        this.#find(endpoints, field, entry);
      }
      isBelowTop = true;
    }
    hash.addBackwards(bytes, start, fed);
    if (hasTrees && isBelowTop) {
      hash.finish(IndicatorSpace.DOMAIN_TREE);
      this.#find(endpoints, field, entry);
    }
    hash.finish(IndicatorSpace.DOMAIN);
    this.#find(endpoints, field, entry);
  }

  #request(message: MessageView, endpoints: Endpoints): void {
    this.#names(message, Field.HTTP_HOST, endpoints);
    if (!this.#hasUrls) return;
    const host = message.first(Field.HTTP_HOST);
    const target = message.first(Field.HTTP_URI_RAW);
    if (host < 0 || target < 0) return;
    const { destinationPort } = endpoints;
    this.#url(message, host, target, 0, endpoints);
    if (destinationPort !== HTTP_PORT) this.#url(message, host, target, destinationPort, endpoints);
  }

  /** @param port 0: the URL names none */
  #url(message: MessageView, host: number, target: number, port: number, endpoints: Endpoints): void {
    const hash = this.#hash;
    hash.begin();
    const hostBytes = message.entryBytes[host]!;
    const hostEnd = message.entryOffset[host]! + message.entryLength[host]!;
    for (let i = message.entryOffset[host]!; i < hostEnd; i++) hash.add(lowerCase(hostBytes[i]!));
    if (port > 0) this.#addPort(port);
    const bytes = message.entryBytes[target]!;
    const end = message.entryOffset[target]! + Math.min(message.entryLength[target]!, MAX_URL_BYTES);
    const start = pathStart(bytes, message.entryOffset[target]!, end);
    if (start === end) hash.add(SLASH);
    for (let i = start; i < end; i++) hash.add(bytes[i]!);
    hash.finish(IndicatorSpace.URL);
    this.#find(endpoints, Field.HTTP_URI_RAW, target);
  }

  /** A colon and the digits of a port. */
  #addPort(port: number): void {
    this.#hash.add(COLON);
    let divisor = 10_000;
    while (divisor > port) divisor = Math.floor(divisor / 10);
    for (; divisor >= 1; divisor = Math.floor(divisor / 10)) {
      this.#hash.add(0x30 + (Math.floor(port / divisor) % 10));
    }
  }

  #digests(message: MessageView, field: FieldId, space: number, endpoints: Endpoints): void {
    if (!this.#has(space)) return;
    for (let entry = message.first(field); entry >= 0; entry = message.next(entry)) {
      const bytes = message.entryBytes[entry]!;
      hashDigestBytes(bytes, message.entryOffset[entry]!, message.entryLength[entry]!, space, this.#hash);
      this.#find(endpoints, field, entry);
    }
  }

  /** SHA-256 of each certificate of the chain, made only where such values are listed. */
  #certificates(message: MessageView, endpoints: Endpoints): void {
    if (!this.#has(IndicatorSpace.CERTIFICATE_SHA256)) return;
    const hash = this.#hash;
    for (let entry = message.first(Field.TLS_CERTS); entry >= 0; entry = message.next(entry)) {
      const length = message.entryLength[entry]!;
      this.#sha256.digest(message.entryBytes[entry]!, message.entryOffset[entry]!, length, this.#digest, 0);
      hash.begin();
      for (let i = 0; i < 32; i++) {
        hash.add(hexLetter(this.#digest[i]! >>> 4));
        hash.add(hexLetter(this.#digest[i]! & 15));
      }
      hash.finish(IndicatorSpace.CERTIFICATE_SHA256);
      this.#find(endpoints, Field.TLS_CERTS, entry);
    }
  }

  /** Tell of every list that has the value just hashed. */
  #find(endpoints: Endpoints, field: FieldId, entry: number): void {
    const { table, firstPlaces } = this.#image;
    let value = findIndicator(table, this.#hash.high, this.#hash.low);
    if (value < 0) return;
    for (let told = 0; told < MAX_LISTS_TOLD; told++) {
      const place = placeOf(table, value);
      if (this.#isNew(place, endpoints)) {
        const hit = this.#hit;
        hit.list = listAt(firstPlaces, place);
        hit.line = place - firstPlaces[hit.list]! + 1;
        hit.field = field;
        hit.entry = entry;
        this.hitCount++;
        this.#sink(hit);
      }
      if (!isNextEqual(table, value)) return;
      value++;
    }
  }

  /** Whether the flow has not been told to have met the value yet; it has from now on. */
  #isNew(place: number, { flow, flowGeneration }: Endpoints): boolean {
    if (flow < 0) return true;
    const slot = (Math.imul(place ^ Math.imul(flow, 0x9e3779b1), 0x85ebca6b) >>> 8) % TOLD_SLOTS;
    if (
      this.#toldPlace[slot] === place &&
      this.#toldFlow[slot] === flow &&
      this.#toldGeneration[slot] === flowGeneration
    ) {
      return false;
    }
    this.#toldPlace[slot] = place;
    this.#toldFlow[slot] = flow;
    this.#toldGeneration[slot] = flowGeneration;
    return true;
  }
}

/** Where the path of a request's target begins: behind scheme and host of an absolute one (RFC 9112, 3.2.2). */
function pathStart(bytes: Uint8Array, start: number, end: number): number {
  if (start === end || bytes[start] === SLASH) return start;
  for (let i = start; i + 2 < end; i++) {
    if (bytes[i] !== COLON || bytes[i + 1] !== SLASH || bytes[i + 2] !== SLASH) continue;
    for (let at = i + 3; at < end; at++) if (bytes[at] === SLASH) return at;
    return end;
  }
  return start;
}

function hexLetter(digit: number): number {
  return digit < 10 ? 0x30 + digit : 0x57 + digit;
}
