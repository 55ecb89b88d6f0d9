/**
 * Makes constants of the functions and classes of a joined module. V8 takes a name that is declared by `function` or `class` for a variable: each
 * call reads it and compares it with what was called before. A `const` it writes into the machine code.
 */
import type { Plugin } from "rolldown";
import type { ESTree } from "rolldown/utils";

/**
 * Functions are declared first, behind the imports: what runs while the module is loaded may call those that stood further down. They
 * use nothing of the module before they are called.
 */
export const constantNames: Plugin = {
  name: "constant-names",
  renderChunk(code) {
    let imports = "";
    let functions = "";
    let rest = "";
    let at = 0;
    for (const node of this.parse(code).body) {
      const text = code.slice(node.start, node.end);
      if (node.type === "ImportDeclaration") imports += `${text}\n`;
      else if (node.type === "FunctionDeclaration") functions += `const ${node.id?.name} = ${text};\n`;
      else rest += code.slice(at, node.start) + (declaresClass(node) ? text.replace(/^var/, "const") : text);
      at = node.end;
    }
    return `${imports}${functions}${rest}${code.slice(at)}`;
  },
};

/** `var Name = class …`, as rolldown writes a class. */
function declaresClass(node: ESTree.Program["body"][number]): boolean {
  return (
    node.type === "VariableDeclaration" &&
    node.declarations.some(({ init }) => init?.type === "ClassExpression")
  );
}
