/** The EVE objects `smtp` and `email` of a mail, with Suricata's names. */

import { eveText } from "../eve-text.js";
import type { TextBuffer } from "../text-buffer.js";
import { MailStatus, type MimeReader } from "./mime-reader.js";
import type { SmtpState } from "./state.js";

const STATUS_NAMES = {
  [MailStatus.READY]: "HEADER_READY",
  [MailStatus.HEADER]: "HEADER_STARTED",
  [MailStatus.BODY]: "BODY_STARTED",
  [MailStatus.DONE]: "PARSE_DONE",
} as const;

export function describeSmtp(state: SmtpState): Record<string, unknown> {
  const smtp: Record<string, unknown> = {};
  if (state.hasHelo) smtp.helo = textOf(state.helo);
  if (state.hasMailFrom) smtp.mail_from = textOf(state.mailFrom);
  const recipients = split(state.recipients, state.recipientEnd, state.recipientCount);
  if (recipients.length > 0) smtp.rcpt_to = recipients;
  return smtp;
}

export function describeEmail(mime: MimeReader): Record<string, unknown> {
  const email: Record<string, unknown> = { status: STATUS_NAMES[mime.status] };
  if (mime.from.length > 0) email.from = textOf(mime.from);
  const to = addressesOf(mime.to);
  if (to.length > 0) email.to = to;
  const cc = addressesOf(mime.cc);
  if (cc.length > 0) email.cc = cc;
  if (mime.subject.length > 0) email.subject = textOf(mime.subject);
  const attachments = split(mime.attachmentNames, mime.attachmentEnd, mime.attachmentCount);
  if (attachments.length > 0) email.attachment = attachments;
  return email;
}

function textOf(buffer: TextBuffer): string {
  return eveText(buffer.bytes, 0, buffer.length);
}

function addressesOf(buffer: TextBuffer): string[] {
  return textOf(buffer)
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
}

/** The texts that stand one behind the other in `buffer`, each up to its end. */
function split(buffer: TextBuffer, ends: Uint16Array, count: number): string[] {
  const texts: string[] = [];
  let start = 0;
  for (let i = 0; i < count; i++) {
    texts.push(eveText(buffer.bytes, start, ends[i]! - start));
    start = ends[i]!;
  }
  return texts;
}
