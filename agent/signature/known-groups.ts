/**
 * Remembers what address and port groups mean: tens of thousands of rules write the same few. Bounded: MAX_GROUPS short texts
 * for each set of variables, and gone with the variables.
 */
import { ownText } from "../base/own-text.js";

const MAX_GROUPS = 4096;
/** Long lists are rarely written twice. */
const MAX_TEXT = 256;

export class KnownGroups<T> {
  readonly #byVariables = new WeakMap<object, Map<string, T>>();

  /** The meaning of `text` under `variables`, read where it is not known yet. What throws is not remembered. */
  of(text: string, variables: object, read: () => T): T {
    let groups = this.#byVariables.get(variables);
    if (!groups) {
      groups = new Map();
      this.#byVariables.set(variables, groups);
    }
    const known = groups.get(text);
    if (known !== undefined) return known;
    const group = read();
    if (text.length <= MAX_TEXT && groups.size < MAX_GROUPS) groups.set(ownText(text), group);
    return group;
  }
}
