/**
 * Owns what goes into an archive beside the chain: the card of the device, the text of the rules that fired, the captures made for the
 * incident. What of it cannot be had is left out and said: the records are what matters.
 */
import { readFileSync } from "node:fs";
import { AgentError } from "../base/errors.js";
import type { Language } from "../base/language.js";
import { readRuleFiles } from "../config/rule-files.js";
import { rulePaths } from "../config/rule-layers.js";
import type { Config } from "../config/schema.js";
import { type DeviceCard, findCards } from "../device/card.js";
import type { ArchivedFile } from "../evidence/archive.js";
import type { Incident } from "../incident/incident.js";
import { CaptureFolder } from "../onsite/capture-folder.js";
import type { CliContext } from "./context.js";
import { deviceSheet } from "./device-screen.js";
import { knownCards } from "./devices.js";
import { deskFor } from "./rule-sets.js";

const LANGUAGES: readonly Language[] = ["ja", "en"];
const MAX_CAPTURE_BYTES = 100 * 1024 * 1024;
const SID = /\bsid\s*:\s*(\d{1,10})\s*;/;
const GID = /\bgid\s*:\s*(\d{1,10})\s*;/;
const RULES_HEAD =
  "# Rules that fired, as they stand on the box at the time of this export; a detection names its revision.\n";

interface Wanted {
  readonly config: string | undefined;
  readonly captures: boolean;
}

export class EvidenceSurroundings {
  readonly #files: readonly ArchivedFile[];
  readonly #rulePaths: readonly string[];
  readonly #context: CliContext;

  private constructor(context: CliContext, files: readonly ArchivedFile[], paths: readonly string[]) {
    this.#context = context;
    this.#files = files;
    this.#rulePaths = paths;
  }

  /** @param incident undefined: only the rules */
  static async gather(
    context: CliContext,
    config: Config,
    wanted: Wanted,
    incident: Incident | undefined,
  ): Promise<EvidenceSurroundings> {
    const cards = incident ? await cardsOf(context, wanted, incident) : [];
    const captures = incident && wanted.captures ? capturesOf(context, config, incident) : [];
    const files = [...(incident ? cardFiles(cards, incident) : []), ...captures];
    return new EvidenceSurroundings(context, files, await pathsOf(config));
  }

  /** @param rules whose text is wanted, as `gid:sid` */
  files(rules: ReadonlySet<string>): ArchivedFile[] {
    const texts = rules.size === 0 ? [] : told(this.#context, () => ruleTexts(this.#rulePaths, rules));
    if (texts.length === 0) return [...this.#files];
    return [...this.#files, { name: "rules/fired.rules", bytes: Buffer.from(RULES_HEAD + texts.join("")) }];
  }
}

async function cardsOf(context: CliContext, wanted: Wanted, incident: Incident): Promise<DeviceCard[]> {
  try {
    const cards = await knownCards(context, { config: wanted.config, socket: undefined });
    return incident.insideHosts.named.flatMap(({ id, address }) => {
      const named = cards.filter((card) => card.id === id);
      return (named.length > 0 ? named : findCards(cards, address, undefined)).slice(0, 1);
    });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    context.err(error.describe(context.language));
    return [];
  }
}

function cardFiles(cards: readonly DeviceCard[], incident: Incident): ArchivedFile[] {
  if (cards.length === 0) return [];
  const sheets = LANGUAGES.map((language) => {
    const lines = cards.flatMap((card) => [...deviceSheet(card, [incident], language), ""]);
    return { name: `device.${language}.txt`, bytes: Buffer.from(lines.join("\n")) };
  });
  return [...sheets, { name: "device.json", bytes: Buffer.from(`${JSON.stringify(cards, undefined, 2)}\n`) }];
}

function capturesOf(context: CliContext, config: Config, incident: Incident): ArchivedFile[] {
  return told(context, () => {
    const folder = new CaptureFolder(config.store.path);
    return folder
      .list()
      .filter((record) => record.incident === incident.id && record.bytes <= MAX_CAPTURE_BYTES)
      .flatMap((record) => [
        { name: `captures/${record.id}.pcap`, bytes: Buffer.from(folder.read(record)) },
        {
          name: `captures/${record.id}.json`,
          bytes: readFileSync(folder.fileOf(record.id).replace(/pcap$/, "json")),
        },
      ]);
  });
}

/** Rules of installed rule sets and of the configuration. */
async function pathsOf(config: Config): Promise<readonly string[]> {
  const { desk } = await deskFor(config);
  return rulePaths(config.rules, desk.folders);
}

/** Each rule with the place it stands in; lines that go on (`\`) in one piece. */
function ruleTexts(paths: readonly string[], wanted: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const { path, text } of readRuleFiles(paths)) {
    let [rule, number] = ["", 0];
    for (const line of text.split("\n")) {
      number++;
      rule += line;
      if (line.endsWith("\\")) {
        rule += "\n";
        continue;
      }
      const sid = SID.exec(rule)?.[1];
      if (sid !== undefined && wanted.has(`${GID.exec(rule)?.[1] ?? 1}:${sid}`))
        found.push(`# ${path}:${number}\n${rule}\n`);
      rule = "";
    }
  }
  return found;
}

/** What can be had; what goes wrong is said. */
function told<T>(context: CliContext, work: () => T[]): T[] {
  try {
    return work();
  } catch (error) {
    context.err(error instanceof AgentError ? error.describe(context.language) : String(error));
    return [];
  }
}
