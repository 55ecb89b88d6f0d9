import { readNumber, readText, requireValue, splitArguments } from "./arguments.js";
import type { Keyword } from "./keyword.js";

/** Or what is no ASCII at all. */
const HAS_BLANKS = /[^!-~]/;
const MAX_ID = 0xffff_ffff;

/** What names and describes a rule; nothing here decides whether it matches. */
export const identityKeywords: readonly Keyword[] = [
  {
    names: ["msg"],
    apply(rule, value) {
      rule.message = readText(value, "msg");
    },
  },
  {
    names: ["sid"],
    apply(rule, value) {
      rule.sid = readNumber(value, "sid", MAX_ID);
    },
  },
  {
    names: ["rev"],
    apply(rule, value) {
      rule.rev = readNumber(value, "rev", MAX_ID);
    },
  },
  {
    names: ["gid"],
    apply(rule, value) {
      rule.gid = readNumber(value, "gid", MAX_ID);
    },
  },
  {
    names: ["classtype"],
    apply(rule, value, context) {
      rule.classtype = readText(value, "classtype");
      if (!context.classifications.has(rule.classtype)) {
        rule.notes.push(`classtype "${rule.classtype}" is not in classification.config: priority 3`);
      }
    },
  },
  {
    names: ["priority"],
    apply(rule, value) {
      rule.priority = readNumber(value, "priority", MAX_ID);
    },
  },
  {
    names: ["reference"],
    apply(rule, value) {
      const text = requireValue(value, "reference");
      rule.references.push(HAS_BLANKS.test(text) ? splitArguments(text, "reference").join(",") : text);
    },
  },
  {
    names: ["metadata"],
    apply(rule, value) {
      const text = requireValue(value, "metadata");
      rule.metadata = rule.metadata === "" ? text : `${rule.metadata},${text}`;
    },
  },
  { names: ["target"], apply: () => undefined },
  {
    names: ["tag"],
    apply: (rule) => void rule.notes.push("tag is passed over: packets are not recorded behind an alert"),
  },
  {
    names: ["noalert"],
    apply(rule) {
      rule.isNoAlert = true;
    },
  },
  {
    names: ["alert"],
    apply(rule) {
      rule.isAlerting = true;
    },
  },
];
