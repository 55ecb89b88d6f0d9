/** What rules remember between packets: bits and counters of flows, bits of hosts. Reads and changes them for programs. */
import { RULE_STRIDE, RuleColumn, type RuleImage } from "../../signature/image.js";
import { Op } from "../../signature/program.js";
import type { Endpoints } from "./endpoints.js";
import { FlowMarks } from "./flow-marks.js";
import { HostMarks } from "./host-marks.js";

export class RuleMarks {
  readonly #image: RuleImage;
  readonly #flowMarks: FlowMarks;
  readonly #hostMarks = new HostMarks();

  constructor(image: RuleImage, maxFlows: number) {
    this.#image = image;
    this.#flowMarks = new FlowMarks(maxFlows, image.flowbitNames.length, image.flowintNames.length);
  }

  /** Host marks that were overwritten, since the start. */
  get evictions(): number {
    return this.#hostMarks.evictions;
  }

  clear(): void {
    this.#flowMarks.clear();
    this.#hostMarks.clear();
  }

  /** Whether the check (FLOWBIT_CHECK, HOSTBIT_CHECK or FLOWINT_CHECK) at `at` holds. */
  holds(at: number, endpoints: Endpoints): boolean {
    const words = this.#image.program;
    const { flow, flowGeneration } = endpoints;
    switch (words[at]) {
      case Op.FLOWBIT_CHECK: {
        let isSet = false;
        for (let i = 0; i < words[at + 3]!; i++) {
          if (this.#flowMarks.hasBit(flow, flowGeneration, words[at + 4 + i]!)) isSet = true;
        }
        return flow >= 0 && isSet !== (words[at + 2] === 1);
      }
      case Op.HOSTBIT_CHECK:
        return this.#hostMarks.has(words[at + 4]!, words[at + 3]!, endpoints) !== (words[at + 2] === 1);
      default: {
        const isVariable = words[at + 4] === 1;
        const marks = this.#flowMarks;
        return marks.checksInt(
          flow,
          flowGeneration,
          words[at + 2]!,
          words[at + 3]!,
          isVariable,
          words[at + 5]!,
        );
      }
    }
  }

  /** Run the effects of a rule that matched: the instructions behind the first END of its program. */
  applyEffects(rule: number, endpoints: Endpoints): void {
    const words = this.#image.program;
    const { flow, flowGeneration } = endpoints;
    let at = this.#image.rules[rule * RULE_STRIDE + RuleColumn.PROGRAM]!;
    while (words[at] !== Op.END) at = words[at] === Op.SECTION ? words[at + 4]! : words[at + 1]!;
    for (at = words[at + 1]!; words[at] !== Op.END; at = words[at + 1]!) {
      switch (words[at]) {
        case Op.FLOWBIT_EFFECT:
          this.#flowMarks.changeBit(flow, flowGeneration, words[at + 3]!, words[at + 2]!);
          break;
        case Op.HOSTBIT_EFFECT:
          this.#hostMarks.change(words[at + 4]!, words[at + 3]!, words[at + 2]!, words[at + 5]!, endpoints);
          break;
        default: {
          const isVariable = words[at + 4] === 1;
          const marks = this.#flowMarks;
          marks.changeInt(flow, flowGeneration, words[at + 2]!, words[at + 3]!, isVariable, words[at + 5]!);
        }
      }
    }
  }
}
