import { asn1Keyword } from "./asn1.js";
import { bitKeywords } from "./bits.js";
import { bufferKeywords } from "./buffers.js";
import { byteKeywords } from "./bytes.js";
import { checksumKeywords } from "./checksums.js";
import { contentKeywords } from "./content.js";
import { dataSetKeywords } from "./data-sets.js";
import { dcerpcKeywords } from "./dcerpc.js";
import { eventKeywords } from "./events.js";
import { fileKeywords } from "./files.js";
import { flowKeyword } from "./flow.js";
import { frameKeywords } from "./frames.js";
import { ftpKeywords } from "./ftp.js";
import { http2Keywords } from "./http2.js";
import { identityKeywords } from "./identity.js";
import { ikeKeywords } from "./ike.js";
import { kerberosKeywords } from "./kerberos.js";
import type { Keyword } from "./keyword.js";
import { messageNumberKeywords } from "./message-numbers.js";
import { mqttKeywords } from "./mqtt.js";
import { nfsKeywords } from "./nfs.js";
import { packetKeywords } from "./packet.js";
import { passedOverKeywords } from "./passed-over.js";
import { pcreKeyword } from "./pcre.js";
import { isTest, prefilterKeyword } from "./prefilter.js";
import { protocolKeywords } from "./protocol.js";
import { refusedKeywords } from "./refused.js";
import { reputationKeyword } from "./reputation.js";
import { sshKeywords } from "./ssh.js";
import { thresholdKeywords } from "./threshold.js";
import { tlsKeywords } from "./tls.js";
import { transformKeywords } from "./transforms.js";
import { onceBitOf, type ValueForm, valueFormOf } from "./value-forms.js";

const ALL: readonly Keyword[] = [
  ...identityKeywords,
  ...contentKeywords,
  ...bufferKeywords,
  ...transformKeywords,
  pcreKeyword,
  ...byteKeywords,
  flowKeyword,
  ...bitKeywords,
  ...packetKeywords,
  ...checksumKeywords,
  ...messageNumberKeywords,
  ...mqttKeywords,
  ...dataSetKeywords,
  ...frameKeywords,
  ...ikeKeywords,
  ...kerberosKeywords,
  ...tlsKeywords,
  ...dcerpcKeywords,
  ...fileKeywords,
  ...ftpKeywords,
  ...nfsKeywords,
  ...protocolKeywords,
  prefilterKeyword,
  asn1Keyword,
  reputationKeyword,
  ...refusedKeywords,
  ...eventKeywords,
  ...thresholdKeywords,
  ...passedOverKeywords,
  ...sshKeywords,
  ...http2Keywords,
];

/** A name of a keyword and what holds for it, found once: rules of a large set write hundreds of thousands of them. */
export interface KnownKeyword {
  readonly name: string;
  readonly keyword: Keyword;
  readonly form: ValueForm | undefined;
  /** See onceBitOf. */
  readonly onceBit: number;
  /** Whether it tests anything by itself. */
  readonly isTest: boolean;
}

const KEYWORDS: ReadonlyMap<string, KnownKeyword> = new Map(
  ALL.flatMap((keyword) =>
    keyword.names.map((name) => {
      const [form, onceBit] = [valueFormOf(name), onceBitOf(name)];
      return [name, { name, keyword, form, onceBit, isTest: isTest(name) }] as const;
    }),
  ),
);

/** The keyword of that name, in any case; a rule with one that is not known is refused. */
export function keywordNamed(name: string): KnownKeyword | undefined {
  return KEYWORDS.get(name) ?? KEYWORDS.get(name.toLowerCase());
}
