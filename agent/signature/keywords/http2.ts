import { Field, NumberField } from "../../sensor/proto/fields.js";
import { Protocol } from "../../sensor/proto/protocols.js";
import { Compare, parseComparison } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS } from "../signature.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Frame types and error codes by number (RFC 9113, 6 and 7), as rules spell them. */
const FRAME_TYPES: readonly string[] = [
  "data",
  "headers",
  "priority",
  "rststream",
  "settings",
  "pushpromise",
  "ping",
  "goaway",
  "windowupdate",
  "continuation",
];
const ERROR_CODES: readonly string[] = [
  "no_error",
  "protocol_error",
  "internal_error",
  "flow_control_error",
  "settings_timeout",
  "stream_closed",
  "frame_size_error",
  "refused_stream",
  "cancel",
  "compression_error",
  "connect_error",
  "enhance_your_calm",
  "inadequate_security",
  "http_1_1_required",
];
/** Settings from 1 on (RFC 9113, 6.5.2). */
const SETTINGS: readonly string[] = [
  "settings_header_table_size",
  "settings_enable_push",
  "settings_max_concurrent_streams",
  "settings_initial_window_size",
  "settings_max_frame_size",
  "settings_max_header_list_size",
];
const MAX_VALUE = 0xffff_ffff;

function numberKeyword(name: string, field: number, max: number, words: readonly string[] = []): Keyword {
  const numbers = Object.fromEntries(words.map((word, number) => [word, number]));
  return {
    names: [name],
    apply: (rule, value) =>
      rule.addMessageTest(
        { field, ...parseComparison(value, name, max, numbers) },
        [Protocol.HTTP2],
        BOTH_DIRECTIONS,
      ),
  };
}

export const http2Keywords: readonly Keyword[] = [
  numberKeyword("http2.frametype", NumberField.HTTP2_FRAME_TYPE, 255, FRAME_TYPES),
  numberKeyword("http2.errorcode", NumberField.HTTP2_ERROR_CODE, MAX_VALUE, ERROR_CODES),
  numberKeyword("http2.priority", NumberField.HTTP2_PRIORITY, 255),
  numberKeyword("http2.window", NumberField.HTTP2_WINDOW, MAX_VALUE),
  numberKeyword("http2.size_update", NumberField.HTTP2_SIZE_UPDATE, Number.MAX_SAFE_INTEGER),
  {
    // A setting by name, alone or with what its value compares with.
    names: ["http2.settings"],
    apply(rule, value, _context, name) {
      const match = /^([a-z_]+)\s*(.*)$/i.exec(requireValue(value, name));
      const key = SETTINGS.indexOf(match?.[1]?.toLowerCase() ?? "") + 1;
      if (!match || key === 0) throw new RuleError(`${name}: "${value}" is not known`);
      const comparison =
        match[2] === ""
          ? { operator: Compare.GREATER_OR_EQUAL, a: 0, b: 0 }
          : parseComparison(match[2], name, MAX_VALUE);
      const test = { field: Field.HTTP2_SETTINGS, keyBytes: 2, valueBytes: 4, key, ...comparison };
      rule.addRecordTest({ ...test, numberField: -1 }, [Protocol.HTTP2], BOTH_DIRECTIONS);
    },
  },
];
