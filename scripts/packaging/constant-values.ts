/**
 * Writes the numbers that a joined module has names for where these names are used. Compiled code knows them as well, but V8 decides by the size
 * of a function before it is compiled whether it is written into its caller, and of that a number takes two bytes, a name or the member of a
 * table of names ten. Of a `switch` over numbers it makes a table of jumps.
 */
import type { Plugin } from "rolldown";
import type { ESTree } from "rolldown/utils";
import { type Edit, edited, type Node, walk } from "./syntax-edits.js";

/** What a constant stands for: a number, or a table of names for numbers. */
type Value = number | ReadonlyMap<string, number>;
type Values = ReadonlyMap<string, Value>;

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "**": (a, b) => a ** b,
  "<<": (a, b) => a << b,
  "|": (a, b) => a | b,
};

/** The numbers have their names in the text still: others may import them. */
export const constantValues: Plugin = {
  name: "constant-values",
  renderChunk(code) {
    return withConstantValues(code, this.parse(code));
  },
};

/** @throws Error where a table of names for numbers is written to */
export function withConstantValues(code: string, program: ESTree.Program): string {
  const values = valuesOf(program);
  for (const name of namesBoundWithin(program)) values.delete(name);
  const edits: Edit[] = [];
  walk(program, (node, parent) => {
    const value = meaningOf(node, values);
    if (typeof value !== "number" || !isUse(node, parent)) return true;
    if (parent.type === "AssignmentExpression" && parent.left === node)
      throw new Error(`${code.slice(node.start, node.end)} is written to`);
    const text = value < 0 ? `(${value})` : String(value);
    const isShorthand = parent.type === "Property" && parent.shorthand;
    edits.push([node.start, node.end, isShorthand ? `${code.slice(node.start, node.end)}: ${text}` : text]);
    return false;
  });
  return edited(code, edits);
}

/** Constants at the top of the module that are numbers, or tables of nothing else. */
function valuesOf(program: ESTree.Program): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const node of program.body) {
    if (node.type !== "VariableDeclaration" || node.kind !== "const") continue;
    for (const { id, init } of node.declarations) {
      if (id.type !== "Identifier" || init === null) continue;
      const value = init.type === "ObjectExpression" ? tableOf(init, values) : meaningOf(init, values);
      if (value !== undefined) values.set(id.name, value);
    }
  }
  return values;
}

function tableOf(
  { properties }: ESTree.ObjectExpression,
  values: Values,
): ReadonlyMap<string, number> | undefined {
  const table = new Map<string, number>();
  for (const property of properties) {
    if (property.type !== "Property" || property.computed || property.key.type !== "Identifier")
      return undefined;
    const value = meaningOf(property.value, values);
    if (typeof value !== "number") return undefined;
    table.set(property.key.name, value);
  }
  return table;
}

function meaningOf(node: Node, values: Values): Value | undefined {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "number" ? node.value : undefined;
    case "Identifier":
      return values.get(node.name);
    case "MemberExpression": {
      if (node.computed || node.object.type !== "Identifier" || node.property.type !== "Identifier")
        return undefined;
      const table = values.get(node.object.name);
      return typeof table === "object" ? table.get(node.property.name) : undefined;
    }
    case "UnaryExpression": {
      const value = meaningOf(node.argument, values);
      return node.operator === "-" && typeof value === "number" ? -value : undefined;
    }
    case "BinaryExpression": {
      const left = meaningOf(node.left, values);
      const right = meaningOf(node.right, values);
      if (typeof left !== "number" || typeof right !== "number") return undefined;
      return BINARY[node.operator]?.(left, right);
    }
    default:
      return undefined;
  }
}

/** Whether a name is read there: it is neither what is declared or exported, nor the name of a member. */
function isUse(node: Node, parent: Node): boolean {
  if (node.type === "MemberExpression") return true;
  if (node.type !== "Identifier") return false;
  switch (parent.type) {
    case "VariableDeclarator":
      return parent.init === node;
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "Property":
    case "PropertyDefinition":
    case "MethodDefinition":
      return parent.value === node || parent.computed;
    case "ExportSpecifier":
    case "ImportSpecifier":
      return false;
    default:
      return true;
  }
}

/** Names that stand for something else in some function. */
function namesBoundWithin(program: ESTree.Program): Set<string> {
  const names = new Set<string>();
  const bind = (pattern: Node): void => {
    walk(pattern, (node, parent) => {
      if (parent.type === "AssignmentPattern" && node === parent.right) return false;
      if (node.type === "Identifier") names.add(node.name);
      return true;
    });
  };
  const atTop = new Set<Node>(program.body);
  walk(program, (node, parent) => {
    if (node.type === "VariableDeclarator" && !atTop.has(parent)) bind(node.id);
    else if (node.type === "CatchClause" && node.param) bind(node.param);
    else if ("params" in node && Array.isArray(node.params)) for (const param of node.params) bind(param);
    return true;
  });
  return names;
}
