import { describe, expect, it } from "vitest";
import { FilePool } from "../../../../agent/sensor/proto/file-pool.js";
import { STAGE_BODY, STAGE_HEAD } from "../../../../agent/sensor/proto/message-view.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { SmtpParser } from "../../../../agent/sensor/proto/smtp/parser.js";
import { fromLatin1, ParserFlow } from "../../../support/parse-messages.js";
import { sensorWith } from "../../../support/sensor-with.js";
import { TcpConversation } from "../../../support/tcp-conversation.js";

const smtp = new SmtpParser(new FilePool());

/** A dialogue as lines: `C: …` from the client, `S: …` from the server, in segments of one line. */
function converse(flow: ParserFlow<ReturnType<SmtpParser["createState"]>>, ...lines: readonly string[]) {
  for (const line of lines) {
    const direction = line.startsWith("C: ") ? TO_SERVER : TO_CLIENT;
    flow.stream(direction, fromLatin1(`${line.slice(3)}\r\n`));
  }
  return flow;
}

const GREETING = [
  "S: 220 mail.example.jp ESMTP Postfix",
  "C: EHLO pc-04.example.jp",
  "S: 250-mail.example.jp",
  "S: 250-PIPELINING",
  "S: 250 8BITMIME",
];
const ENVELOPE = [
  "C: MAIL FROM:<tanaka@example.jp> SIZE=900",
  "S: 250 2.1.0 Ok",
  "C: RCPT TO:<sato@example.com>",
  "S: 250 2.1.5 Ok",
  "C: rcpt to: <suzuki@example.com>",
  "S: 250 2.1.5 Ok",
];
const DATA = ["C: DATA", "S: 354 End data with <CR><LF>.<CR><LF>"];

const MAIL = [
  "From: Tanaka <tanaka@example.jp>",
  "To: sato@example.com,",
  "\tsuzuki@example.com",
  "Subject: invoice",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="=_outer"',
  "",
  "preamble",
  "--=_outer",
  "Content-Type: text/plain; charset=utf-8",
  "",
  "See the attachments.",
  "--=_outer",
  'Content-Type: application/octet-stream; name="a.bin"',
  "Content-Transfer-Encoding: base64",
  'Content-Disposition: attachment; filename="invoice.exe"',
  "",
  "TVqQAAMAAAAE",
  "AAAA//8AAA==",
  "",
  "--=_outer",
  "Content-Type: text/html; name=page.html",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  '<a href=3D"http://x/">=',
  "go</a>",
  "..dot",
  "--=_outer--",
  "epilogue",
  ".",
].map((line) => `C: ${line}`);

const EXE = "MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0";
const HTML = '<a href="http://x/">go</a>\r\n.dot';

describe("SMTP", () => {
  it("gives the envelope, then each attachment decoded, with its name", () => {
    const flow = converse(new ParserFlow(smtp), ...GREETING, ...ENVELOPE, ...DATA, ...MAIL, "S: 250 queued");
    expect(flow.messages.map(({ stage, fields }) => [stage, fields])).toEqual([
      [
        STAGE_HEAD,
        {
          SMTP_HELO: ["pc-04.example.jp"],
          SMTP_MAIL_FROM: ["<tanaka@example.jp>"],
          SMTP_RCPT_TO: ["<sato@example.com>", "<suzuki@example.com>"],
        },
      ],
      [STAGE_BODY, expect.objectContaining({ FILE_NAME: ["invoice.exe"], FILE_DATA: [EXE] })],
      [STAGE_BODY, expect.objectContaining({ FILE_NAME: ["page.html"], FILE_DATA: [HTML] })],
    ]);
    expect(flow.messages.flatMap(({ events }) => events)).toEqual([]);
    expect(flow.messages.at(-1)!.eve).toEqual({
      smtp: {
        helo: "pc-04.example.jp",
        mail_from: "<tanaka@example.jp>",
        rcpt_to: ["<sato@example.com>", "<suzuki@example.com>"],
      },
      email: {
        status: "BODY_STARTED",
        from: "Tanaka <tanaka@example.jp>",
        to: ["sato@example.com", "suzuki@example.com"],
        subject: "invoice",
        attachment: ["invoice.exe", "page.html"],
      },
    });
  });

  it("reads the same wherever the mail is cut", () => {
    const whole = converse(new ParserFlow(smtp), ...GREETING, ...ENVELOPE, ...DATA, ...MAIL).messages;
    const bytes = fromLatin1(MAIL.map((line) => `${line.slice(3)}\r\n`).join(""));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const flow = converse(new ParserFlow(smtp), ...GREETING, ...ENVELOPE, ...DATA)
        .stream(TO_SERVER, bytes.slice(0, cut))
        .stream(TO_SERVER, bytes.slice(cut));
      expect(flow.messages).toEqual(whole);
    }
  });

  const MAIL_WITH_FILE = "DATA\r\nContent-Type: a; name=f\r\n\r\nTVqQ\r\n.\r\n";
  const names = (flow: ReturnType<typeof converse>) =>
    flow.messages.flatMap(({ fields }) => fields.FILE_NAME ?? []);
  const events = (flow: ReturnType<typeof converse>) => flow.messages.flatMap((message) => message.events);

  it("takes what comes behind DATA for a mail at once where the server has announced PIPELINING", () => {
    const flow = converse(new ParserFlow(smtp), ...GREETING, ...ENVELOPE);
    flow.stream(TO_SERVER, fromLatin1(MAIL_WITH_FILE));
    expect(names(flow)).toEqual(["f"]);
    expect(events(flow)).toEqual(["smtp.invalid_pipelined_sequence"]);
    converse(flow, "S: 554 no");
    expect(events(flow).at(-1)).toBe("smtp.data_command_rejected");
  });

  it("takes it for commands elsewhere, and what follows the late answer for nothing, as Suricata does", () => {
    const plain = ["S: 220 x", "C: HELO a", "S: 250 x"];
    const early = converse(new ParserFlow(smtp), ...plain, ...ENVELOPE);
    early.stream(TO_SERVER, fromLatin1(MAIL_WITH_FILE));
    converse(early, "S: 354 go").stream(TO_SERVER, fromLatin1(MAIL_WITH_FILE));
    expect([names(early), events(early)]).toEqual([[], ["smtp.invalid_pipelined_sequence"]]);
    expect(early.messages.at(-1)!.eve).toMatchObject({ email: { status: "HEADER_READY" } });

    const refused = converse(new ParserFlow(smtp), ...plain, ...ENVELOPE, "C: DATA", "S: 554 no", "C: DATA");
    expect(events(refused)).toEqual(["smtp.data_command_rejected", "smtp.unparsable_content"]);
    const again = converse(
      new ParserFlow(smtp),
      ...plain,
      ...ENVELOPE,
      "C: DATA",
      "S: 554 no",
      "C: RSET",
      "S: 250 ok",
    );
    converse(again, ...DATA).stream(TO_SERVER, fromLatin1(MAIL_WITH_FILE.slice(6)));
    expect([names(again), events(again)]).toEqual([["f"], ["smtp.data_command_rejected"]]);
  });

  it("matches replies with commands from the first on, whoever begins", () => {
    const flow = converse(new ParserFlow(smtp), "C: HELO a", "C: MAIL FROM:<a@b>", "C: DATA");
    expect(events(flow)).toEqual(new Array(3).fill("smtp.no_server_welcome_message"));
    converse(flow, "S: 220 x", "S: 250 ok", "S: 250 ok");
    expect(events(flow).at(-1)).toBe("smtp.data_command_rejected");
  });

  // Suricata 7 knows neither 530 nor 535 (RFC 4954 6) nor 454 (RFC 3207 4) and reads nothing behind them; mails that follow are read here.
  it("calls replies invalid that Suricata does not know, and goes on", () => {
    for (const reply of ["530 no", "535 no", "454 no", "999 no", "hello", ""]) {
      const flow = converse(new ParserFlow(smtp), ...GREETING, "C: AUTH x", `S: ${reply}`, "S: 250 ok");
      converse(flow, ...ENVELOPE).stream(TO_SERVER, fromLatin1(MAIL_WITH_FILE));
      expect(events(flow)[0], reply).toBe("smtp.invalid_reply");
      expect(names(flow), reply).toEqual(["f"]);
    }
  });

  it("reads mails in BDAT chunks", () => {
    const mail = 'Content-Type: x/y; name="f"\r\n\r\nabc\r\ndef';
    const flow = converse(new ParserFlow(smtp), ...GREETING, ...ENVELOPE);
    flow.stream(TO_SERVER, fromLatin1(`BDAT 12\r\n${mail.slice(0, 12)}BDAT ${mail.length - 12} LAST\r\n`));
    flow.stream(TO_SERVER, fromLatin1(`${mail.slice(12)}RSET\r\nMAIL FROM:<b@b>\r\nBDAT 99999999999\r\n`));
    expect(flow.messages[1]!.fields).toMatchObject({ FILE_NAME: ["f"], FILE_DATA: ["abc\r\ndef"] });
    expect(flow.messages.at(-1)!.events).toEqual(["smtp.bdat_chunk_len_exceeded"]);
  });

  it("passes over chunks like Suricata 7 where it is not to read more: it counts them together, and gives up when they are too long", () => {
    const mail = 'Content-Type: x/y; name="f"\r\n\r\nabc\r\n';
    const talk = (...parts: readonly string[]) => {
      const flow = converse(new ParserFlow(new SmtpParser(new FilePool(), false)), ...GREETING, ...ENVELOPE);
      for (const part of parts) flow.stream(TO_SERVER, fromLatin1(part));
      flow.stream(TO_SERVER, fromLatin1(MAIL_WITH_FILE));
      return [...events(flow).filter((event) => event.includes("bdat")), ...names(flow)];
    };
    const chunk = (last = " LAST") => `BDAT ${mail.length}${last}\r\n${mail}`;
    expect(talk(chunk())).toEqual(["f"]);
    expect(talk(chunk(""), `RSET\r\n${chunk()}`)).toEqual(["f"]);
    expect(talk(chunk(""), chunk())).toEqual(["smtp.bdat_chunk_len_exceeded"]);
    expect(talk(`BDAT 4294967297\r\n`)).toEqual(["smtp.bdat_chunk_len_exceeded"]);
    expect(talk("BDAT x\r\n")).toEqual(["smtp.bdat_chunk_len_exceeded"]);
    for (const unread of ["BDAT", "BDAT\t1", "BDAT 99999999999999999999", "BDAT -1"])
      expect(talk(`${unread}\r\n`), unread).toEqual([]);
  });

  it("has payload rules look at the stream where a mail ends", () => {
    const { sensor, sids } = sensorWith(['alert tcp any any -> any any (content:"TVqQ"; sid:1;)']);
    const flow = new TcpConversation(sensor, { serverPort: 25 }).server("220 hi\r\n").client("EHLO a\r\n");
    flow.server("250-PIPELINING\r\n250 HELP\r\n");
    for (let mail = 0; mail < 2; mail++) flow.client(MAIL_WITH_FILE).server("354 go\r\n250 ok\r\n");
    sensor.finish();
    expect(sids).toEqual([1, 1]);
  });

  it("hands out an attachment when its inspected prefix is there, and passes over the rest", () => {
    const small = new SmtpParser(new FilePool({ maxFiles: 1, fileBytes: 8, idleUs: 1 }));
    const flow = converse(
      new ParserFlow(small),
      ...GREETING,
      ...ENVELOPE,
      ...DATA,
      "C: Content-Type: a; name=f",
      "C: ",
    );
    converse(flow, "C: 12345", "C: 67890", "C: more", "C: .", "C: MAIL FROM:<z@z>", "C: DATA");
    expect(flow.messages.map(({ fields }) => fields.FILE_DATA?.[0])).toEqual([
      undefined,
      "12345\r\n6",
      undefined,
    ]);
  });

  it("hands out what there is of an attachment when the stream ends", () => {
    const flow = converse(
      new ParserFlow(smtp),
      ...GREETING,
      ...ENVELOPE,
      ...DATA,
      "C: Content-Type: a; name=f",
      "C: ",
    );
    flow.stream(TO_SERVER, fromLatin1("cut off"), true);
    expect(flow.messages.at(-1)!.fields.FILE_DATA).toEqual(["cut off"]);
  });

  it("gives the buffer of an attachment back when the flow is over, and passes over mails when there is no room", () => {
    const pool = new FilePool();
    const parser = new SmtpParser(pool);
    const mail = ["C: Content-Type: a; name=f", "C: ", "C: data"];
    const flows = Array.from({ length: 1025 }, () =>
      converse(new ParserFlow(parser), ...GREETING, ...ENVELOPE, ...DATA),
    );
    const [first, last] = [flows[0]!, flows[1024]!];
    converse(first, ...mail);
    expect(pool.used).toBe(1);
    converse(last, ...mail, "C: .", "C: RSET", "C: MAIL FROM:<later@x>", "C: DATA");
    expect(last.messages.map(({ fields }) => fields.SMTP_MAIL_FROM?.[0])).toEqual([
      "<tanaka@example.jp>",
      "<later@x>",
    ]);
    parser.release(first.state);
    expect(pool.used).toBe(0);
  });

  it("ends with a tunnel where STARTTLS is agreed upon, and says when it is not", () => {
    const flow = converse(new ParserFlow(smtp), ...GREETING, "C: STARTTLS", "S: 502 later");
    expect(flow.messages.map(({ events }) => events)).toEqual([["smtp.tls_rejected"]]);
    converse(flow, "C: STARTTLS").stream(TO_SERVER, fromLatin1("\x16\x03\x01"));
    expect(flow.last).toBe(Parsed.NEED_MORE);
    converse(flow, "S: 220 go ahead");
    expect(flow.last).toBe(Parsed.DONE);
    expect(flow.state.isTunnel).toBe(true);
  });

  it("notes what Suricata notes of the dialogue", () => {
    const noted = (...lines: readonly string[]) => events(converse(new ParserFlow(smtp), ...lines));
    expect(noted("S: 250 hello")).toEqual([]);
    expect(noted("S: 220 x", "C: NOOP", "S: 999 what")).toEqual(["smtp.invalid_reply"]);
    expect(noted("S: 220 x", "C: HELO a", "C: HELO b")).toEqual(["smtp.duplicate_fields"]);
    expect(noted("S: 220 x", `C: ${"a".repeat(5000)}`)).toEqual([]);
    const flow = converse(new ParserFlow(smtp), "S: 220 x").stream(TO_SERVER, new Uint8Array(5000).fill(97));
    expect(flow.messages.flatMap((message) => message.events)).toEqual(["smtp.truncated_line"]);
    converse(flow, "C: rest", "C: HELO a", "C: DATA");
    expect(flow.messages.at(-1)!.fields.SMTP_HELO).toEqual(["a"]);
  });

  it("notes malformed MIME and goes on", () => {
    const events = (...mail: readonly string[]) =>
      converse(
        new ParserFlow(smtp),
        ...GREETING,
        ...DATA,
        ...mail.map((line) => `C: ${line}`),
        "C: .",
        "C: NOOP",
      ).messages.flatMap((message) => message.events);
    expect(events(`Content-Type: multipart/mixed; boundary="${"b".repeat(300)}"`, "")).toEqual([
      "smtp.mime_long_boundary",
      "smtp.mime_parse_failed",
    ]);
    expect(events("no header", "")).toEqual([]);
    expect(events(`Content-Type: a; name=${"f".repeat(255)}`, "")).toEqual([]);
    expect(events(`Content-Type: a; name="${"f".repeat(256)}"`, "")).toEqual(["smtp.mime_long_filename"]);
    const encoded = (name: string) => ["Content-Type: a; name=f", `Content-Transfer-Encoding: ${name}`, ""];
    expect(events(...encoded("base64"), "TV!q")).toEqual(["smtp.mime_invalid_base64"]);
    expect(events(...encoded("quoted-printable"), "a=zz")).toEqual(["smtp.mime_invalid_qp"]);
    expect(events(...encoded("base64"), "T".repeat(80))).toEqual(["smtp.mime_long_enc_line"]);
    expect(events(`X: ${"v".repeat(2100)}`, "")).toEqual([
      "smtp.mime_long_line",
      "smtp.mime_long_header_value",
    ]);
  });

  it("finds attachments of a message in a message", () => {
    const inner = [
      "Content-Type: message/rfc822",
      "",
      "Subject: inner",
      "Content-Type: a/b; name=deep",
      "",
      "data",
    ];
    const mail = ['Content-Type: multipart/mixed; boundary="o"', "", "--o", ...inner, "--o--", "."];
    const flow = converse(new ParserFlow(smtp), ...GREETING, ...DATA, ...mail.map((line) => `C: ${line}`));
    expect(flow.messages.at(-1)!.fields).toMatchObject({ FILE_NAME: ["deep"], FILE_DATA: ["data"] });
  });

  it("recognises a client by its first command; a greeting alone may be another protocol's", () => {
    const probe = (text: string, direction: 0 | 1) => smtp.probe(fromLatin1(text), 0, text.length, direction);
    expect(probe("EHLO x", TO_SERVER)).toBe(Probe.YES);
    expect(probe("he", TO_SERVER)).toBe(Probe.UNSURE);
    expect(probe("USER", TO_SERVER)).toBe(Probe.NO);
    expect(probe("220 mail", TO_CLIENT)).toBe(Probe.UNSURE);
    expect(probe("22", TO_CLIENT)).toBe(Probe.UNSURE);
    expect(probe("550 no", TO_CLIENT)).toBe(Probe.NO);
  });
});
