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
  /** The flow that was decided with the packet at hand, −1 where none was, and its generation. */
  #decidedFlow = -1;
  #decidedGeneration = 0;

  /** @param previous memory under the rules before these; it is used no more */
  constructor(image: RuleImage, maxFlows: number, previous?: RuleMemory) {
    previous?.beginPacket();
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

  /** The flow is not judged any further, from the next packet on: as in Suricata all that comes with this one is judged. */
  decide({ flow, flowGeneration }: Endpoints): void {
    if (flow < 0) return;
    this.beginPacket();
    this.#decidedFlow = flow;
    this.#decidedGeneration = flowGeneration;
  }

  /** Another packet is judged. */
  beginPacket(): void {
    if (this.#decidedFlow < 0) return;
    this.#passed ??= new Float64Array(this.#maxFlows).fill(-1);
    this.#passed[this.#decidedFlow] = this.#decidedGeneration;
    this.#decidedFlow = -1;
  }

  /** Forget everything: fresh state for another capture. */
  clear(): void {
    this.thresholds.clear();
    this.marks.clear();
    this.captured.clear();
    this.told.clear();
    this.dataSets.clear();
    this.#passed = undefined;
    this.#decidedFlow = -1;
  }
}
