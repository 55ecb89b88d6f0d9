/** Names of IKE numbers as Suricata writes them in EVE records. */

/** IKEv1 attribute numbers. */
export const ATTRIBUTE_NAMES: readonly string[] = [
  "unknown",
  "alg_enc",
  "alg_hash",
  "alg_auth",
  "alg_dh",
  "sa_group_type",
  "sa_group_prime",
  "sa_group_generator_one",
  "sa_group_generator_two",
  "sa_group_curve_a",
  "sa_group_curve_b",
  "sa_life_type",
  "sa_life_duration",
  "alg_prf",
  "sa_key_length",
  "sa_field_size",
  "sa_group_order",
];

const UNKNOWN = "Unknown";

/** Values of the IKEv1 attributes that have names, by attribute number; the first name is that of value 1. */
const ATTRIBUTE_VALUES: Readonly<Record<number, readonly string[]>> = {
  1: [
    "EncDesCbc",
    "EncIdeaCbc",
    "EncBlowfishCbc",
    "EncRc5R16B64Cbc",
    "EncTripleDesCbc",
    "EncCastCbc",
    "EncAesCbc",
    "EncCamelliaCbc",
  ],
  2: ["HashMd5", "HashSha", "HashTiger", "HashSha2_256", "HashSha2_384", "HashSha2_512"],
  3: [
    "AuthPreSharedKey",
    "AuthDssSignatures",
    "AuthRsaSignatures",
    "AuthEncryptionWithRsa",
    "AuthRevisedEncryptionWithRsa",
    "AuthReserved",
    "AuthReserved",
    "AuthReserved",
    "AuthEcdsaSha256",
    "AuthEcdsaSha384",
    "AuthEcdsaSha512",
  ],
  4: [
    "GroupDefault768BitModp",
    "GroupAlternate1024BitModpGroup",
    "GroupEc2nOnGp2p155",
    "GroupEc2nOnGp2p185",
    "GroupModp1536Bit",
    "GroupEc2nOverGf2p163",
    "GroupEc2nOverGf2p163",
    "GroupEc2nOverGf2p283",
    "GroupEc2nOverGf2p283",
    "GroupEc2nOverGf2p409",
    "GroupEc2nOverGf2p409",
    "GroupEc2nOverGf2p571",
    "GroupEc2nOverGf2p571",
    "GroupModp2048Bit",
    "GroupModp3072Bit",
    "GroupModp4096Bit",
    "GroupModp6144Bit",
    "GroupModp8192Bit",
    "GroupRandomEcp256",
    "GroupRandomEcp384",
    "GroupRandomEcp521",
    "GroupModp1024With160BitPrime",
    "GroupModp2048With224BitPrime",
    "GroupModp2048With256BitPrime",
    "GroupRandomEcp192",
    "GroupRandomEcp224",
    "GroupBrainpoolEcp224",
    "GroupBrainpoolEcp256",
    "GroupBrainpoolEcp384",
    "GroupBrainpoolEcp512",
  ],
  11: ["LifeTypeSeconds", "LifeTypeKilobytes"],
};

const V1_PAYLOADS: readonly (string | undefined)[] = [
  "None",
  "SecurityAssociation",
  "Proposal",
  "Transform",
  "KeyExchange",
  "Identification",
  "Certificate",
  "CertificateRequest",
  "Hash",
  "Signature",
  "Nonce",
  "Notification",
  "Delete",
  "VendorID",
  undefined,
  "SaKekPayload",
  "SaTekPayload",
  "KeyDownload",
  "SequenceNumber",
  "ProofOfPossession",
  "NatDiscovery",
  "NatOriginalAddress",
  "GroupAssociatedPolicy",
];

const V2_PAYLOADS: Readonly<Record<number, string>> = {
  0: "NoNextPayload",
  33: "SecurityAssociation",
  34: "KeyExchange",
  35: "IdentInitiator",
  36: "IdentResponder",
  37: "Certificate",
  38: "CertificateRequest",
  39: "Authentication",
  40: "Nonce",
  41: "Notify",
  42: "Delete",
  43: "VendorID",
  44: "TrafficSelectorInitiator",
  45: "TrafficSelectorResponder",
  46: "EncryptedAndAuthenticated",
  47: "Configuration",
  48: "ExtensibleAuthentication",
  49: "GenericSecurePasswordMethod",
};

const ENCRYPTIONS: Readonly<Record<number, string>> = {
  0: "RESERVED_0",
  1: "ENCR_DES_IV64",
  2: "ENCR_DES",
  3: "ENCR_3DES",
  4: "ENCR_RC5",
  5: "ENCR_IDEA",
  6: "ENCR_CAST",
  7: "ENCR_BLOWFISH",
  8: "ENCR_3IDEA",
  9: "ENCR_DES_IV32",
  11: "ENCR_NULL",
  12: "ENCR_AES_CBC",
  13: "ENCR_AES_CTR",
  14: "ENCR_AES_CCM_8",
  15: "ENCR_AES_CCM_12",
  16: "ENCR_AES_CCM_16",
  18: "ENCR_AES_GCM_8",
  19: "ENCR_AES_GCM_12",
  20: "ENCR_AES_GCM_16",
  21: "ENCR_NULL_AUTH_AES_GMAC",
  23: "ENCR_CAMELLIA_CBC",
  24: "ENCR_CAMELLIA_CTR",
  25: "ENCR_CAMELLIA_CCM_8",
  26: "ENCR_CAMELLIA_CCM_12",
  27: "ENCR_CAMELLIA_CCM_16",
  28: "ENCR_CHACHA20_POLY1305",
};

const PRFS: readonly string[] = [
  "PRF_NULL",
  "PRF_HMAC_MD5",
  "PRF_HMAC_SHA1",
  "PRF_HMAC_TIGER",
  "PRF_AES128_XCBC",
  "PRF_HMAC_SHA2_256",
  "PRF_HMAC_SHA2_384",
  "PRF_HMAC_SHA2_512",
  "PRF_AES128_CMAC",
];

const INTEGRITIES: readonly string[] = [
  "NONE",
  "AUTH_HMAC_MD5_96",
  "AUTH_HMAC_SHA1_96",
  "AUTH_DES_MAC",
  "AUTH_KPDK_MD5",
  "AUTH_AES_XCBC_96",
  "AUTH_HMAC_MD5_128",
  "AUTH_HMAC_SHA1_160",
  "AUTH_AES_CMAC_96",
  "AUTH_AES_128_GMAC",
  "AUTH_AES_192_GMAC",
  "AUTH_AES_256_GMAC",
  "AUTH_HMAC_SHA2_256_128",
  "AUTH_HMAC_SHA2_384_192",
  "AUTH_HMAC_SHA2_512_256",
];

const GROUPS: Readonly<Record<number, string>> = {
  0: "None",
  1: "Modp768",
  2: "Modp1024",
  5: "Modp1536",
  14: "Modp2048",
  15: "Modp3072",
  16: "Modp4096",
  17: "Modp6144",
  18: "Modp8192",
  19: "Ecp256",
  20: "Ecp384",
  21: "Ecp521",
  22: "Modp1024s160",
  23: "Modp2048s224",
  24: "Modp2048s256",
  25: "Ecp192",
  26: "Ecp224",
  27: "BrainpoolP224r1",
  28: "BrainpoolP256r1",
  29: "BrainpoolP384r1",
  30: "BrainpoolP512r1",
  31: "Curve25519",
  32: "Curve448",
};

const SEQUENCE_NUMBERS: readonly string[] = ["NoESN", "ESN"];

/** IKEv2: member of the EVE object, names by number, and what stands there before anything was chosen. */
export const V2_ALGORITHMS: readonly (readonly [number, string, Readonly<Record<number, string>>, number])[] =
  [
    [1, "alg_enc", ENCRYPTIONS, 11],
    [3, "alg_auth", INTEGRITIES, 0],
    [2, "alg_prf", PRFS, 0],
    [4, "alg_dh", GROUPS, 0],
    [5, "alg_esn", SEQUENCE_NUMBERS, 0],
  ];

const NOTIFIES: Readonly<Record<number, string>> = {
  1: "UNSUPPORTED_CRITICAL_PAYLOAD",
  4: "INVALID_IKE_SPI",
  5: "INVALID_MAJOR_VERSION",
  7: "INVALID_SYNTAX",
  9: "INVALID_MESSAGE_ID",
  11: "INVALID_SPI",
  14: "NO_PROPOSAL_CHOSEN",
  17: "INVALID_KE_PAYLOAD",
  24: "AUTHENTICATION_FAILED",
  34: "SINGLE_PAIR_REQUIRED",
  35: "NO_ADDITIONAL_SAS",
  36: "INTERNAL_ADDRESS_FAILURE",
  37: "FAILED_CP_REQUIRED",
  38: "TS_UNACCEPTABLE",
  39: "INVALID_SELECTORS",
  43: "TEMPORARY_FAILURE",
  44: "CHILD_SA_NOT_FOUND",
  16384: "INITIAL_CONTACT",
  16385: "SET_WINDOW_SIZE",
  16386: "ADDITIONAL_TS_POSSIBLE",
  16387: "IPCOMP_SUPPORTED",
  16388: "NAT_DETECTION_SOURCE_IP",
  16389: "NAT_DETECTION_DESTINATION_IP",
  16390: "COOKIE",
  16391: "USE_TRANSPORT_MODE",
  16392: "HTTP_CERT_LOOKUP_SUPPORTED",
  16393: "REKEY_SA",
  16394: "ESP_TFC_PADDING_NOT_SUPPORTED",
  16395: "NON_FIRST_FRAGMENTS_ALSO",
  16396: "MOBIKE_SUPPORTED",
};

export function attributeValueName(attribute: number, value: number): string {
  return ATTRIBUTE_VALUES[attribute]?.[value - 1] ?? UNKNOWN;
}

/** Undefined where the payload has no name (it is not listed then). */
export function v1PayloadName(type: number): string | undefined {
  return V1_PAYLOADS[type];
}

export function v2PayloadName(type: number): string {
  return V2_PAYLOADS[type] ?? `IkePayloadType(${type})`;
}

export function notifyName(type: number): string {
  return NOTIFIES[type] ?? `NotifyType(${type})`;
}
