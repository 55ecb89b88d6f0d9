/** The EVE object `quic` as Suricata 7 writes it, without its list of TLS extensions. */
import { MD5_BYTES } from "../../../base/hash/md5.js";
import { eveText, hexText } from "../eve-text.js";
import { Field, NumberField } from "../fields.js";
import type { MessageView } from "../message-view.js";
import { TO_SERVER } from "../protocols.js";
import { JA4_BYTES } from "../tls/ja4.js";
import { QuicKept, type QuicState } from "./quic-state.js";
import { quicVersionName } from "./quic-versions.js";

export function describeQuic(state: QuicState, message: MessageView): Readonly<Record<string, unknown>> {
  const quic: Record<string, unknown> = {};
  const isFromClient = message.direction === TO_SERVER;
  if (message.hasNumber(NumberField.QUIC_VERSION)) {
    quic.version = quicVersionName(message.number(NumberField.QUIC_VERSION));
  }
  if (state.serverNameLength >= 0)
    quic.sni = eveText(state.memory, QuicKept.SERVER_NAME, state.serverNameLength);
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
  } else if (state.hasJa3) quic.ja3 = { hash: hexText(state.memory, QuicKept.JA3, MD5_BYTES) };
  if (state.hasJa4) quic.ja4 = eveText(state.memory, QuicKept.JA4, JA4_BYTES);
  return { quic };
}

function entryText(message: MessageView, entry: number): string {
  return eveText(message.entryBytes[entry]!, message.entryOffset[entry]!, message.entryLength[entry]!);
}
