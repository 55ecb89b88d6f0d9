/** Which rules ask for the whole list of headers of an HTTP message. */
import { RULE_STRIDE, RuleColumn, type RuleImage } from "../../signature/image.js";
import { Op } from "../../signature/program.js";
import { Field } from "../proto/fields.js";

/** Whether a condition of the rule is on `http.header` or `http.header.raw`. */
export function asksForHeaders({ program, rules }: RuleImage, rule: number): boolean {
  let at = rules[rule * RULE_STRIDE + RuleColumn.PROGRAM]!;
  while (program[at] !== Op.END) {
    const isSection = program[at] === Op.SECTION;
    const field = program[at + 2];
    if (isSection && (field === Field.HTTP_HEADER || field === Field.HTTP_HEADER_RAW)) return true;
    at = isSection ? program[at + 4]! : program[at + 1]!;
  }
  return false;
}
