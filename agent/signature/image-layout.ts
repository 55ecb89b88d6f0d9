/** The form of a rule image as flat bytes. What each part means stands in image.ts. */
import {
  boolean,
  type FlatLayout,
  float64Array,
  int32,
  int32Array,
  list,
  record,
  text,
  uint8Array,
  uint16Array,
  uint32Array,
} from "../base/flat-layout.js";
import { TEXT_TABLE } from "../base/text-table.js";
import type { RuleImage } from "./image.js";
import { INDICATOR_IMAGE } from "./indicators/indicator-set.js";
import { DESCRIPTION_TABLE } from "./rule-description.js";

const RANGE_SETS = record({ starts: uint32Array, ranges: uint32Array });

const SEGMENT_INDEX = record({ borders: uint32Array, offsets: uint32Array, rules: int32Array });

const ADDRESS_INDEX = record({
  source: SEGMENT_INDEX,
  destination: SEGMENT_INDEX,
  everywhere: int32Array,
  v6: int32Array,
});

const DATA_TABLE = record({
  count: int32,
  bytes: uint8Array,
  starts: uint32Array,
  reputations: uint16Array,
  buckets: uint32Array,
});

const DATA_SET = record({ name: text, type: int32, table: DATA_TABLE, isChanged: boolean, isSaved: boolean });

export const RULE_IMAGE: FlatLayout<RuleImage> = record({
  ruleCount: int32,
  rules: int32Array,
  program: int32Array,
  numbers: float64Array,
  literals: uint8Array,
  addressV4: RANGE_SETS,
  addressV6: RANGE_SETS,
  ports: RANGE_SETS,
  expressions: TEXT_TABLE,
  transformChains: list(list(record({ name: text, argument: text }))),
  thresholds: int32Array,
  flowbitNames: list(text),
  hostbitNames: list(text),
  flowintNames: list(text),
  dataSets: list(DATA_SET),
  variableCount: int32,
  fields: uint8Array,
  search: int32Array,
  pairTables: int32Array,
  packetGroups: int32Array,
  addressRules: ADDRESS_INDEX,
  streamGroups: int32Array,
  outsideGroups: int32Array,
  unestablishedGroups: int32Array,
  bufferGroups: int32Array,
  messageRules: int32Array,
  indicators: INDICATOR_IMAGE,
  descriptions: DESCRIPTION_TABLE,
});
