import { Protocol } from "../../sensor/proto/protocols.js";
import type {
  ByteJumpCondition,
  ByteMathCondition,
  ByteTestCondition,
  NumberReading,
  Operand,
} from "../condition.js";
import { RuleError } from "../rule-error.js";
import type { SignatureBuilder } from "../signature-builder.js";
import { requireValue, splitArguments } from "./arguments.js";
import type { Keyword } from "./keyword.js";
import { ofProtocol } from "./protocol.js";

const MAX_OFFSET = 65_535;
/** Largest number a word of the program holds. */
const MAX_WORD = 0x7fff_ffff;
const MAX_VALUE = 0xffff_ffff;
const BASES: Readonly<Record<string, number>> = { hex: 16, dec: 10, oct: 8 };

/** Digits that `byte_math` takes. */
const MAX_MATH_DIGITS = 10;

/** The words that follow the positional arguments of the byte keywords. */
interface Options {
  isRelative: boolean;
  isLittleEndian: boolean;
  isDcerpcEndian: boolean;
  isString: boolean;
  base: number;
  bitmask: number;
  multiplier: number;
  align: 0 | 2 | 4;
  from: "cursor" | "beginning" | "end";
  postOffset: Operand;
}

function readOptions(rule: SignatureBuilder, words: readonly string[], keyword: string): Options {
  const options: Options = {
    isRelative: false,
    isLittleEndian: false,
    isDcerpcEndian: false,
    isString: false,
    base: 0,
    bitmask: 0,
    multiplier: 1,
    align: 0,
    from: "cursor",
    postOffset: 0,
  };
  for (const word of words) {
    const [name, argument] = word.toLowerCase().split(/\s+/) as [string, string | undefined];
    if (name === "relative") options.isRelative = true;
    else if (name === "little") options.isLittleEndian = true;
    else if (name === "big") options.isLittleEndian = false;
    else if (name === "string") options.isString = true;
    else if (BASES[name] !== undefined) options.base = BASES[name];
    else if (name === "bitmask") options.bitmask = Number(argument);
    else if (name === "multiplier") options.multiplier = Number(argument);
    else if (name === "align") {
      if (argument !== undefined && argument !== "2" && argument !== "4") {
        throw new RuleError(`${keyword}: align is 2 or 4`);
      }
      options.align = argument === "2" ? 2 : 4;
    } else if (name === "from_beginning") options.from = "beginning";
    else if (name === "from_end") options.from = "end";
    else if (name === "post_offset") {
      options.postOffset = rule.operand(word.split(/\s+/)[1] ?? "", keyword, -MAX_OFFSET, MAX_OFFSET);
    } else if (name === "dce") options.isDcerpcEndian = true;
    else throw new RuleError(`${keyword}: "${word}" is not known`);
  }
  if (keyword === "byte_test" && options.base !== 0 && !options.isString) {
    throw new RuleError("byte_test: hex, dec and oct go with string only");
  }
  if (options.isDcerpcEndian) checkDcerpcEndian(rule, words, keyword);
  if (!(options.bitmask <= MAX_VALUE) || !(options.multiplier >= 1 && options.multiplier <= 65_535)) {
    throw new RuleError(`${keyword}: bitmask or multiplier is out of range`);
  }
  return options;
}

/** `dce` is a byte order, so it goes with binary numbers alone, and with no other order. */
function checkDcerpcEndian(rule: SignatureBuilder, words: readonly string[], keyword: string): void {
  const other = words.find((word) => /^(?:little|big|string|hex|dec|oct)$/i.test(word));
  if (keyword === "byte_math" || other !== undefined) {
    throw new RuleError(`${keyword}: dce does not go with ${other ?? "it"}`);
  }
  if (!rule.hasOpenBuffer && !rule.headerProtocols?.includes(Protocol.DCERPC)) {
    rule.packetTests.push(ofProtocol(Protocol.DCERPC));
  }
}

function readingOf(
  rule: SignatureBuilder,
  count: string,
  offset: string,
  options: Options,
  keyword: string,
): NumberReading {
  const base = options.isString ? options.base || 10 : 0;
  // No byte at all is the number 0: of a jump that leaves its offsets.
  const minCount = keyword === "byte_math" ? 1 : 0;
  // Suricata takes any offset here; one beyond the buffer never matches.
  const limit = keyword === "byte_test" ? MAX_WORD : MAX_OFFSET;
  const maxCount = !options.isString ? 8 : keyword === "byte_math" ? MAX_MATH_DIGITS : 23;
  const byteCount = rule.operand(count, keyword, minCount, maxCount);
  return {
    byteCount,
    offset: rule.operand(offset, keyword, -limit, limit),
    isRelative: options.isRelative,
    isLittleEndian: options.isLittleEndian,
    isDcerpcEndian: options.isDcerpcEndian,
    base,
    bitmask: options.bitmask,
  };
}

/** `isdataat:!10,relative` */
const dataAtKeyword: Keyword = {
  names: ["isdataat"],
  apply(rule, value) {
    const [first, ...words] = splitArguments(value, "isdataat");
    const isNegated = first!.startsWith("!");
    for (const word of words) {
      if (word !== "relative" && (word !== "rawbytes" || words[0] !== "relative")) {
        throw new RuleError(`isdataat: "${word}" is not known`);
      }
    }
    const count = rule.operand(first!.replace("!", "").trim(), "isdataat", 0, MAX_OFFSET);
    const isRelative = words.includes("relative");
    // As in Suricata nothing behind a content is its `endswith`: it then holds for a negated content as well.
    const last = rule.lastCondition;
    if (count === 1 && isNegated && isRelative && last?.kind === "content") last.isEndsWith = true;
    else rule.addCondition({ kind: "isdataat", count, isNegated, isRelative });
  },
};

/** `byte_test:4,!>,100,0,relative,little` */
const byteTestKeyword: Keyword = {
  names: ["byte_test"],
  apply(rule, value) {
    const [count, operatorText, operand, offset, ...words] = splitArguments(value, "byte_test");
    if (count === undefined || operatorText === undefined || operand === undefined || offset === undefined) {
      throw new RuleError("byte_test: needs bytes, operator, value and offset");
    }
    const isNegated = operatorText.startsWith("!");
    const operator = operatorText.replace("!", "").trim() || "=";
    if (!["<", ">", "=", "<=", ">=", "&", "^"].includes(operator)) {
      throw new RuleError(`byte_test: operator "${operatorText}" is not known`);
    }
    const options = readOptions(rule, words, "byte_test");
    rule.addCondition({
      kind: "byte_test",
      reading: readingOf(rule, count, offset, options, "byte_test"),
      operator: operator as ByteTestCondition["operator"],
      isNegated,
      value: rule.operand(operand, "byte_test", 0, Number.MAX_SAFE_INTEGER),
    });
  },
};

/** `byte_jump:2,0,relative,align,multiplier 2,post_offset -4` */
const byteJumpKeyword: Keyword = {
  names: ["byte_jump"],
  apply(rule, value) {
    const [count, offset, ...words] = splitArguments(value, "byte_jump");
    if (count === undefined || offset === undefined) throw new RuleError("byte_jump: needs bytes and offset");
    const options = readOptions(rule, words, "byte_jump");
    if (words.some((word) => /^bitmask\b/i.test(word))) throw new RuleError("byte_jump: knows no bitmask");
    if (["from_beginning", "from_end"].every((place) => words.includes(place))) {
      throw new RuleError("byte_jump: from_beginning and from_end exclude each other");
    }
    const condition: ByteJumpCondition = {
      kind: "byte_jump",
      reading: readingOf(rule, count, offset, options, "byte_jump"),
      multiplier: options.multiplier,
      isAligned: options.align !== 0,
      from: options.from,
      postOffset: options.postOffset,
    };
    rule.addCondition(condition);
  },
};

/** `byte_extract:2,0,name,relative` */
const byteExtractKeyword: Keyword = {
  names: ["byte_extract"],
  apply(rule, value) {
    const [count, offset, name, ...words] = splitArguments(value, "byte_extract");
    if (count === undefined || offset === undefined || name === undefined) {
      throw new RuleError("byte_extract: needs bytes, offset and a name");
    }
    const options = readOptions(rule, words, "byte_extract");
    if (words.some((word) => /^bitmask\b/i.test(word))) throw new RuleError("byte_extract: knows no bitmask");
    // Where the order of a call is not known, as in pipes of SMB, Suricata 7 takes the low octet first here alone.
    if (options.isDcerpcEndian) options.isLittleEndian = true;
    const reading = readingOf(rule, count, offset, options, "byte_extract");
    rule.addCondition({
      kind: "byte_extract",
      reading,
      multiplier: options.multiplier,
      align: options.align,
      variable: rule.defineVariable(name, "byte_extract"),
    });
  },
};

/** `byte_math:bytes 4,offset 0,oper +,rvalue 4,result name` */
const byteMathKeyword: Keyword = {
  names: ["byte_math"],
  apply(rule, value) {
    const fields = new Map<string, string>();
    const words: string[] = [];
    const text = requireValue(value, "byte_math");
    for (const part of text.split(",").map((piece) => piece.trim())) {
      const [name, argument] = part.split(/\s+/);
      if (argument !== undefined && ["bytes", "offset", "oper", "rvalue", "result"].includes(name!)) {
        fields.set(name!, argument);
      } else if (name === "endian") words.push(argument ?? "");
      else if (name === "string") words.push("string", argument ?? "dec");
      else words.push(part);
    }
    const operator = fields.get("oper") ?? "";
    if (!["+", "-", "*", "/", "<<", ">>"].includes(operator)) {
      throw new RuleError(`byte_math: operator "${operator}" is not known`);
    }
    const options = readOptions(rule, words, "byte_math");
    const need = (name: string): string => {
      const field = fields.get(name);
      if (field === undefined) throw new RuleError(`byte_math: ${name} is missing`);
      return field;
    };
    rule.addCondition({
      kind: "byte_math",
      reading: readingOf(rule, need("bytes"), need("offset"), options, "byte_math"),
      operator: operator as ByteMathCondition["operator"],
      value: rule.operand(need("rvalue"), "byte_math", 0, MAX_VALUE),
      variable: rule.defineVariable(need("result"), "byte_math"),
    });
  },
};

/** `base64_decode:bytes 12,offset 1,relative`; `base64_data` then looks at what was decoded */
const base64DecodeKeyword: Keyword = {
  names: ["base64_decode"],
  apply(rule, value) {
    let byteCount = 0;
    let offset = 0;
    let isRelative = false;
    if (/offset.*bytes/.test(value ?? "")) throw new RuleError("base64_decode: bytes stand before offset");
    for (const word of value === undefined || value === "" ? [] : splitArguments(value, "base64_decode")) {
      const [name, argument] = word.split(/\s+/);
      const number = /^\d+$/.test(argument ?? "") ? Number(argument) : Number.NaN;
      if (name === "relative" && argument === undefined) isRelative = true;
      else if (name === "bytes" && number <= MAX_OFFSET) byteCount = number;
      else if (name === "offset" && number <= MAX_OFFSET) offset = number;
      else throw new RuleError(`base64_decode: cannot read "${word}"`);
    }
    if (rule.hasPendingTransforms) throw new RuleError("base64_decode: cannot follow a transform at once");
    rule.addCondition({ kind: "base64_decode", byteCount, offset, isRelative });
  },
};

/** Keywords that read numbers out of a buffer. */
export const byteKeywords: readonly Keyword[] = [
  dataAtKeyword,
  byteTestKeyword,
  byteJumpKeyword,
  byteExtractKeyword,
  byteMathKeyword,
  base64DecodeKeyword,
];
