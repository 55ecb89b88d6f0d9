import { NumberField } from "../../sensor/proto/fields.js";
import { FtpTransfer } from "../../sensor/proto/ftp/expected-transfers.js";
import { Protocol } from "../../sensor/proto/protocols.js";
import { Compare } from "../comparison.js";
import { RuleError } from "../rule-error.js";
import { BOTH_DIRECTIONS, TO_SERVER_BIT } from "../signature.js";
import { refuseValue, requireValue } from "./arguments.js";
import type { Keyword } from "./keyword.js";

const TRANSFERS: Readonly<Record<string, number>> = { retr: FtpTransfer.RETR, stor: FtpTransfer.STOR };

export const ftpKeywords: readonly Keyword[] = [
  {
    names: ["ftpbounce"],
    apply(rule, value) {
      refuseValue(value, "ftpbounce");
      const test = { field: NumberField.FTP_BOUNCE, operator: Compare.EQUAL, a: 1, b: 0 };
      rule.addMessageTest(test, [Protocol.FTP], TO_SERVER_BIT);
    },
  },
  {
    names: ["ftpdata_command"],
    apply(rule, value) {
      const text = requireValue(value, "ftpdata_command").toLowerCase();
      const transfer = TRANSFERS[text];
      if (transfer === undefined) throw new RuleError(`ftpdata_command: "${text}" is neither retr nor stor`);
      const test = { field: NumberField.FTP_DATA_COMMAND, operator: Compare.EQUAL, a: transfer, b: 0 };
      rule.addMessageTest(test, [Protocol.FTP_DATA], BOTH_DIRECTIONS);
    },
  },
];
