/**
 * Owns what aliases (`*name`) and keys of a YAML document may be. An alias stands for something that was named before, and does
 * not unfold to more than MAX_NODES values, however they are nested; a key is text, and no merge key (`<<`). The parser
 * itself finds that only while it unfolds, and does not say where.
 *
 * Memory: a number for every anchor. Time: one walk along the document, unfolding nothing.
 */
import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq } from "yaml";
import type { ErrorCode } from "../base/errors.js";

/** What the largest sensible configuration has, many times over. */
const MAX_NODES = 20_000;

export interface AliasProblem {
  readonly offset: number;
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number>>;
}

/** What is wrong with the aliases of `document`, in its order. */
export function aliasProblems(document: Document): AliasProblem[] {
  const walk = new AliasWalk();
  walk.sizeOf(document.contents);
  return walk.problems;
}

class AliasWalk {
  readonly problems: AliasProblem[] = [];
  /** How many values an anchor stands for; 0 while it is being read. */
  readonly #sizes = new Map<string, number>();
  #isTooLarge = false;

  /** How many values `node` is when it is unfolded, counted no further than a little past the bound. */
  sizeOf(node: unknown): number {
    if (isAlias(node)) return this.#aliasSize(node.source, node.range?.[0] ?? 0);
    if (isPair(node)) {
      this.#judgeKey(node.key);
      return this.sizeOf(node.key) + this.sizeOf(node.value);
    }
    const anchor = isNode(node) && "anchor" in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#sizes.set(anchor, 0);
    let size = 1;
    if (isMap(node) || isSeq(node)) for (const item of node.items) size += this.sizeOf(item);
    if (anchor !== undefined) this.#sizes.set(anchor, size);
    if (size > MAX_NODES && isNode(node)) this.#refuseSize(node.range?.[0] ?? 0);
    return Math.min(size, MAX_NODES + 1);
  }

  #aliasSize(name: string, offset: number): number {
    const size = this.#sizes.get(name);
    if (size === undefined) this.#add(offset, "error.config.problem.unknown_anchor", { name });
    else if (size === 0) this.#add(offset, "error.config.problem.endless_alias", { name });
    return size ?? 0;
  }

  /** In YAML 1.2 `<<` is a key like any other, and would be told as an unknown one. */
  #judgeKey(key: unknown): void {
    const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
    if (!isScalar(key)) this.#add(offset, "error.config.problem.key_form", {});
    else if (key.value === "<<") this.#add(offset, "error.config.problem.merge_key", {});
  }

  /** Said once: what is around it is too large as well. */
  #refuseSize(offset: number): void {
    if (this.#isTooLarge) return;
    this.#isTooLarge = true;
    this.#add(offset, "error.config.problem.too_many_values", { limit: MAX_NODES });
  }

  #add(offset: number, code: ErrorCode, params: AliasProblem["params"]): void {
    this.problems.push({ offset, code, params });
  }
}
