/**
 * What judging remembers beyond one packet: marks of flows and hosts, counts of thresholds, data sets that rules have changed,
 * and flows that a rule has decided. It outlives the rules: another image takes over what its rules call by the same names, in
 * well under 10 ms, so that rules can be exchanged under traffic.
 */
import type { RuleImage } from "../../signature/image.js";
import { CapturedValues } from "./captured-values.js";
import { DataSets } from "./data-sets.js";
import type { Endpoints } from "./endpoints.js";
import { RuleMarks } from "./rule-marks.js";
import { Thresholds } from "./thresholds.js";
import { ToldRules } from "./told-rules.js";

export class RuleMemory {
  readonly dataSets: DataSets;
  readonly thresholds: Thresholds;
  readonly marks: RuleMarks;
  readonly captured: CapturedValues;
  /** By the numbers of these rules alone. */
  readonly told = new ToldRules();
  readonly #maxFlows: number;
  /** Generation of the flow that a pass or drop rule has decided, by flow; made for the first: few sets have such rules. */
  #passed: Float64Array | undefined;

  /** @param previous memory under the rules before these; it is used no more */
  constructor(image: RuleImage, maxFlows: number, previous?: RuleMemory) {
    this.dataSets = new DataSets(image, previous?.dataSets);
    this.thresholds = new Thresholds(image, previous?.thresholds);
    this.captured = previous?.captured ?? new CapturedValues();
    this.marks = new RuleMarks(image, maxFlows, this.captured, previous?.marks);
    this.#maxFlows = maxFlows;
    this.#passed = previous ? previous.#passed : undefined;
  }

  /** Whether the flow of what is judged has been let pass, or would have been dropped. */
  isDecided({ flow, flowGeneration }: Endpoints): boolean {
    return this.#passed !== undefined && flow >= 0 && this.#passed[flow] === flowGeneration;
  }

  /** The flow is not judged any further. */
  decide({ flow, flowGeneration }: Endpoints): void {
    if (flow < 0) return;
    this.#passed ??= new Float64Array(this.#maxFlows).fill(-1);
    this.#passed[flow] = flowGeneration;
  }

  /** Forget everything: fresh state for another capture. */
  clear(): void {
    this.thresholds.clear();
    this.marks.clear();
    this.captured.clear();
    this.told.clear();
    this.dataSets.clear();
    this.#passed = undefined;
  }
}
