/** Makes Initial packets of QUIC, sealed as an endpoint would (RFC 9001, 5), by OpenSSL alone. */
import { createCipheriv, createHmac } from "node:crypto";

/** From which version on which salt. */
const SALTS: readonly (readonly [number, string])[] = [
  [0x00000001, "38762cf7f55934b34d179ae6a4c80cadccbb7f0a"],
  [0x51303530, "504574efd066fe2f9d945cfcdbd3a7f0d3b56b45"],
  [0x6b3343cf, "0dede3def700a6db819381be6e269dcbf9bd2ed9"],
  [0xfaceb002, "c3eef712c72ebb5a11a7d2432bb46365bef9f502"],
  [0xff00001d, "afbfec289993d24c9e9786f19c6111e04390a899"],
  [0xff000021, "38762cf7f55934b34d179ae6a4c80cadccbb7f0a"],
];
const QUIC_V2 = 0x6b3343cf;

export interface InitialOptions {
  readonly version?: number;
  /** The connection id the keys come from: the first one the client wrote to. */
  readonly keyId: Uint8Array;
  readonly destinationId?: Uint8Array;
  readonly sourceId?: Uint8Array;
  readonly token?: Uint8Array;
  readonly packetNumber?: number;
  /** Bytes of the packet number on the wire, 1 to 4. */
  readonly numberBytes?: number;
  readonly isServer?: boolean;
  readonly frames: Uint8Array;
}

export interface InitialKeys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly hp: Buffer;
}

/** The keys of one sender (RFC 9001, 5.2). */
export function initialKeys(version: number, keyId: Uint8Array, isServer: boolean): InitialKeys {
  const salt = Buffer.from(SALTS.findLast(([from]) => from <= version)![1], "hex");
  const initial = createHmac("sha256", salt).update(keyId).digest();
  const secret = expandLabel(initial, isServer ? "server in" : "client in", 32);
  const prefix = version === QUIC_V2 ? "quicv2" : "quic";
  return {
    key: expandLabel(secret, `${prefix} key`, 16),
    iv: expandLabel(secret, `${prefix} iv`, 12),
    hp: expandLabel(secret, `${prefix} hp`, 16),
  };
}

function expandLabel(secret: Buffer, label: string, length: number): Buffer {
  const text = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, text.length]), text, Buffer.from([0, 1])]);
  return createHmac("sha256", secret).update(info).digest().subarray(0, length);
}

/** A variable-length integer in its shortest form. */
export function varInt(value: number): Buffer {
  if (value < 64) return Buffer.from([value]);
  if (value < 16384) return Buffer.from([0x40 | (value >>> 8), value & 255]);
  return Buffer.from([0x80 | (value >>> 24), (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
}

export function cryptoFrame(position: number, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([6]), varInt(position), varInt(data.length), data]);
}

/** One sealed Initial packet. Frames shorter than the sample of header protection are padded. */
export function initialPacket(options: InitialOptions): Buffer {
  const version = options.version ?? 1;
  const numberBytes = options.numberBytes ?? 2;
  const packetNumber = options.packetNumber ?? 0;
  const destinationId = options.destinationId ?? options.keyId;
  const sourceId = options.sourceId ?? new Uint8Array(0);
  const token = options.token ?? new Uint8Array(0);
  const { key, iv, hp } = initialKeys(version, options.keyId, options.isServer ?? false);
  const frames = Buffer.concat([options.frames, Buffer.alloc(Math.max(0, 20 - options.frames.length))]);
  const number = Buffer.alloc(4);
  number.writeUInt32BE(packetNumber);
  const versionBytes = Buffer.alloc(4);
  versionBytes.writeUInt32BE(version);
  const typeBits = version === QUIC_V2 ? 0x10 : 0;
  const header = Buffer.concat([
    Buffer.from([0xc0 | typeBits | (numberBytes - 1)]),
    versionBytes,
    Buffer.from([destinationId.length]),
    destinationId,
    Buffer.from([sourceId.length]),
    sourceId,
    varInt(token.length),
    token,
    varInt(numberBytes + frames.length + 16),
    number.subarray(4 - numberBytes),
  ]);
  const nonce = Buffer.from(iv);
  for (let i = 0; i < 4; i++) nonce[8 + i]! ^= number[i]!;
  const cipher = createCipheriv("aes-128-gcm", key, nonce);
  cipher.setAAD(header);
  const sealed = Buffer.concat([cipher.update(frames), cipher.final(), cipher.getAuthTag()]);
  const packet = Buffer.concat([header, sealed]);
  const numberAt = header.length - numberBytes;
  const mask = createCipheriv("aes-128-ecb", hp, null).update(packet.subarray(numberAt + 4, numberAt + 20));
  packet[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < numberBytes; i++) packet[numberAt + i]! ^= mask[1 + i]!;
  return packet;
}
