/** The form of a rule image as flat bytes. What each part means stands in image.ts. */
import {
  boolean,
  type FlatLayout,
  float64Array,
  int32,
  int32Array,
  list,
  optional,
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

const GRAM_TABLE = record({ bitmap: uint32Array, shift: int32, slots: int32Array, links: int32Array });

const LITERAL_INDEX = record({
  wide: GRAM_TABLE,
  narrow: GRAM_TABLE,
  short: GRAM_TABLE,
  single: GRAM_TABLE,
  anchored: GRAM_TABLE,
  anchors: int32Array,
  shortAnchored: GRAM_TABLE,
  shortAnchors: int32Array,
  entries: int32Array,
  reach: int32,
  anchorReach: int32,
});

const RULE_GROUP = record({ always: int32Array, literals: optional(LITERAL_INDEX) });

const PORTED_GROUP = record({
  any: RULE_GROUP,
  destinationPorts: int32Array,
  sourcePorts: int32Array,
  protocols: int32Array,
  groups: list(RULE_GROUP),
});

const BUFFER_GROUP = record({ field: int32, transformChain: int32, literals: LITERAL_INDEX });

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
  packetGroups: list(PORTED_GROUP),
  addressRules: ADDRESS_INDEX,
  streamGroups: list(PORTED_GROUP),
  bufferGroups: list(list(BUFFER_GROUP)),
  messageAlways: list(int32Array),
  indicators: INDICATOR_IMAGE,
  descriptions: DESCRIPTION_TABLE,
});
