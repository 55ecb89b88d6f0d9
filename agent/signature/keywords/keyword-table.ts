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
import { prefilterKeyword } from "./prefilter.js";
import { protocolKeywords } from "./protocol.js";
import { refusedKeywords } from "./refused.js";
import { reputationKeyword } from "./reputation.js";
import { sshKeywords } from "./ssh.js";
import { thresholdKeywords } from "./threshold.js";
import { tlsKeywords } from "./tls.js";
import { transformKeywords } from "./transforms.js";

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

/** Every keyword the engine runs, by name. A rule with any other keyword is refused. */
export const KEYWORDS: ReadonlyMap<string, Keyword> = new Map(
  ALL.flatMap((keyword) => keyword.names.map((name) => [name, keyword] as const)),
);
