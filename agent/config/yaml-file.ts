/**
 * Owns the reading of one YAML file: text to value, with the line of every key.
 *
 * YAML 1.2 core schema (JSON's types), one document, unique keys, no merge keys, aliases bounded against "billion laughs".
 * Nothing is expanded or included: `${…}` is text.
 */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument } from "yaml";
import { AgentError, reasonOf } from "../base/errors.js";
import type { SchemaPath } from "../base/json-schema.js";
import type { ConfigProblem, Place } from "./problem.js";
import { aliasProblems } from "./yaml-aliases.js";

const MAX_FILE_BYTES = 256 * 1024;

export interface YamlFile {
  readonly value: unknown;
  /** Syntax errors; where there are any, `value` is not to be used. */
  readonly problems: readonly ConfigProblem[];
  /** Where the key at `path` stands, or the nearest thing around it. */
  placeOf(path: SchemaPath): Place;
}

/**
 * Read and parse a file.
 *
 * @throws AgentError where it is missing, cannot be read, is no file, or is too large.
 */
export function readYamlFile(file: string): YamlFile {
  const lines = new LineCounter();
  const lineAt = (offset: number): Place => ({ name: file, line: Math.max(1, lines.linePos(offset).line) });
  const document = parse(readText(file), lines);
  if (document === undefined) {
    const tooDeep: ConfigProblem = { place: lineAt(0), code: "error.config.problem.too_deep", params: {} };
    return { value: undefined, problems: [tooDeep], placeOf: () => lineAt(0) };
  }
  const problems: ConfigProblem[] = [...document.errors, ...document.warnings].map((error) => ({
    place: lineAt(error.pos[0]),
    code: "error.config.problem.syntax",
    params: { reason: error.message },
  }));
  if (problems.length === 0) {
    for (const { offset, code, params } of aliasProblems(document)) {
      problems.push({ place: lineAt(offset), code, params });
    }
  }
  const placeOf = (path: SchemaPath): Place => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const part of path) {
      const pair = isMap(node) ? node.items.find((item) => String(item.key) === String(part)) : undefined;
      const item = isSeq(node) && typeof part === "number" ? node.items[part] : undefined;
      const anchor = pair?.key ?? item;
      if (isNode(anchor) && anchor.range) offset = anchor.range[0];
      node = pair?.value ?? item;
    }
    return lineAt(offset);
  };
  // Aliases have been counted already, and those of a configuration may be many.
  const value: unknown = problems.length === 0 ? document.toJS({ maxAliasCount: -1 }) : undefined;
  return { value, problems, placeOf };
}

/** undefined where brackets or indentations are nested deeper than the parser can go. */
function parse(text: string, lineCounter: LineCounter): Document | undefined {
  const options = {
    schema: "core",
    version: "1.2",
    uniqueKeys: true,
    prettyErrors: false,
    strict: true,
  } as const;
  try {
    return parseDocument(text, { ...options, lineCounter });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readText(file: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new AgentError("error.config.not_a_file", { file });
    if (status.size > MAX_FILE_BYTES) {
      throw new AgentError("error.config.too_large", { file, limit: MAX_FILE_BYTES / 1024 });
    }
    return readFileSync(descriptor, "utf8");
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new AgentError(
      isMissing ? "error.config.missing" : "error.config.unreadable",
      { file, reason: reasonOf(error) },
      { cause: error },
    );
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
