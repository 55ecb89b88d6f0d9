/**
 * Owns the reading of one YAML file: text to value, with the line of every key.
 *
 * YAML 1.2 core schema (JSON's types), one document, unique keys, aliases bounded against "billion laughs".
 * Nothing is expanded or included: `${…}` is text.
 */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { isMap, isNode, isSeq, LineCounter, parseDocument } from "yaml";
import { AgentError, reasonOf } from "../base/errors.js";
import type { SchemaPath } from "../base/json-schema.js";
import type { ConfigProblem, Place } from "./problem.js";

const MAX_FILE_BYTES = 256 * 1024;
const MAX_ALIASES = 100;

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
  const text = readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: "core",
    version: "1.2",
    uniqueKeys: true,
    prettyErrors: false,
    strict: true,
  });
  const lineAt = (offset: number): Place => ({ name: file, line: Math.max(1, lines.linePos(offset).line) });
  const problems: ConfigProblem[] = [...document.errors, ...document.warnings].map((error) => ({
    place: lineAt(error.pos[0]),
    code: "error.config.problem.syntax",
    params: { reason: error.message },
  }));
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
  let value: unknown;
  if (problems.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      problems.push({
        place: lineAt(0),
        code: "error.config.problem.syntax",
        params: { reason: reasonOf(error) },
      });
    }
  }
  return { value, problems, placeOf };
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
