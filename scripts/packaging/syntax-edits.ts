/** What those that rewrite a joined module share: walking through its syntax, and writing something else in places of it. */
import type { ESTree } from "rolldown/utils";

export type Node = ESTree.Node;
/** From where to where, and what stands there instead. */
export type Edit = readonly [start: number, end: number, text: string];

/** @param edits none within another */
export function edited(code: string, edits: readonly Edit[]): string {
  let written = "";
  let at = 0;
  for (const [start, end, text] of edits.toSorted(([a], [b]) => a - b)) {
    written += code.slice(at, start) + text;
    at = end;
  }
  return written + code.slice(at);
}

/** Visit `root` and what is in it, each with what it is in, while the visitor wants to go on inwards. */
export function walk(root: Node, visit: (node: Node, parent: Node) => boolean, parent: Node = root): void {
  if (!visit(root, parent)) return;
  for (const value of Object.values(root)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, root);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
