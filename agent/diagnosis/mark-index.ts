/** Which rules of a set leave and read which marks: flowbits, xbits, hostbits and flowints. */
import type { Signature } from "../signature/signature.js";

export interface MarkUsers {
  readonly setters: Signature[];
  readonly readers: Signature[];
}

/** A mark of one kind, named as in the rules: `flowbits x`. */
export function markName(kind: string, name: string): string {
  return `${kind} ${name}`;
}

/** Users of every mark, by `markName`. */
export function indexMarks(signatures: readonly Signature[]): Map<string, MarkUsers> {
  const marks = new Map<string, MarkUsers>();
  const usersOf = (name: string): MarkUsers => {
    let users = marks.get(name);
    if (!users) {
      users = { setters: [], readers: [] };
      marks.set(name, users);
    }
    return users;
  };
  for (const signature of signatures) {
    for (const { kind, operation, names } of signature.bits) {
      const isReading = operation === "isset" || operation === "isnotset";
      for (const name of names) {
        const users = usersOf(markName(kind, name));
        if (isReading) users.readers.push(signature);
        else if (operation !== "unset") users.setters.push(signature);
      }
    }
    for (const { name, operation } of signature.flowInts) {
      const users = usersOf(markName("flowint", name));
      if (["=", "+", "-"].includes(operation)) users.setters.push(signature);
      else users.readers.push(signature);
    }
  }
  return marks;
}

/** Marks that have to be there for the rule to hold; of several names in one entry one is enough. */
export function neededMarks(signature: Signature): string[][] {
  const bits = signature.bits
    .filter(({ operation }) => operation === "isset")
    .map(({ kind, names }) => names.map((name) => markName(kind, name)));
  const counters = signature.flowInts
    .filter(({ operation }) => !["=", "+", "-", "notset"].includes(operation))
    .map(({ name }) => [markName("flowint", name)]);
  return [...bits, ...counters];
}
