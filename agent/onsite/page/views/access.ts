/** Signing in, and setting the first password. */
import { html } from "hono/html";
import { type Frame, type Markup, page, speaker } from "../layout.js";
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from "../password.js";

/** @param trouble what was wrong with the last attempt, in the reader's language */
export function loginView(frame: Frame, trouble?: string): Markup {
  const say = speaker(frame.language);
  return page(
    frame,
    say("page.login"),
    html`<form method="post" action="/login" class="access">
${troubleText(trouble)}
<label for="password">${say("page.password")}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus maxlength="${MAX_PASSWORD_LENGTH}">
<button>${say("page.login")}</button>
</form>`,
  );
}

export function setupView(frame: Frame, trouble?: string): Markup {
  const say = speaker(frame.language);
  const password = html`type="password" autocomplete="new-password" required minlength="${MIN_PASSWORD_LENGTH}" maxlength="${MAX_PASSWORD_LENGTH}"`;
  return page(
    frame,
    say("page.setup"),
    html`<form method="post" action="/setup" class="access">
<p>${say("page.setup.why")}</p>
${troubleText(trouble)}
<label for="code">${say("page.setup.code")}</label>
<input id="code" name="code" required maxlength="20" autocomplete="off" autocapitalize="characters">
<label for="password">${say("page.setup.password", { length: MIN_PASSWORD_LENGTH })}</label>
<input id="password" name="password" ${password}>
<label for="again">${say("page.setup.again")}</label>
<input id="again" name="again" ${password}>
<button>${say("page.setup")}</button>
</form>`,
  );
}

function troubleText(trouble: string | undefined): Markup | string {
  return trouble === undefined ? "" : html`<p class="trouble" role="alert">${trouble}</p>`;
}
