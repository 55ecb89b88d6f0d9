import { FILE_SIZE_KIND_BYTES, FILE_SIZE_VALUE_BYTES, Field, FileSize } from "../../sensor/proto/fields.js";
import { STAGE_BODY } from "../../sensor/proto/message-view.js";
import { bufferNamed } from "../buffer-table.js";
import { Compare, parseComparison } from "../comparison.js";
import type { Condition } from "../condition.js";
import { parsePattern, unquote } from "../content-pattern.js";
import { DataType, type DataTypeId } from "../data-set.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS, type RecordTest } from "../signature.js";
import type { TransformName } from "../transform-names.js";
import { requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

const MAX_FILE_SIZE = 0xffff_ffff;

/** Holds for every file name there is. */
const IS_THERE: Condition = { kind: "bsize", operator: Compare.GREATER_OR_EQUAL, a: 0, b: 0 };

/** A text the name of a file must (not) contain, in any case; `isExtension`: behind its last dot. */
function fileNameKeyword(name: string, isExtension: boolean): Keyword {
  return {
    names: [name],
    apply(rule, value) {
      const { isNegated, text } = unquote(requireValue(value, name), name);
      if (text === "") throw new RuleError(`${name}: a value is missing`);
      rule.addConditionTo(bufferNamed("file.name"), {
        kind: "content",
        pattern: parsePattern(isExtension ? `.${text}` : text, name),
        isNegated,
        isNocase: true,
        offset: undefined,
        depth: undefined,
        distance: undefined,
        within: undefined,
        isEndsWith: isExtension,
        fastPattern: "no",
      });
    },
  };
}

/** Bytes of a file are its hash's when all of it was seen. */
const IS_WHOLE: RecordTest = {
  field: Field.FILE_SIZE,
  keyBytes: FILE_SIZE_KIND_BYTES,
  valueBytes: FILE_SIZE_VALUE_BYTES,
  key: FileSize.WHOLE,
  operator: Compare.GREATER_OR_EQUAL,
  a: 0,
  b: 0,
  numberField: -1,
};

/** `filemd5:list` and `filemd5:!list`: the hash of the file is (not) in a list of hashes. */
function fileHashKeyword(name: string, type: DataTypeId, transform: TransformName, digits: number): Keyword {
  return {
    names: [name],
    apply(rule, value, context) {
      const { isNegated, text } = readFileList(requireValue(value, name));
      const set = context.dataSets.open({ name: `${name}:${text}`, type, source: text }, name, (file) =>
        hashLines(context.readData?.(file, rule.file), digits),
      );
      if (set.badLines > 0) throw new RuleError(`${name}: "${text}" has lines that are no such hash`);
      const spec = bufferNamed("file.data");
      const command = isNegated ? "isnotset" : "isset";
      rule.addConditionTo(spec, { kind: "dataset", command, set, isSaved: false }, [
        { name: transform, argument: "" },
      ]);
      rule.addRecordTest(IS_WHOLE, spec.protocols, BOTH_DIRECTIONS);
    },
  };
}

function readFileList(value: string): { isNegated: boolean; text: string } {
  const isNegated = value.startsWith("!");
  const text = value
    .slice(isNegated ? 1 : 0)
    .trim()
    .replace(/^"(.*)"$/, "$1");
  return { isNegated, text };
}

/** Lines of a list without comments and without what stands behind the hash. */
function hashLines(text: string | undefined, digits: number): string | undefined {
  return text
    ?.split("\n")
    .filter((line) => !/^[\s#]/.test(line))
    .map((line) => line.trimEnd().slice(0, digits))
    .join("\n");
}

/** Keywords about files in transfer that are no sticky buffers. */
export const fileKeywords: readonly Keyword[] = [
  fileNameKeyword("filename", false),
  fileNameKeyword("fileext", true),
  fileHashKeyword("filemd5", DataType.MD5, "to_md5", 32),
  fileHashKeyword("filesha1", DataType.SHA1, "to_sha1", 40),
  fileHashKeyword("filesha256", DataType.SHA256, "to_sha256", 64),
  {
    // Of a file that goes on beyond what is looked at only the least size is known.
    names: ["filesize"],
    apply(rule, value) {
      const comparison = parseComparison(value, "filesize", MAX_FILE_SIZE);
      const { operator } = comparison;
      const isOpen = operator === Compare.GREATER || operator === Compare.GREATER_OR_EQUAL;
      const key = isOpen ? FileSize.AT_LEAST : FileSize.WHOLE;
      const spec = bufferNamed("file.data");
      rule.addRecordTest({ ...IS_WHOLE, key, ...comparison }, spec.protocols, BOTH_DIRECTIONS);
      rule.stage = STAGE_BODY;
    },
  },
  {
    names: ["filemagic"],
    apply(rule, value) {
      const { isNegated, text } = unquote(requireValue(value, "filemagic"), "filemagic");
      rule.addConditionTo(bufferNamed("file.magic"), {
        kind: "content",
        pattern: parsePattern(text, "filemagic"),
        isNegated,
        isNocase: true,
        offset: undefined,
        depth: undefined,
        distance: undefined,
        within: undefined,
        isEndsWith: false,
        fastPattern: "no",
      });
    },
  },
  {
    // Alone it asks for a file in the message; with a direction and scope it only says what to keep.
    names: ["filestore"],
    apply(rule) {
      rule.addConditionTo(bufferNamed("file.name"), IS_THERE);
      rule.notes.push("filestore is passed over: files are not kept");
    },
  },
];
