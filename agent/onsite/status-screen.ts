/** The status of an agent as a person reads it, 80 columns, Japanese or English. */
import { type Language, translate } from "../base/language.js";
import { displayWidth, SCREEN_COLUMNS, wrapText } from "../base/text-layout.js";
import type { Status } from "./status.js";
import { statusRows } from "./status-rows.js";

const LABEL_WIDTH = 12;

/** Lines without their ends. */
export function statusScreen(status: Status, language: Language): string[] {
  const title = translate(language, "status.title", {
    version: status.version,
    device: status.device,
    verdict: translate(language, `status.verdict.${status.verdict}`),
  });
  const rows = statusRows(status, language).map(
    ({ label, text }) => `  ${label}${" ".repeat(Math.max(1, LABEL_WIDTH - displayWidth(label)))}${text}`,
  );
  const code = status.pageSetupCode;
  const setup = code === undefined ? [] : ["", translate(language, "status.page.setup", { code })];
  return [title, ...rows, ...conditionLines(status, language), ...setup];
}

function conditionLines({ conditions }: Status, language: Language): string[] {
  if (conditions.length === 0) return [];
  const sentences = conditions.flatMap(({ name, params, subject }) => {
    const text = translate(language, `condition.${name}`, { ...params, subject: subject ?? "" });
    return wrapText(text, SCREEN_COLUMNS, "  ! ", "    ");
  });
  return ["", translate(language, "status.wrong"), ...sentences];
}
