/**
 * Switches on what a policy's switches would leave without effect: a rule in force that asks for a flowbit needs the rules that
 * change it, also where they are disabled. As suricata-update does: they come back without alerts of their own, and what they ask
 * for is needed in turn.
 *
 * Memory: the names that rules in force ask for, and the text of each disabled rule that changes a flowbit.
 */
import { ownText } from "../../base/own-text.js";
import type { RuleLine } from "../rule-lines.js";
import type { EditedRule } from "./rule-edits.js";
import type { RuleChange } from "./rule-policy.js";

const FLOWBITS = /[;(]\s*flowbits\s*:\s*(set|setx|unset|toggle|isset|isnotset)\s*,([^;]*)(?=;)/g;
const CHANGING = new Set(["set", "setx", "unset", "toggle"]);

interface Setter {
  readonly rule: Pick<EditedRule, "gid" | "sid">;
  readonly line: RuleLine;
  readonly changes: readonly string[];
  readonly asks: readonly string[];
}

export class FlowbitSetters {
  /** Flowbits that rules in force ask for, with the sid of the first of them. */
  readonly #asked = new Map<string, number>();
  #disabled: Setter[] = [];

  /** Take note of a rule as the policy leaves it. */
  note(rule: EditedRule): void {
    if (!rule.text.includes("flowbits")) return;
    const { asks, changes } = flowbitsOf(rule.text);
    if (rule.isEnabled) this.#ask(asks, rule.sid);
    else if (changes.length > 0) {
      const { gid, sid } = rule;
      const { file, line } = rule.line;
      const text = ownText(rule.text);
      this.#disabled.push({ rule: { gid, sid }, line: { file, line, text }, changes, asks });
    }
  }

  /** The disabled rules that are needed, each with what is to be said about it. */
  *needed(): Generator<{ line: RuleLine; change: RuleChange }> {
    for (let isMore = true; isMore; ) {
      isMore = false;
      const left: Setter[] = [];
      for (const setter of this.#disabled) {
        const name = setter.changes.find((flowbit) => this.#asked.has(flowbit));
        if (name === undefined) {
          left.push(setter);
          continue;
        }
        isMore = true;
        const { rule, line, asks } = setter;
        const detail = `without alerts: changes flowbit ${name}, which sid ${this.#asked.get(name)} asks for`;
        yield {
          line: { ...line, text: withoutAlerts(line.text) },
          change: { ...rule, kind: "enabled", file: line.file, line: line.line, detail },
        };
        this.#ask(asks, rule.sid);
      }
      this.#disabled = left;
    }
  }

  #ask(names: readonly string[], sid: number): void {
    for (const name of names) if (!this.#asked.has(name)) this.#asked.set(name, sid);
  }
}

function flowbitsOf(text: string): { asks: string[]; changes: string[] } {
  const [asks, changes]: [string[], string[]] = [[], []];
  for (const [, operation = "", names = ""] of text.matchAll(FLOWBITS)) {
    const of = CHANGING.has(operation) ? changes : asks;
    for (const name of names.split("|")) of.push(ownText(name.trim()));
  }
  return { asks, changes };
}

function withoutAlerts(text: string): string {
  return /[;(]\s*(?:flowbits\s*:\s*)?noalert\s*;/.test(text) ? text : text.replace(/\)\s*$/, " noalert;)");
}
