/**
 * Owns the frame that is sent next, and how it is spoilt: bits, telling octets, lying lengths, noise, pieces of other frames,
 * pieces cut out or doubled, header fields, a short snaplen. Lengths and checksums are put right afterwards most times:
 * otherwise few frames would come further than the first check. Memory: one buffer.
 */
import { foldChecksum, ipv4HeaderChecksum, sumWords } from "#agent/sensor/wire/checksum.js";
import { type FrameCorpus, type FrameLayout, MAX_FRAME_BYTES } from "./frame-corpus.js";
import type { FuzzRandom } from "./random.js";

const BUFFER_BYTES = 65_536;
const TELLING = Uint8Array.from([
  0, 1, 2, 4, 8, 0x0a, 0x0d, 0x20, 0x30, 0x3a, 0x7f, 0x80, 0x81, 0xc0, 0xfe, 0xff,
]);
const TELLING_WORDS = Uint16Array.from([0, 1, 2, 7, 0x10, 0x7fff, 0x8000, 0x4000, 0xc00c, 0xfffe, 0xffff]);
const TOKENS = [
  "\r\n",
  "\r\n\r\n",
  "\0",
  "\n",
  "Content-Length: 99999999999999999999\r\n",
  "Content-Length: 5\r\nContent-Length: 6\r\n",
  "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
  "Content-Encoding: gzip, deflate, gzip, br\r\n",
  "Content-Type: multipart/form-data; boundary=\r\n",
  "%u0000%%2500%c0%af/../../..",
  "--",
  "=?utf-8?B?",
  "SSH-2.0-",
  "\xffSMB",
  "\xfeSMB",
  "BDAT 4294967295 LAST\r\n",
  "\x30\x84\xff\xff\xff\xff",
  "\x30\x80\x30\x80\x30\x80",
].map((token) => Uint8Array.from(token, (c) => c.charCodeAt(0)));
const IP_TCP = 6;
const IP_UDP = 17;

export class FrameMutator {
  readonly bytes = new Uint8Array(BUFFER_BYTES);
  length = 0;
  linkType = 0;
  layout: FrameLayout = { ipVersion: 0, ip: 0, transport: 0, ipProtocol: 0, payload: 0 };
  readonly #corpus: FrameCorpus;
  readonly #random: FuzzRandom;

  constructor(corpus: FrameCorpus, random: FuzzRandom) {
    this.#corpus = corpus;
    this.#random = random;
  }

  /** Take over a frame of the corpus as it is. */
  take(frame: number): void {
    const { bytes, offsets, lengths, linkTypes, layouts } = this.#corpus;
    const from = offsets[frame]!;
    this.length = lengths[frame]!;
    for (let i = 0; i < this.length; i++) this.bytes[i] = bytes[from + i]!;
    this.linkType = linkTypes[frame]!;
    this.layout = layouts[frame]!;
  }

  /** Spoil it, once or a few times. Where `keepsSize`, what follows in its stream stays in place. */
  mutate(keepsSize: boolean): void {
    const random = this.#random;
    const before = this.length;
    for (let left = random.once(3) ? 1 + random.below(4) : 1; left > 0; left--) this.#spoil(keepsSize);
    if (random.once(8)) return;
    if (this.length !== before) this.fixLengths();
    this.fixChecksums();
  }

  /** Leave of the payload only [from, to), and move the sequence number along. Only for TCP. */
  cutPayload(from: number, to: number): void {
    const { transport, payload } = this.layout;
    this.bytes.copyWithin(payload, payload + from, payload + to);
    this.length = payload + to - from;
    this.#write32(transport + 4, this.#read32(transport + 4) + from);
    this.fixLengths();
    this.fixChecksums();
  }

  /** Exchange source and destination addresses and ports. */
  turnAround(): void {
    const { ipVersion, ip, transport, ipProtocol } = this.layout;
    const size = ipVersion === 4 ? 4 : 16;
    const at = ip + (ipVersion === 4 ? 12 : 8);
    if (ipVersion === 0 || at + 2 * size > this.length) return;
    for (let i = 0; i < size; i++) this.#swap(at + i, at + size + i);
    if (transport > 0 && (ipProtocol === IP_TCP || ipProtocol === IP_UDP)) {
      this.#swap(transport, transport + 2);
      this.#swap(transport + 1, transport + 3);
    }
  }

  /** Write the lengths in the IP and UDP headers as they are now. */
  fixLengths(): void {
    const { ipVersion, ip, transport, ipProtocol } = this.layout;
    if (ipVersion === 4 && ip + 20 <= this.length) this.#write16(ip + 2, this.length - ip);
    if (ipVersion === 6 && ip + 40 <= this.length) this.#write16(ip + 4, this.length - ip - 40);
    if (ipProtocol === IP_UDP && transport > 0 && transport + 8 <= this.length) {
      this.#write16(transport + 4, this.length - transport);
    }
  }

  /** Make the checksums of the IPv4 and TCP headers right; UDP over IPv4 goes without. */
  fixChecksums(): void {
    const { ipVersion, ip, transport, ipProtocol } = this.layout;
    const { bytes, length } = this;
    if (ipVersion === 4 && ip + 20 <= length) {
      const headerLength = Math.min((bytes[ip]! & 15) * 4, length - ip);
      if (headerLength >= 20) this.#write16(ip + 10, ipv4HeaderChecksum(bytes, ip, headerLength));
    }
    if (transport === 0 || transport + 20 > length) return;
    if (ipProtocol === IP_UDP && ipVersion === 4) this.#write16(transport + 6, 0);
    if (ipProtocol !== IP_TCP) return;
    this.#write16(transport + 16, 0);
    const addresses = ipVersion === 4 ? sumWords(bytes, ip + 12, 8) : sumWords(bytes, ip + 8, 32);
    const pseudo = addresses + IP_TCP + length - transport;
    this.#write16(transport + 16, foldChecksum(sumWords(bytes, transport, length - transport, pseudo)));
  }

  #spoil(keepsSize: boolean): void {
    const random = this.#random;
    const { bytes } = this;
    const payload = Math.min(this.layout.payload, this.length);
    const size = this.length - payload;
    const at = payload + random.below(size);
    const room = this.length - at;
    switch (random.below(keepsSize ? 12 : 17)) {
      case 0:
      case 1:
        bytes[at]! ^= 1 << random.below(8);
        return;
      case 2:
        bytes[at] = TELLING[random.below(TELLING.length)]!;
        return;
      case 3:
        this.#write16(at, TELLING_WORDS[random.below(TELLING_WORDS.length)]!);
        return;
      case 4:
        // A length that is nearly right.
        this.#write16(at, room - 4 + random.below(8));
        return;
      case 5:
        this.#write32(
          at,
          random.once(2) ? room : TELLING_WORDS[random.below(TELLING_WORDS.length)]! * 65_537,
        );
        return;
      case 6:
        for (let i = Math.min(room, random.below(64)); i >= 0; i--) bytes[at + i] = random.below(256);
        return;
      case 7:
        this.#splice(at, Math.min(room, 1 + random.below(200)));
        return;
      case 8:
        this.#placeToken(at, room);
        return;
      case 9:
        bytes[random.below(this.length)]! ^= 1 << random.below(8);
        return;
      case 10:
        bytes[random.below(payload)] = TELLING[random.below(TELLING.length)]!;
        return;
      case 11:
        this.#spoilTcp();
        return;
      case 12:
        this.#cutOut(at, Math.min(room, 1 + random.below(100)));
        return;
      case 13:
        this.#double(at, Math.min(room, 1 + random.below(400)));
        return;
      case 14:
        this.#replacePayload(payload);
        return;
      case 15:
        // A short snaplen: the lengths in the headers stay.
        this.length = random.below(this.length + 1);
        return;
      default:
        this.length = payload + random.below(size + 1);
    }
  }

  #splice(at: number, count: number): void {
    const corpus = this.#corpus;
    const other = this.#random.below(corpus.lengths.length);
    const from = this.#random.below(corpus.lengths[other]!);
    const base = corpus.offsets[other]! + from;
    const end = Math.min(count, corpus.lengths[other]! - from);
    for (let i = 0; i < end; i++) this.bytes[at + i] = corpus.bytes[base + i]!;
  }

  #placeToken(at: number, room: number): void {
    const token = TOKENS[this.#random.below(TOKENS.length)]!;
    for (let i = 0; i < token.length && i < room; i++) this.bytes[at + i] = token[i]!;
  }

  #spoilTcp(): void {
    const { transport, ipProtocol } = this.layout;
    if (ipProtocol !== IP_TCP || transport === 0 || transport + 20 > this.length) return;
    const random = this.#random;
    const small = random.below(3000) - 1500;
    switch (random.below(6)) {
      case 0:
        this.#write32(transport + 4, this.#read32(transport + 4) + small);
        return;
      case 1:
        this.#write32(transport + 8, this.#read32(transport + 8) + small);
        return;
      case 2:
        this.bytes[transport + 13]! ^= 1 << random.below(8);
        return;
      case 3:
        this.bytes[transport + 13] = 0x20 | this.bytes[transport + 13]!;
        this.#write16(transport + 18, random.below(1500));
        return;
      case 4:
        this.#write16(transport + 14, TELLING_WORDS[random.below(TELLING_WORDS.length)]!);
        return;
      default:
        this.#write32(transport + 4, random.below(2 ** 32));
    }
  }

  #cutOut(at: number, count: number): void {
    this.bytes.copyWithin(at, at + count, this.length);
    this.length -= count;
  }

  #double(at: number, count: number): void {
    if (this.length + count > MAX_FRAME_BYTES) return;
    this.bytes.copyWithin(at + count, at, this.length);
    this.length += count;
  }

  #replacePayload(payload: number): void {
    const corpus = this.#corpus;
    const other = this.#random.below(corpus.lengths.length);
    const from = Math.min(corpus.layouts[other]!.payload, corpus.lengths[other]!);
    const count = Math.min(corpus.lengths[other]! - from, MAX_FRAME_BYTES - payload);
    const base = corpus.offsets[other]! + from;
    for (let i = 0; i < count; i++) this.bytes[payload + i] = corpus.bytes[base + i]!;
    this.length = payload + count;
  }

  #swap(a: number, b: number): void {
    const octet = this.bytes[a]!;
    this.bytes[a] = this.bytes[b]!;
    this.bytes[b] = octet;
  }

  #read32(at: number): number {
    const { bytes } = this;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  #write16(at: number, value: number): void {
    this.bytes[at] = value >>> 8;
    this.bytes[at + 1] = value;
  }

  #write32(at: number, value: number): void {
    this.#write16(at, value >>> 16);
    this.#write16(at + 2, value);
  }
}
