/** Texts that expressions match, and texts that nearly do, made from the form of the expression. */
import type { ExpressionNode, ExpressionTree } from "#agent/signature/expression/expression-syntax.js";

/** Bytes that make the most readable samples stand in front. */
const PREFERRED = [..."a0AzZ9 b1_-/.=%&?:;,", "\r", "\n", "\t"].map((character) => character.charCodeAt(0));
/** Repetitions that a sample takes at the most. */
const MAX_REPEATS = 64;

/**
 * A text that the expression matches, as far as its look-arounds let it; the bytes are Latin-1 characters.
 *
 * @param extra how many rounds more than the least open repetitions take
 */
export function sampleOf({ root }: ExpressionTree, extra = 1): string {
  const groups = new Map<number, string>();
  const write = (node: ExpressionNode): string => {
    switch (node.kind) {
      case "set":
        return String.fromCharCode(memberOf(node.set));
      case "sequence":
        return node.parts.map(write).join("");
      case "choice":
        return node.options[0] ? write(node.options[0]) : "";
      case "repeat": {
        const rounds = Math.min(node.max, node.min + (node.isLazy ? 0 : extra), node.min + MAX_REPEATS);
        return Array.from({ length: rounds }, () => write(node.body)).join("");
      }
      case "group": {
        const text = write(node.body);
        groups.set(node.index, text);
        return text;
      }
      case "reference":
        return groups.get(node.index) ?? "";
      default:
        return "";
    }
  };
  return write(root);
}

/** A byte of a set, one that can be read where there is one. */
export function memberOf(set: Uint8Array): number {
  const preferred = PREFERRED.find((byte) => set[byte] === 1);
  return preferred ?? Math.max(0, set.indexOf(1));
}

/** Texts of `length` bytes that keep an engine busy: what nearly matches, over and over. */
export function attacksOn(tree: ExpressionTree, length: number): string[] {
  const fill = (unit: string) =>
    unit === "" ? "" : unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  const samples = [0, 1, 3].map((extra) => sampleOf(tree, extra));
  const units = new Set<string>();
  for (const sample of samples) {
    units.add(sample.slice(0, -1));
    units.add(sample.slice(0, sample.length >> 1));
    units.add(sample);
  }
  for (const set of setsOf(tree.root)) units.add(String.fromCharCode(memberOf(set)));
  const fills = [...units].map(fill);
  const [, one = ""] = samples;
  // The beginning of a match, then what its longest repetition takes.
  for (const set of openSetsOf(tree.root)) {
    fills.push((one.slice(0, one.length >> 1) + fill(String.fromCharCode(memberOf(set)))).slice(0, length));
  }
  return fills.filter((text) => text.length === length);
}

function setsOf(node: ExpressionNode): Uint8Array[] {
  switch (node.kind) {
    case "set":
      return [node.set];
    case "sequence":
      return node.parts.flatMap(setsOf);
    case "choice":
      return node.options.flatMap(setsOf);
    case "repeat":
    case "group":
    case "look":
      return setsOf(node.body);
    default:
      return [];
  }
}

/** Sets that are repeated without an end. */
function openSetsOf(node: ExpressionNode): Uint8Array[] {
  switch (node.kind) {
    case "sequence":
      return node.parts.flatMap(openSetsOf);
    case "choice":
      return node.options.flatMap(openSetsOf);
    case "repeat":
      return node.max > MAX_REPEATS ? setsOf(node.body) : openSetsOf(node.body);
    case "group":
    case "look":
      return openSetsOf(node.body);
    default:
      return [];
  }
}
