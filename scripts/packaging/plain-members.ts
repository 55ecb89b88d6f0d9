/**
 * Makes plain members of the private ones in a joined module. V8 decides by the size of a function before it is compiled whether it is written
 * into its caller: reading a private member takes twice the bytes of a plain one, and calling one three times, as it is proved first that
 * the object has it. What may touch what, the compiler of the source has checked.
 */
import type { Plugin } from "rolldown";
import type { ESTree } from "rolldown/utils";
import { type Edit, edited, type Node, walk } from "./syntax-edits.js";

export const plainMembers: Plugin = {
  name: "plain-members",
  renderChunk(code) {
    return withPlainMembers(code, this.parse(code));
  },
};

/** Each class has names of its own, as one that extends another may have the same. */
export function withPlainMembers(code: string, program: ESTree.Program): string {
  const edits: Edit[] = [];
  let classCount = 0;
  const rename = (root: Node, outer: ReadonlyMap<string, string>): void => {
    walk(root, (node, parent) => {
      if (node !== root && node.type === "ClassBody") {
        rename(node, namesWithin(node, classCount++, outer));
        return false;
      }
      if (node.type !== "PrivateIdentifier") return true;
      const name = outer.get(node.name)!;
      edits.push([node.start, node.end, parent.type === "BinaryExpression" ? JSON.stringify(name) : name]);
      return true;
    });
  };
  rename(program, new Map());
  return edited(code, edits);
}

function namesWithin(
  { body }: ESTree.ClassBody,
  number: number,
  outer: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const names = new Map(outer);
  for (const member of body) {
    if ("key" in member && member.key?.type === "PrivateIdentifier")
      names.set(member.key.name, `${member.key.name}$${number}`);
  }
  return names;
}
