/** An examination as a person reads it: numbered, the cause first, 80 columns. */
import { type Language, translate } from "../../base/language.js";
import { SCREEN_COLUMNS, wrapText } from "../../base/text-layout.js";
import type { Examination } from "./doctor.js";

export function doctorScreen({ findings, checks }: Examination, language: Language): string[] {
  if (findings.length === 0) return [translate(language, "doctor.well", { count: checks })];
  const faults = findings.filter(({ level }) => level === "fault").length;
  const warnings = findings.length - faults;
  return [
    translate(language, "doctor.faults", { faults, warnings }),
    ...findings.flatMap(({ level, message, params }, index) => {
      const head = `${String(index + 1).padStart(2)}. ${translate(language, `doctor.level.${level}`)}: `;
      return wrapText(`${head}${translate(language, message, params)}`, SCREEN_COLUMNS, "", "    ");
    }),
  ];
}
