/** A self-test as a person reads it: a line a leg, 80 columns, Japanese or English. */
import { type Language, translate } from "../../base/language.js";
import { displayWidth, printable, SCREEN_COLUMNS, wrapText } from "../../base/text-layout.js";
import { type SelfTestLeg, type SelfTestReport, selfTestVerdict } from "./self-test-report.js";

const STATE_COLUMNS = 12;
const LEG_COLUMNS = 24;

/** One leg: how it stands, what it is, how long it took; where it was not proved, why and what to do. */
export function legLines(leg: SelfTestLeg, language: Language): string[] {
  const state = translate(language, `selftest.state.${leg.state}`);
  const head = ` ${padded(state, STATE_COLUMNS)}${padded(legName(leg, language), LEG_COLUMNS)}`;
  const time = leg.ms === undefined ? "" : `${leg.ms} ms`.padStart(9);
  const line = `${head}${time}${wayText(leg, language)}`.trimEnd();
  const why = reasonText(leg, language);
  if (why === undefined) return [line];
  const indent = " ".repeat(STATE_COLUMNS + 1);
  return [line, ...wrapText(printable(why), SCREEN_COLUMNS, indent).split("\n")];
}

/** What the whole test says. */
export function selfTestSummary(report: SelfTestReport, language: Language): string {
  return translate(language, `selftest.verdict.${selfTestVerdict(report)}`);
}

/** The name of a leg, with its interface. */
export function legName(leg: SelfTestLeg, language: Language): string {
  const name = translate(language, `selftest.leg.${leg.leg}`);
  return leg.interface === undefined ? name : `${printable(leg.interface)}: ${name}`;
}

/** Why a leg was not proved, and what to do. */
export function reasonText({ leg, reason }: SelfTestLeg, language: Language): string | undefined {
  if (reason === undefined) return undefined;
  if (leg === "inject" && reason.key === "error.capture.permission")
    return translate(language, "selftest.inject.forbidden", reason.params);
  const text = translate(language, reason.key, reason.params);
  const isForeign = leg === "inject" && !reason.key.startsWith("selftest.");
  return isForeign ? translate(language, "selftest.inject.failed", { reason: text }) : text;
}

/** How a leg was proved, where that was not the usual way. */
export function wayText({ way }: SelfTestLeg, language: Language): string {
  if (way !== "broker" && way !== "datagram") return "";
  return `  ${translate(language, `selftest.by.${way}`)}`;
}

function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(1, columns - displayWidth(text)));
}
