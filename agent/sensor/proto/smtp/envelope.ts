/** What every message of a mail carries: who it is from and to, and what was malformed since the message before. */
import { Field } from "../fields.js";
import type { MessageView } from "../message-view.js";
import type { SmtpState } from "./state.js";

export function addEnvelope(state: SmtpState, message: MessageView): void {
  if (state.hasHelo) message.add(Field.SMTP_HELO, state.helo.bytes, 0, state.helo.length);
  if (state.hasMailFrom) message.add(Field.SMTP_MAIL_FROM, state.mailFrom.bytes, 0, state.mailFrom.length);
  let start = 0;
  for (let i = 0; i < state.recipientCount; i++) {
    const end = state.recipientEnd[i]!;
    message.add(Field.SMTP_RCPT_TO, state.recipients.bytes, start, end - start);
    start = end;
  }
}

export function addEvents(state: SmtpState, message: MessageView): void {
  for (let i = 0; i < state.eventCount; i++) message.addEvent(state.event(i));
  state.clearEvents();
}
