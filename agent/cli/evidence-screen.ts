/** Owns what people read of evidence: the pages in an archive, in both languages, and what does not hold. */
import { type Language, type MessageKey, type MessageParams, translate } from "../base/language.js";
import { localTime } from "../base/local-time.js";
import { printable, SCREEN_COLUMNS, wrapText } from "../base/text-layout.js";
import type { ArchivedFile } from "../evidence/archive.js";
import type { ArchiveProblem } from "../evidence/archive-verification.js";
import type { ShownRecords } from "../evidence/export.js";
import type { EvidenceRecord } from "../evidence/record.js";
import type { Incident } from "../incident/incident.js";
import { type CliContext, say } from "./context.js";
import { incidentSheet } from "./incident-screen.js";

const LANGUAGES: readonly Language[] = ["ja", "en"];
const MAX_DETAIL = 240;

export interface PageFacts {
  readonly records: ShownRecords;
  readonly incident: Incident | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly by: string;
  readonly recipient: string;
  readonly purpose: string;
}

/** Index and incident sheet in Japanese and English, and the incident as JSON. */
export function evidencePages(facts: PageFacts): ArchivedFile[] {
  const { incident } = facts;
  const pages = LANGUAGES.flatMap((language) => [
    textFile(`index.${language}.txt`, indexOf(facts, language)),
    ...(incident ? [textFile(`incident.${language}.txt`, incidentSheet(incident, language))] : []),
  ]);
  if (incident === undefined) return pages;
  return [...pages, textFile("incident.json", [JSON.stringify(incident, undefined, 2)])];
}

function indexOf(facts: PageFacts, language: Language): string[] {
  const { records, incident, fromMs, toMs, by, recipient, purpose } = facts;
  const text = (key: MessageKey, params: MessageParams = {}): string =>
    wrapText(printable(translate(language, key, params)), SCREEN_COLUMNS);
  const [from, to] = [fromMs, toMs].map((at) => `${localTime(at, language)} (${new Date(at).toISOString()})`);
  const { device } = records.last;
  return [
    text("evidence.index.title", { device, subject: incident?.id ?? "" }),
    "",
    text("evidence.index.period", { from: from!, to: to! }),
    text("evidence.index.custody", { by, to: recipient || "–", purpose: purpose || "–" }),
    text("evidence.index.seals", {
      first: records.first.last + 1,
      last: records.last.last,
      epoch: records.last.epoch,
    }),
    text("evidence.index.hidden", { hidden: records.hidden }),
    "",
    ...[...records.counts].map(([kind, count]) => `  ${kind.padEnd(12)} ${String(count).padStart(8)}`),
    "",
    text("evidence.index.notable"),
    "",
    ...records.notable.map((record) => notableLine(record, language)),
    "",
    text("evidence.index.files"),
    "",
    text("evidence.index.verify"),
  ];
}

function notableLine({ n, at, clock, kind, data }: EvidenceRecord, language: Language): string {
  const detail = JSON.stringify(data).slice(0, MAX_DETAIL);
  const mark = clock === undefined ? "" : ` [clock: ${clock}]`;
  const head = `  ${localTime(at, language)}${mark}  ${kind} #${n}  `;
  return wrapText(printable(detail), SCREEN_COLUMNS, head, "      ");
}

/** What does not hold, in the reader's language. */
export function problemText(context: CliContext, problem: ArchiveProblem): string {
  switch (problem.what) {
    case "archive":
      return say(context, "evidence.problem.archive", { reason: problem.reason });
    case "file":
      return say(context, `evidence.problem.file.${problem.why}`, { file: problem.file });
    case "custody":
      return say(context, "evidence.problem.custody");
    case "seal":
      return say(context, `evidence.problem.seal.${problem.why}`, {
        epoch: problem.epoch,
        file: problem.file,
      });
    case "record":
      return say(context, `evidence.problem.record.${problem.why}`, { n: problem.n, file: problem.file });
  }
}

function textFile(name: string, lines: readonly string[]): ArchivedFile {
  return { name, bytes: Buffer.from(`${lines.join("\n")}\n`) };
}
