import { describe, expect, it } from "vitest";
import { IkeParser } from "../../../../agent/sensor/proto/ike/parser.js";
import { Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { fromHex, ParserFlow, parseDatagram } from "../../../support/parse-messages.js";

const ike = new IkeParser();

/** Real IKEv1 main mode, message 1: SA (one proposal, one transform: AES-CBC 128, SHA, PSK, group 2), two vendor ids. */
const V1_PROPOSAL = fromHex(`e47a591fd057587f 0000000000000000 01 10 02 00 00000000 00000080
  0d00003c 00000001 00000001 00000030 01010001 00000028 01010000 80010007 800e0080 80020002 80040002 80030001
  800b0001 000c0004 00015180 0d000014 4a131c81070358455c5728f20e95452f 00000014 439b59f8ba676c4c7737ae22eab8f582`);
/** Real message 2: the same transform chosen, one vendor id. */
const V1_CHOICE = fromHex(`e47a591fd057587f a00b8ef0902bb8ec 01 10 02 00 00000000 0000006c
  0d00003c 00000001 00000001 00000030 01010001 00000028 01010000 80010007 800e0080 80020002 80040002 80030001
  800b0001 000c0004 00015180 00000014 4a131c81070358455c5728f20e95452f`);
/** Real IKE_SA_INIT: nonce, key exchange of group 2, SA with AES-CBC 128, HMAC-SHA2-256 twice, MODP 1024. */
const V2_INIT = fromHex(`61d3693ce12af528 0000000000000000 28 20 22 08 00000000 000000f0
  2200001c 312fd2e1cea72d0f7f3d1ccac96bb0c4c8d70f39dba193e4
  21000088 00020000 b0c808b9480d4d4ae92c0e8f115d9338d4d0bb8361cfd19562ee5e2444b7f67137e472b2aa9b4455bafc4abadd89daa8
  6e0583ffd2abb28933faa3fabf3ee84430c05afeb9652fc9befd377dd9d10001cd656eb617ba3ba39d0346f91a063bba6d186a3f20188ca0
  e8e4b79e3e912f13d309a8d655501592f742e408fda88ddc
  00000030 0000002c 01010004 0300000c 0100000c 800e0100 03000008 02000005 03000008 0300000c 00000008 04000002`);

describe("IKE version 1", () => {
  it("gives SPIs and vendor ids as hexadecimal text", () => {
    const [message] = parseDatagram(ike, V1_PROPOSAL);
    expect(message!.fields).toEqual({
      IKE_INIT_SPI: ["e47a591fd057587f"],
      IKE_RESP_SPI: ["0000000000000000"],
      IKE_VENDOR: ["4a131c81070358455c5728f20e95452f", "439b59f8ba676c4c7737ae22eab8f582"],
    });
    expect(message!.numbers).toEqual({ IKE_EXCHANGE_TYPE: 2 });
    expect(message!.events).toEqual([]);
  });

  it("gives the attributes the responder chose and describes them in later records", () => {
    const flow = new ParserFlow(ike).datagram(TO_SERVER, V1_PROPOSAL).datagram(TO_CLIENT, V1_CHOICE);
    const chosen = flow.messages[1]!.fields.IKE_CHOSEN_SA_ATTRIBUTE!.map((entry) => {
      const bytes = Buffer.from(entry, "latin1");
      return [bytes.readUInt16BE(0), bytes.readUInt32BE(2)];
    });
    expect(chosen).toEqual([
      [1, 7],
      [14, 128],
      [2, 2],
      [4, 2],
      [3, 1],
      [11, 1],
      [12, 86_400],
    ]);
    expect(flow.messages[1]!.eve).toMatchObject({
      ike: {
        version_major: 1,
        exchange_type: 2,
        alg_enc: "EncAesCbc",
        alg_enc_raw: 7,
        alg_hash: "HashSha",
        alg_auth: "AuthPreSharedKey",
        alg_dh: "GroupAlternate1024BitModpGroup",
        sa_key_length_raw: 128,
        sa_life_type: "LifeTypeSeconds",
        sa_life_duration_raw: 86_400,
        payload: ["SecurityAssociation", "Proposal", "Transform", "VendorID"],
        ikev1: { doi: 1, encrypted_payloads: false },
      },
    });
  });

  it("gives key exchange and nonce as bytes", () => {
    const bytes = fromHex(`e47a591fd057587f a00b8ef0902bb8ec 04 10 02 00 00000000 0000002c
      0a000008 01020304 00000008 0a0b0c0d`);
    const [message] = parseDatagram(ike, bytes);
    expect(message!.fields.IKE_KEY_EXCHANGE_PAYLOAD).toEqual(["\u0001\u0002\u0003\u0004"]);
    expect(message!.fields.IKE_NONCE_PAYLOAD).toEqual(["\n\u000b\f\r"]);
    expect(message!.eve).toMatchObject({
      ike: { ikev1: { client: { key_exchange_payload: "01020304", nonce_payload_length: 4 } } },
    });
  });

  it("does not look into encrypted payloads", () => {
    const bytes = Uint8Array.from(V1_PROPOSAL);
    bytes[19] = 1;
    expect(parseDatagram(ike, bytes)[0]!.fields).not.toHaveProperty("IKE_VENDOR");
  });

  it("notes what stands behind the last payload, wherever the message is cut", () => {
    for (let end = 0; end < V1_PROPOSAL.length; end++) {
      const messages = parseDatagram(ike, V1_PROPOSAL.slice(0, end));
      if (end < 28) expect(messages).toEqual([]);
      else expect(messages[0]!.events).toEqual([28, 88, 108].includes(end) ? [] : ["ike.payload_extra_data"]);
    }
  });
});

describe("IKE version 2", () => {
  it("judges what is proposed", () => {
    const [message] = parseDatagram(ike, V2_INIT);
    expect(message!.events).toEqual(["ike.weak_crypto_dh"]);
    expect(message!.eve).toEqual({
      ike: {
        version_major: 2,
        version_minor: 0,
        init_spi: "61d3693ce12af528",
        resp_spi: "0000000000000000",
        message_id: 0,
        exchange_type: 34,
        role: "initiator",
        payload: ["KeyExchange", "SecurityAssociation", "NoNextPayload"],
        ikev2: { errors: 0 },
      },
    });
  });

  it("reports what the responder chose under the numbers of version 1", () => {
    const answer = Uint8Array.from(V2_INIT);
    answer[19] = 0x20;
    const [message] = parseDatagram(ike, answer, TO_CLIENT);
    const chosen = message!.fields.IKE_CHOSEN_SA_ATTRIBUTE!.map((entry) => [...Buffer.from(entry, "latin1")]);
    expect(chosen.map((bytes) => [bytes[1], bytes[5]])).toEqual([
      [1, 12],
      [13, 5],
      [3, 12],
      [4, 2],
    ]);
    expect(message!.eve).toMatchObject({
      ike: {
        role: "responder",
        alg_enc: "ENCR_AES_CBC",
        alg_auth: "AUTH_HMAC_SHA2_256_128",
        alg_prf: "PRF_HMAC_SHA2_256",
        alg_dh: "Modp1024",
        alg_esn: "NoESN",
      },
    });
  });

  it("notes proposals without integrity, without a group, with null algorithms and for AH", () => {
    const proposal = (protocol: number, ...transforms: string[]): Uint8Array => {
      const body = transforms.join("");
      const length = 8 + body.length / 2;
      const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
      return fromHex(`61d3693ce12af528 0000000000000000 21 20 22 08 00000000 ${hex(32 + length, 8)}
        0000${hex(4 + length, 4)} 0000${hex(length, 4)} 01 ${hex(protocol, 2)} 00 ${hex(transforms.length, 2)} ${body}`);
    };
    const events = (bytes: Uint8Array): readonly string[] => parseDatagram(ike, bytes)[0]!.events;
    expect(events(proposal(1, "0300000801000002"))).toEqual([
      "ike.weak_crypto_enc",
      "ike.weak_crypto_no_dh",
      "ike.weak_crypto_no_auth",
    ]);
    // AES-GCM needs no integrity; curve 25519; a PRF of SHA-1.
    expect(events(proposal(1, "0300000801000014", "030000080400001f", "0000000802000002"))).toEqual([
      "ike.weak_crypto_prf",
    ]);
    expect(events(proposal(2, "0300000803000001", "0000000804000000"))).toEqual([
      "ike.no_encryption",
      "ike.weak_crypto_auth",
      "ike.invalid_proposal",
    ]);
    expect(
      events(proposal(1, "030000080100000c", "030000080300000c", "030000080400000e", "0000000809000001")),
    ).toEqual(["ike.unknown_proposal"]);
  });

  it("counts errors among notifications", () => {
    const bytes = fromHex(`61d3693ce12af528 a00b8ef0902bb8ec 29 20 22 20 00000000 0000002c
      29000008 0000000e 00000008 00004004`);
    expect(parseDatagram(ike, bytes, TO_CLIENT)[0]!.eve).toMatchObject({
      ike: { ikev2: { errors: 1, notify: ["NO_PROPOSAL_CHOSEN", "NAT_DETECTION_SOURCE_IP"] } },
    });
  });

  it("comes to an end with payload lengths of zero and beyond the message", () => {
    for (const length of [0, 1, 3, 0xffff]) {
      const bytes = Uint8Array.from(V2_INIT);
      bytes[30] = length >> 8;
      bytes[31] = length & 255;
      expect(parseDatagram(ike, bytes)).toHaveLength(1);
    }
  });
});

describe("recognising IKE", () => {
  it("looks at version, exchange and length, also behind the marker of NAT traversal", () => {
    expect(ike.probe(V1_PROPOSAL, 0, V1_PROPOSAL.length)).toBe(Probe.YES);
    expect(ike.probe(V2_INIT, 0, V2_INIT.length)).toBe(Probe.YES);
    expect(ike.probe(V2_INIT, 0, V2_INIT.length - 1)).toBe(Probe.NO);
    const marked = Uint8Array.from([0, 0, 0, 0, ...V2_INIT]);
    expect(ike.probe(marked, 0, marked.length)).toBe(Probe.YES);
    expect(parseDatagram(ike, marked)[0]!.fields.IKE_INIT_SPI).toEqual(["61d3693ce12af528"]);
    expect(ike.probe(new Uint8Array(100), 0, 100)).toBe(Probe.NO);
  });
});
