/**
 * The EVE object `tls` as Suricata 7 writes it with extended logging, JA3 and JA4. Names that only later versions
 * have are theirs: `client_alpns`, `server_alpns`, `subjectaltname`.
 */
import { MD5_BYTES } from "../../../base/hash/md5.js";
import { eveText, hexText } from "../eve-text.js";
import { Field, type FieldId, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { TO_SERVER } from "../protocols.js";
import { JA4_BYTES } from "./ja4.js";
import { versionName } from "./tls-constants.js";
import { Kept, type TlsState } from "./tls-state.js";

type Eve = Record<string, unknown>;

/** The object of `message`, with what earlier messages of the flow said. */
export function describeTls(state: TlsState, message: MessageView): Readonly<Eve> {
  const tls: Eve = {};
  const isFromClient = message.direction === TO_SERVER;
  if (!isFromClient) addNames(tls, message);
  if (isResumed(state, message)) tls.session_resumed = true;
  if (!isFromClient) addSerialAndFingerprint(tls, message);
  if (state.serverNameLength >= 0) tls.sni = eveText(state.memory, Kept.SERVER_NAME, state.serverNameLength);
  tls.version = versionName(state.server.version);
  if (!isFromClient) addValidity(tls, message);
  addList(tls, "subjectaltname", message, Field.TLS_SUBJECT_ALT_NAME);
  addFingerprint(tls, "ja3", state.hasJa3, state, Kept.JA3, message, Field.JA3_STRING);
  addFingerprint(tls, "ja3s", state.hasJa3s, state, Kept.JA3S, message, Field.JA3S_STRING);
  if (state.hasJa4) tls.ja4 = eveText(state.memory, Kept.JA4, JA4_BYTES);
  addList(tls, isFromClient ? "client_alpns" : "server_alpns", message, Field.TLS_ALPN);
  if (isFromClient && message.first(Field.TLS_CERT_SUBJECT) >= 0) {
    const client: Eve = {};
    addNames(client, message);
    addSerialAndFingerprint(client, message);
    addValidity(client, message);
    tls.client = client;
  }
  return { tls };
}

/** Before TLS 1.3: the server took up the client's session, or went on to encryption without a certificate. */
function isResumed(state: TlsState, message: MessageView): boolean {
  if (state.isTls13 || !state.server.hasHello || state.server.hasCertificate) return false;
  if (message.first(Field.TLS_CERT_SUBJECT) >= 0) return false;
  return state.hasEchoedSessionId || (state.hasSessionTicket && state.hasChangeCipherSpec);
}

function addNames(eve: Eve, message: MessageView): void {
  addText(eve, "subject", message, Field.TLS_CERT_SUBJECT);
  addText(eve, "issuerdn", message, Field.TLS_CERT_ISSUER);
}

function addSerialAndFingerprint(eve: Eve, message: MessageView): void {
  addText(eve, "serial", message, Field.TLS_CERT_SERIAL);
  addText(eve, "fingerprint", message, Field.TLS_CERT_FINGERPRINT);
}

function addValidity(eve: Eve, message: MessageView): void {
  addTime(eve, "notbefore", message, NumberField.TLS_CERT_NOT_BEFORE);
  addTime(eve, "notafter", message, NumberField.TLS_CERT_NOT_AFTER);
}

function addText(eve: Eve, key: string, message: MessageView, field: FieldId): void {
  const entry = message.first(field);
  if (entry >= 0) eve[key] = entryText(message, entry);
}

function addList(eve: Eve, key: string, message: MessageView, field: FieldId): void {
  const texts: string[] = [];
  for (let entry = message.first(field); entry >= 0; entry = message.next(entry)) {
    texts.push(entryText(message, entry));
  }
  if (texts.length > 0) eve[key] = texts;
}

/** `2025-01-31T23:59:59`, UTC, as Suricata writes it. */
function addTime(eve: Eve, key: string, message: MessageView, field: number): void {
  if (message.hasNumber(field)) eve[key] = new Date(message.number(field)).toISOString().slice(0, 19);
}

/** The hash from the state, the text while the message has it; of a broken hello there is only the text. */
function addFingerprint(
  eve: Eve,
  key: string,
  hasHash: boolean,
  state: TlsState,
  at: number,
  message: MessageView,
  field: FieldId,
): void {
  const result: Eve = {};
  if (hasHash) result.hash = hexText(state.memory, at, MD5_BYTES);
  addText(result, "string", message, field);
  if (hasHash || "string" in result) eve[key] = result;
}

function entryText(message: MessageView, entry: number): string {
  return eveText(message.entryBytes[entry]!, message.entryOffset[entry]!, message.entryLength[entry]!);
}
