/** The EVE object `quic` of one packet as Suricata 7 writes it, and the JA4 of a ClientHello. */
import { eveText } from "../eve-text.js";
import { Field, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { TO_SERVER } from "../protocols.js";
import type { HelloView } from "../tls/hello.js";
import { describeExtensions } from "./hello-extensions.js";
import { quicVersionName } from "./quic-versions.js";

/** @param hello of `message`, where that has the fingerprint of one */
export function describeQuic(hello: HelloView, message: MessageView): Readonly<Record<string, unknown>> {
  const quic: Record<string, unknown> = {};
  const isFromClient = message.direction === TO_SERVER;
  if (message.hasNumber(NumberField.QUIC_VERSION)) {
    quic.version = quicVersionName(message.number(NumberField.QUIC_VERSION));
  }
  const serverName = message.first(Field.QUIC_SNI);
  if (serverName >= 0) quic.sni = entryText(message, serverName);
  const userAgent = message.first(Field.QUIC_UA);
  if (userAgent >= 0) quic.ua = entryText(message, userAgent);
  const cyu: Record<string, string>[] = [];
  let text = message.first(Field.QUIC_CYU_STRING);
  for (let hash = message.first(Field.QUIC_CYU_HASH); hash >= 0 && text >= 0; hash = message.next(hash)) {
    cyu.push({ hash: entryText(message, hash), string: entryText(message, text) });
    text = message.next(text);
  }
  if (cyu.length > 0) quic.cyu = cyu;
  const ja3 = message.first(isFromClient ? Field.JA3_STRING : Field.JA3S_STRING);
  const hash = message.first(isFromClient ? Field.JA3_HASH : Field.JA3S_HASH);
  if (ja3 >= 0 && hash >= 0) {
    quic[isFromClient ? "ja3" : "ja3s"] = { hash: entryText(message, hash), string: entryText(message, ja3) };
    const extensions = describeExtensions(hello);
    if (extensions.length > 0) quic.extensions = extensions;
  }
  const ja4 = message.first(Field.JA4_HASH);
  if (ja4 >= 0) quic.ja4 = entryText(message, ja4);
  return { quic };
}

function entryText(message: MessageView, entry: number): string {
  return eveText(message.entryBytes[entry]!, message.entryOffset[entry]!, message.entryLength[entry]!);
}
