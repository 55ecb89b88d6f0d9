/**
 * Remembers what texts mean that rules write again and again: tens of thousands of rules have the same few hundred headers and
 * groups, and of their expressions two in three are written before. Bounded: MAX_TEXTS short texts for each set of rules or
 * variables, and gone with it.
 */
import { ownText } from "../base/own-text.js";

const MAX_TEXTS = 4096;
/** Long lists are rarely written twice. */
const MAX_LENGTH = 256;

export class KnownTexts<T> {
  readonly #byOwner = new WeakMap<object, Map<string, T>>();

  /**
   * The meaning of `text`, read where it is not known yet. What throws is not remembered.
   *
   * @param owner the variables, or the set of rules, under which the text means that
   */
  of(text: string, owner: object, read: (text: string) => T): T {
    let texts = this.#byOwner.get(owner);
    if (!texts) {
      texts = new Map();
      this.#byOwner.set(owner, texts);
    }
    const known = texts.get(text);
    if (known !== undefined) return known;
    // What is cut out of the text of a file would hold all of it.
    const own = ownText(text);
    const meaning = read(own);
    if (own.length <= MAX_LENGTH && texts.size < MAX_TEXTS) texts.set(own, meaning);
    return meaning;
  }
}
