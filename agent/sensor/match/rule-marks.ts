/** What rules remember between packets: bits and counters of flows, bits of hosts. Reads and changes them for programs. */
import { hashBytes } from "../../signature/data-set.js";
import { RULE_STRIDE, RuleColumn, RuleFlag, type RuleImage } from "../../signature/image.js";
import { Op } from "../../signature/program.js";
import type { CapturedValues } from "./captured-values.js";
import type { Endpoints } from "./endpoints.js";
import { FlowMarks } from "./flow-marks.js";
import { HostMarks } from "./host-marks.js";

export class RuleMarks {
  readonly #image: RuleImage;
  readonly #flowMarks: FlowMarks;
  readonly #hostMarks: HostMarks;
  readonly #captured: CapturedValues;
  /** Where the image's flowbits, flowints and hostbits stand among the marks. */
  readonly #bitColumn: Int32Array;
  readonly #intColumn: Int32Array;
  readonly #hostColumn: Int32Array;

  /** @param previous marks that rules before these have left: they are taken over, and `previous` is used no more */
  constructor(image: RuleImage, maxFlows: number, captured: CapturedValues, previous?: RuleMarks) {
    this.#image = image;
    this.#captured = captured;
    this.#flowMarks = previous ? previous.#flowMarks : newFlowMarks(image, maxFlows);
    this.#hostMarks = previous ? previous.#hostMarks : new HostMarks();
    if (previous) {
      // Names of the image before stay, so that its rules find their marks again when they return.
      this.#flowMarks.adoptBits(image.flowbitNames, previous.#image.flowbitNames);
      this.#flowMarks.adoptInts(image.flowintNames, previous.#image.flowintNames);
    }
    this.#bitColumn = this.#flowMarks.bitColumnsOf(image.flowbitNames);
    this.#intColumn = this.#flowMarks.intColumnsOf(image.flowintNames);
    this.#hostColumn = Int32Array.from(image.hostbitNames, nameHash);
  }

  /** Host marks that were overwritten, since the start. */
  get evictions(): number {
    return this.#hostMarks.evictions;
  }

  clear(): void {
    this.#flowMarks.clear();
    this.#hostMarks.clear();
  }

  /** Whether the check (FLOWBIT_CHECK, HOSTBIT_CHECK, FLOWINT_CHECK or VARIABLE_CHECK) at `at` holds. */
  holds(at: number, endpoints: Endpoints): boolean {
    const words = this.#image.program;
    const { flow, flowGeneration } = endpoints;
    switch (words[at]) {
      case Op.FLOWBIT_CHECK: {
        let isSet = false;
        for (let i = 0; i < words[at + 3]!; i++) {
          if (this.#flowMarks.hasBit(flow, flowGeneration, this.#bitColumn[words[at + 4 + i]!]!))
            isSet = true;
        }
        return flow >= 0 && isSet !== (words[at + 2] === 1);
      }
      case Op.VARIABLE_CHECK:
        return this.#captured.contains(
          words[at + 2]!,
          words[at + 3]! >>> 0,
          this.#image.literals,
          words[at + 4]!,
          words[at + 5]!,
          endpoints,
        );
      case Op.HOSTBIT_CHECK:
        return (
          this.#hostMarks.has(this.#hostColumn[words[at + 4]!]!, words[at + 3]!, endpoints) !==
          (words[at + 2] === 1)
        );
      default: {
        const isVariable = words[at + 4] === 1;
        const marks = this.#flowMarks;
        return marks.checksInt(
          flow,
          flowGeneration,
          this.#intColumn[words[at + 2]!]!,
          words[at + 3]!,
          isVariable,
          isVariable ? this.#intColumn[words[at + 5]!]! : words[at + 5]!,
        );
      }
    }
  }

  /** Run the effects of a rule that matched: the instructions behind the first END of its program. */
  applyEffects(rule: number, endpoints: Endpoints, isOnMessage: boolean): void {
    const words = this.#image.program;
    const { flow, flowGeneration } = endpoints;
    const start = this.#image.rules[rule * RULE_STRIDE + RuleColumn.PROGRAM]!;
    let at = start;
    while (words[at] !== Op.END) at = words[at] === Op.SECTION ? words[at + 4]! : words[at + 1]!;
    for (at = words[at + 1]!; words[at] !== Op.END; at = words[at + 1]!) {
      switch (words[at]) {
        case Op.FLOWBIT_EFFECT:
          this.#flowMarks.changeBit(flow, flowGeneration, this.#bitColumn[words[at + 3]!]!, words[at + 2]!);
          break;
        case Op.VARIABLE_EFFECT:
          this.#captured.keep(start, at, endpoints, isOnMessage);
          break;
        case Op.HOSTBIT_EFFECT:
          this.#changeHostBit(at, endpoints);
          break;
        default: {
          const isVariable = words[at + 4] === 1;
          const operand = isVariable ? this.#intColumn[words[at + 5]!]! : words[at + 5]!;
          const int = this.#intColumn[words[at + 2]!]!;
          this.#flowMarks.changeInt(flow, flowGeneration, int, words[at + 3]!, isVariable, operand);
        }
      }
    }
  }

  #changeHostBit(at: number, endpoints: Endpoints): void {
    const words = this.#image.program;
    const column = this.#hostColumn[words[at + 4]!]!;
    this.#hostMarks.change(column, words[at + 3]!, words[at + 2]!, words[at + 5]!, endpoints);
  }
}

function newFlowMarks({ flowbitNames, flowintNames }: RuleImage, maxFlows: number): FlowMarks {
  return new FlowMarks(maxFlows, flowbitNames, flowintNames);
}

/** Marks of hosts are few and kept under the hashes of their names, so they need no columns. */
function nameHash(name: string): number {
  const bytes = new TextEncoder().encode(name);
  return hashBytes(bytes, 0, bytes.length);
}

/** Whether a rule may end the judging of a flow: what it alerts on depends on what is looked at first. */
export function hasDecidingRules({ rules, ruleCount }: RuleImage): boolean {
  const deciding = RuleFlag.PASS | RuleFlag.DROP | RuleFlag.REJECT;
  for (let rule = 0; rule < ruleCount; rule++) {
    const flags = rules[rule * RULE_STRIDE + RuleColumn.FLAGS]!;
    if ((flags & deciding) !== 0 && (flags & RuleFlag.ON_RECOGNITION) === 0) return true;
  }
  return false;
}

/** Whether there are rules with all of these RuleFlag bits. */
export function hasRulesWith({ rules, ruleCount }: RuleImage, wanted: number): boolean {
  for (let rule = 0; rule < ruleCount; rule++) {
    if ((rules[rule * RULE_STRIDE + RuleColumn.FLAGS]! & wanted) === wanted) return true;
  }
  return false;
}
