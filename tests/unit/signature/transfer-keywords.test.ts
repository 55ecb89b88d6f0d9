import { describe, expect, test } from "vitest";
import { Field, NumberField } from "../../../agent/sensor/proto/fields.js";
import { FtpTransfer } from "../../../agent/sensor/proto/ftp/expected-transfers.js";
import { STAGE_BODY } from "../../../agent/sensor/proto/message-view.js";
import { Protocol, TO_CLIENT } from "../../../agent/sensor/proto/protocols.js";
import { RuleBench, refusalOf } from "../../support/rules.js";

const rule = (protocol: string, options: string, sid = 1) =>
  `alert ${protocol} any any -> any any (${options}; sid:${sid};)`;

describe("keywords about files", () => {
  const file = (name: string, protocol: typeof Protocol.SMB | typeof Protocol.SMTP = Protocol.SMB) => ({
    protocol,
    stage: STAGE_BODY,
    fields: [[Field.FILE_NAME, name] as const, [Field.FILE_DATA, "MZ"] as const],
  });

  test("filename looks for a text in the name in any case, fileext at its end", () => {
    const bench = new RuleBench(
      rule("tcp", 'filename:"invoice"', 1),
      rule("tcp", 'filename:!"invoice"', 2),
      rule("smb", 'fileext:"EXE"', 3),
    );
    expect(bench.message(file("my Invoice.exe"))).toEqual([1, 3]);
    expect(bench.message(file("exe.txt"))).toEqual([2]);
    expect(bench.message(file("invoice.exe", Protocol.SMTP))).toEqual([1]);
  });

  test("filestore asks for a file and keeps none", () => {
    const bench = new RuleBench(rule("smb", "filestore"));
    expect(bench.message(file("a"))).toEqual([1]);
    expect(bench.message({ protocol: Protocol.SMB, stage: STAGE_BODY })).toEqual([]);
  });
});

describe("keywords about FTP", () => {
  test("ftpbounce asks for a PORT with another address", () => {
    const bench = new RuleBench(rule("ftp", "ftpbounce"));
    const message = (value: number) => ({
      protocol: Protocol.FTP,
      numbers: [[NumberField.FTP_BOUNCE, value] as const],
    });
    expect(bench.message(message(1))).toEqual([1]);
    expect(bench.message(message(0))).toEqual([]);
    expect(bench.message({ protocol: Protocol.FTP })).toEqual([]);
  });

  test("ftpdata_command asks for the direction of a transfer", () => {
    const bench = new RuleBench(rule("ftp-data", "ftpdata_command:stor"));
    const message = (value: number) => ({
      protocol: Protocol.FTP_DATA,
      numbers: [[NumberField.FTP_DATA_COMMAND, value] as const],
    });
    expect(bench.message(message(FtpTransfer.STOR))).toEqual([1]);
    expect(bench.message(message(FtpTransfer.RETR))).toEqual([]);
    expect(refusalOf(rule("ftp-data", "ftpdata_command:list"))).toContain("neither retr nor stor");
  });

  test.each([
    ["ftp.command", Field.FTP_COMMAND],
    ["ftp.command_data", Field.FTP_COMMAND_DATA],
  ])("%s looks into commands", (name, field) => {
    const bench = new RuleBench(rule("ftp", `${name}; content:"x"`));
    expect(bench.message({ protocol: Protocol.FTP, fields: [[field, "axb"]] })).toEqual([1]);
  });

  test("ftp.reply looks into replies", () => {
    const bench = new RuleBench(rule("ftp", 'ftp.reply; content:"x"'));
    const fields = [[Field.FTP_REPLY, "axb"] as const];
    expect(
      bench.message({ protocol: Protocol.FTP, direction: TO_CLIENT, fields }, { direction: TO_CLIENT }),
    ).toEqual([1]);
  });
});

test.each([
  ["smtp.helo", Field.SMTP_HELO],
  ["smtp.mail_from", Field.SMTP_MAIL_FROM],
  ["smtp.rcpt_to", Field.SMTP_RCPT_TO],
])("%s looks into the envelope of mails", (name, field) => {
  const bench = new RuleBench(rule("smtp", `${name}; content:"@x"`));
  expect(bench.message({ protocol: Protocol.SMTP, fields: [[field, "<a@x>"]] })).toEqual([1]);
  expect(bench.message({ protocol: Protocol.SMTP, fields: [[field, "<a@y>"]] })).toEqual([]);
});

describe("keywords about DCERPC", () => {
  const uuid = "367abb81-9844-35f1-ad32-98f038001003";
  const entry = (major: number) => Buffer.from(`${uuid.replaceAll("-", "")}000${major}0000`, "hex");
  const call = (major: number, operation: number) => ({
    protocol: Protocol.SMB,
    fields: [[Field.DCERPC_IFACE, entry(major)] as const],
    numbers: [[NumberField.DCERPC_OPNUM, operation] as const],
  });

  test("dcerpc.iface asks for an interface, and its version where it says so", () => {
    const bench = new RuleBench(
      rule("tcp", `dcerpc.iface:${uuid}`, 1),
      rule("tcp", `dce_iface:${uuid},>1,any_frag`, 2),
      rule("smb", `dcerpc.iface:${uuid},!2`, 3),
      rule("dcerpc", `dcerpc.iface:${uuid.replace("3", "4")}`, 4),
    );
    expect(bench.message(call(2, 0))).toEqual([1, 2]);
    expect(bench.message(call(1, 0))).toEqual([1, 3]);
    expect(refusalOf(rule("tcp", "dcerpc.iface:123"))).toContain("is not a UUID");
    expect(refusalOf(rule("tcp", `dcerpc.iface:${uuid},sometimes`))).toContain("cannot read");
  });

  test("dcerpc.opnum takes numbers, and ranges with both ends", () => {
    const bench = new RuleBench(
      rule("tcp", "dcerpc.opnum:12", 1),
      rule("tcp", "dce_opnum:15", 2),
      rule("tcp", "dcerpc.opnum:12-15", 3),
    );
    expect(bench.message(call(1, 12))).toEqual([1, 3]);
    expect(bench.message(call(1, 15))).toEqual([2, 3]);
    expect(refusalOf(rule("tcp", "dcerpc.opnum:9-3"))).toContain("empty");
  });
});

test("nfs_procedure and nfs_version compare numbers of calls", () => {
  const bench = new RuleBench(
    rule("nfs", "nfs_procedure:7; nfs_version:3", 1),
    rule("nfs", "nfs_procedure:5<>8", 2),
    rule("nfs", "nfs_version:>3", 3),
    rule("nfs", "nfs_procedure:!6; nfs.version:!4", 4),
    rule("nfs", "nfs_procedure:7-9; nfs.version:1<>3", 5),
  );
  const numbers = [[NumberField.NFS_PROCEDURE, 7] as const, [NumberField.NFS_VERSION, 3] as const];
  expect(bench.message({ protocol: Protocol.NFS, numbers })).toEqual([1, 2, 4, 5]);
  expect(refusalOf(rule("nfs", "nfs_procedure:0-7"))).toContain("no range from 1 upwards");
});

test("the old names of HTTP's sticky buffers are sticky buffers too", () => {
  const bench = new RuleBench(rule("http", 'http_content_type; content:"zip"'));
  expect(
    bench.message({ protocol: Protocol.HTTP1, fields: [[Field.HTTP_CONTENT_TYPE, "application/zip"]] }),
  ).toEqual([1]);
});
