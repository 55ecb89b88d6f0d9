/**
 * Mutated dialogues in random segments, some of them lost, through the parsers of SMTP, FTP, SMB, DCERPC and NFS: nothing throws, no
 * entry leaves its bytes, every parser comes to an end, and the file pool never holds more than its limit.
 *
 * `FUZZ_SEED` repeats a run, `FUZZ_FLOWS` sets its length.
 */
import { describe, expect, it } from "vitest";
import { DcerpcParser } from "../../agent/sensor/proto/dcerpc/parser.js";
import { FilePool } from "../../agent/sensor/proto/file-pool.js";
import { FtpDataParser } from "../../agent/sensor/proto/ftp/data-parser.js";
import { ExpectedTransfers } from "../../agent/sensor/proto/ftp/expected-transfers.js";
import { FtpParser } from "../../agent/sensor/proto/ftp/parser.js";
import { NfsParser } from "../../agent/sensor/proto/nfs/parser.js";
import { Parsed, type ProtocolParser } from "../../agent/sensor/proto/parser.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "../../agent/sensor/proto/protocols.js";
import { SmbParser } from "../../agent/sensor/proto/smb/parser.js";
import { SmtpParser } from "../../agent/sensor/proto/smtp/parser.js";
import { bind, bindAck, request, response } from "../support/dcerpc-pdus.js";
import { FUZZ_SEED } from "../support/fuzz-seed.js";
import { fromLatin1, ParserFlow } from "../support/parse-messages.js";
import { compound, rpcCall, rpcRecord } from "../support/rpc-messages.js";
import * as smb from "../support/smb-records.js";

const seed = FUZZ_SEED;
const flowCount = Number(process.env.FUZZ_FLOWS ?? 4000);
const MAX_FILES = 4;

type Turn = readonly [direction: DirectionId, bytes: Uint8Array];

/** mulberry32: small, fast, and the same everywhere. */
function randomFrom(start: number): (below: number) => number {
  let state = start | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  let result = Uint8Array.from(bytes);
  for (let i = random(4); i > 0 && result.length > 0; i--) {
    const at = random(result.length);
    switch (random(5)) {
      case 0:
        result[at] = random(256);
        break;
      case 1:
        result[at] = [0, 1, 0x0a, 0x0d, 0x7f, 0x80, 0xff][random(7)]!;
        break;
      case 2:
        result = result.slice(0, at);
        break;
      case 3:
        result = Uint8Array.from([...result.subarray(0, at), ...result.subarray(random(result.length))]);
        break;
      default:
        result = Uint8Array.from([
          ...result.subarray(0, at),
          ...new Uint8Array(random(300)),
          ...result.subarray(at),
        ]);
    }
  }
  return result;
}

const client = (text: string): Turn => [TO_SERVER, fromLatin1(text.replaceAll("\n", "\r\n"))];
const server = (text: string): Turn => [TO_CLIENT, fromLatin1(text.replaceAll("\n", "\r\n"))];

const MAIL: readonly Turn[] = [
  server("220 mail ESMTP\n"),
  client("EHLO pc\n"),
  server("250-mail\n250 PIPELINING\n"),
  client("MAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA\n"),
  server("250 ok\n250 ok\n354 go\n"),
  client('Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: a; name=f\n'),
  client("Content-Transfer-Encoding: base64\n\nTVqQAAMAAAAE\nAAAA\n--x\nContent-Type: message/rfc822\n\n"),
  client(
    "Content-Type: text/html; name=g\nContent-Transfer-Encoding: quoted-printable\n\na=3Db=\n\n--x--\n.\n",
  ),
  server("250 queued\n"),
  client("BDAT 10 LAST\n0123456789STARTTLS\n"),
  server("250 ok\n220 go\n"),
];
const TRANSFER: readonly Turn[] = [
  server("220 (ftp)\n"),
  client("USER a\nPORT 10,0,0,1,4,1\nEPRT |2|::1|5282|\nRETR name\n"),
  server("331 x\n227 (1,2,3,4,5,6)\n229 (|||6446|)\n150 y\n"),
  client("AUTH TLS\n"),
  server("234 go\n"),
];
const SHARE: readonly Turn[] = [
  [TO_SERVER, smb.sessionSetup(smb.ntlmsspAuthenticate("OFFICE", "tanaka", "PC"))],
  [TO_SERVER, smb.treeConnect("\\\\s\\IPC$")],
  [TO_CLIENT, smb.treeConnected(2, 7)],
  [TO_SERVER, smb.create("svcctl", 7)],
  [TO_CLIENT, smb.created(7)],
  [TO_SERVER, smb.write(bind(), 0, 7)],
  [TO_SERVER, smb.read(0, 7)],
  [TO_CLIENT, smb.readDone(bindAck(0), 7)],
  [TO_SERVER, smb.transceive(request(2, 1, "stub"), 7)],
  [TO_CLIENT, smb.transceived(response(2, "stub"), 7)],
  [TO_SERVER, smb.close(7)],
  [TO_SERVER, smb.treeConnect("\\\\s\\data", 11)],
  [TO_CLIENT, smb.treeConnected(1, 8, 11)],
  [TO_SERVER, smb.create("file", 8, 12)],
  [TO_CLIENT, smb.created(8, 12)],
  [TO_SERVER, smb.write(new Uint8Array(700).fill(97), 0, 8)],
  [TO_SERVER, smb.smb1(0x75, [0xff, 0, 0, 0, 0, 0, 1, 0], [0, ...fromLatin1("\\\\s\\x\0IPC\0")])],
  [TO_SERVER, smb.chainedTreeConnect(smb.ntlmsspAuthenticate("OFFICE", "sato", "PC"), "\\\\s\\old")],
  [TO_SERVER, smb.smb1(0x2f, new Array<number>(24).fill(1), [1, 2, 3])],
];
const CALLS: readonly Turn[] = [
  [TO_SERVER, bind()],
  [TO_CLIENT, bindAck(0)],
  [TO_SERVER, request(1, 3, "part", 1)],
  [TO_SERVER, request(1, 3, "part", 2)],
  [TO_CLIENT, response(1, "answer")],
];
const FILES: readonly Turn[] = [
  [TO_SERVER, rpcRecord(rpcCall(3, 7, new Array<number>(300).fill(1)))],
  [TO_SERVER, rpcRecord(rpcCall(4, 1, compound([[24], [15, 4, 1], [10], [9, 1, 0]])))],
];

const pool = new FilePool({ maxFiles: MAX_FILES, fileBytes: 500, idleUs: 1 });
const expected = new ExpectedTransfers();
const cases: readonly (readonly [
  name: string,
  parser: ProtocolParser<unknown>,
  dialogue: readonly Turn[],
])[] = [
  ["SMTP", new SmtpParser(pool) as ProtocolParser<unknown>, MAIL],
  ["FTP", new FtpParser(expected) as ProtocolParser<unknown>, TRANSFER],
  ["FTP data", new FtpDataParser(expected, pool) as ProtocolParser<unknown>, TRANSFER],
  ["SMB", new SmbParser(pool) as ProtocolParser<unknown>, SHARE],
  ["DCERPC", new DcerpcParser(pool) as ProtocolParser<unknown>, CALLS],
  ["NFS", new NfsParser(true) as ProtocolParser<unknown>, FILES],
];

describe(`streams (FUZZ_SEED=${seed})`, () => {
  it.each(cases)("%s survives whatever is sent", (_name, parser, dialogue) => {
    const random = randomFrom(seed);
    for (let n = 0; n < flowCount / cases.length; n++) {
      const flow = new ParserFlow(parser, 64 << random(8));
      const isOver = [false, false];
      for (const [direction, original] of dialogue) {
        let rest = random(4) === 0 ? mutate(original, random) : original;
        while (rest.length > 0 && !isOver[direction]) {
          if (parser.passGap !== undefined && random(8) === 0) {
            const lost = random(Math.min(rest.length, 100)) + 1;
            if (!parser.passGap(flow.state, direction, lost)) isOver[direction] = true;
            rest = rest.subarray(lost);
            continue;
          }
          const length = Math.min(rest.length, 1 + random(random(3) === 0 ? 4 : 400));
          flow.stream(direction, rest.subarray(0, length));
          rest = rest.subarray(length);
          if (flow.last === Parsed.DONE) isOver[direction] = true;
          if (flow.last === Parsed.FAILED) isOver.fill(true);
        }
      }
      if (!isOver[TO_SERVER]) flow.stream(TO_SERVER, new Uint8Array(0), true);
      if (!isOver[TO_CLIENT]) flow.stream(TO_CLIENT, new Uint8Array(0), true);
      expect(pool.used).toBeLessThanOrEqual(MAX_FILES);
    }
  });
});
