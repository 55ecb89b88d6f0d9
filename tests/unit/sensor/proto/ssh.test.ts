import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { STAGE_BODY, STAGE_HEAD } from "../../../../agent/sensor/proto/message-view.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { SshParser } from "../../../../agent/sensor/proto/ssh/parser.js";
import { fromHex, fromLatin1, ParserFlow } from "../../../support/parse-messages.js";

const ssh = new SshParser();

// Name lists of a real connection: OpenSSH 7.7 for Windows to OpenSSH 7.4.
const CIPHERS =
  "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com";
const MACS =
  "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com," +
  "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1";
const KEX =
  "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521," +
  "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512," +
  "diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha256,diffie-hellman-group14-sha1,";
const CLIENT_KEX = `${KEX}ext-info-c`;
const SERVER_KEX = `${KEX}diffie-hellman-group1-sha1`;
const SERVER_CIPHERS = `${CIPHERS},aes128-cbc,aes192-cbc,aes256-cbc,blowfish-cbc,cast128-cbc,3des-cbc`;

function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function record(code: number, payload: readonly number[], paddingBytes = 4): Uint8Array {
  const length = 2 + payload.length + paddingBytes;
  return Uint8Array.from([
    ...uint32(length),
    paddingBytes,
    code,
    ...payload,
    ...new Uint8Array(paddingBytes),
  ]);
}

function kexinit(lists: readonly string[]): Uint8Array {
  const payload: number[] = [...new Uint8Array(16).fill(0xa5)];
  for (const list of lists) payload.push(...uint32(list.length), ...fromLatin1(list));
  return record(20, [...payload, 0, 0, 0, 0, 0]);
}

const CLIENT_BANNER = fromLatin1("SSH-2.0-OpenSSH_for_Windows_7.7\r\n");
const CLIENT_KEXINIT = kexinit([CLIENT_KEX, "ssh-rsa", CIPHERS, "x", MACS, "y", "none", "z", "", ""]);
const SERVER_KEXINIT = kexinit([
  SERVER_KEX,
  "ssh-rsa,ssh-ed25519",
  "x",
  SERVER_CIPHERS,
  "y",
  MACS,
  "z",
  "none,zlib@openssh.com",
  "",
  "",
]);
const NEWKEYS = record(21, []);
const client = Uint8Array.from([...CLIENT_BANNER, ...CLIENT_KEXINIT, ...record(30, [1, 2, 3]), ...NEWKEYS]);
const server = Uint8Array.from([...fromLatin1("SSH-2.0-OpenSSH_7.4\r\n"), ...SERVER_KEXINIT, ...NEWKEYS]);

describe("SSH", () => {
  it("gives banner and fingerprint as two stages of one transaction", () => {
    const flow = new ParserFlow(ssh).stream(TO_SERVER, client);
    const banner = { SSH_PROTO: ["2.0"], SSH_SOFTWARE: ["OpenSSH_for_Windows_7.7"] };
    expect(flow.messages.map(({ stage, transaction, fields }) => ({ stage, transaction, fields }))).toEqual([
      { stage: STAGE_HEAD, transaction: 0, fields: banner },
      {
        stage: STAGE_BODY,
        transaction: 0,
        fields: {
          ...banner,
          SSH_HASSH: ["2dd6531c7e89d3c925db9214711be76a"],
          SSH_HASSH_STRING: [`${CLIENT_KEX};${CIPHERS};${MACS};none`],
        },
      },
    ]);
    expect(flow.last).toBe(Parsed.DONE);
  });

  it("describes both ends when the server has spoken as well", () => {
    const flow = new ParserFlow(ssh).stream(TO_SERVER, client).stream(TO_CLIENT, server);
    const last = flow.messages.at(-1)!;
    expect(last.fields.SSH_HASSH_SERVER).toEqual(["6832f1ce43d4397c2c0a3e2f8c94334e"]);
    expect(last.fields).not.toHaveProperty("SSH_HASSH");
    expect(last.eve).toEqual({
      ssh: {
        client: {
          proto_version: "2.0",
          software_version: "OpenSSH_for_Windows_7.7",
          hassh: {
            hash: "2dd6531c7e89d3c925db9214711be76a",
            string: `${CLIENT_KEX};${CIPHERS};${MACS};none`,
          },
        },
        server: {
          proto_version: "2.0",
          software_version: "OpenSSH_7.4",
          hassh: {
            hash: "6832f1ce43d4397c2c0a3e2f8c94334e",
            string: `${SERVER_KEX};${SERVER_CIPHERS};${MACS};none,zlib@openssh.com`,
          },
        },
      },
    });
  });

  it("reads the same wherever the stream is cut", () => {
    const whole = new ParserFlow(ssh).stream(TO_SERVER, client).messages;
    for (let cut = 0; cut <= client.length; cut++) {
      const flow = new ParserFlow(ssh)
        .stream(TO_SERVER, client.slice(0, cut))
        .stream(TO_SERVER, client.slice(cut));
      expect(flow.messages).toEqual(whole);
      expect(flow.last).toBe(Parsed.DONE);
    }
  });

  it("leaves comments out and takes every line end Suricata takes", () => {
    for (const line of ["SSH-2.0-x y\r\n", "SSH-2.0-x y\n", "SSH-2.0-x\rmore\n"]) {
      const flow = new ParserFlow(ssh).stream(TO_CLIENT, fromLatin1(line));
      expect(flow.messages[0]!.fields).toEqual({ SSH_PROTO: ["2.0"], SSH_SOFTWARE: ["x"] });
    }
    const bare = new ParserFlow(ssh).stream(TO_CLIENT, fromLatin1("SSH-1.5-\n"));
    expect(bare.messages[0]!.fields).toEqual({ SSH_PROTO: ["1.5"] });
  });

  it("takes what is there of a banner that is too long, and goes on behind its end", () => {
    const long = fromLatin1(`SSH-2.0-${"a".repeat(400)}`);
    const flow = new ParserFlow(ssh).stream(TO_SERVER, long.slice(0, 300));
    expect(flow.messages[0]!.events).toEqual(["ssh.long_banner"]);
    expect(flow.messages[0]!.fields.SSH_SOFTWARE![0]).toHaveLength(253);
    flow
      .stream(TO_SERVER, long.slice(300))
      .stream(TO_SERVER, fromLatin1("\r\n"))
      .stream(TO_SERVER, CLIENT_KEXINIT);
    expect(flow.messages[1]!.fields.SSH_HASSH).toEqual(["2dd6531c7e89d3c925db9214711be76a"]);
  });

  it("gives up what is no banner, and records that cannot be", () => {
    for (const line of ["Hello\r\n", "SSH-2.0\r\n", "SSH--x\r\n"]) {
      const flow = new ParserFlow(ssh).stream(TO_SERVER, fromLatin1(line));
      expect(flow.messages.map(({ events }) => events)).toEqual([["ssh.invalid_banner"]]);
      expect(flow.last).toBe(Parsed.FAILED);
    }
    const flow = new ParserFlow(ssh)
      .stream(TO_SERVER, CLIENT_BANNER)
      .stream(TO_SERVER, fromHex("00000001 04 14"));
    expect(flow.messages.at(-1)!.events).toEqual(["ssh.invalid_record"]);
    expect(flow.last).toBe(Parsed.FAILED);
  });

  it("passes over key exchanges with lying lengths", () => {
    const lying = Uint8Array.from(CLIENT_KEXINIT);
    lying.set(uint32(0xffffffff), 6 + 16);
    const flow = new ParserFlow(ssh).stream(
      TO_SERVER,
      Uint8Array.from([...CLIENT_BANNER, ...lying, ...NEWKEYS]),
    );
    expect(flow.messages).toHaveLength(1);
    expect(flow.last).toBe(Parsed.DONE);
    for (let end = 0; end < CLIENT_KEXINIT.length - 6; end += 1) {
      const cut = record(20, [...CLIENT_KEXINIT.slice(6, 6 + end)], 0);
      const cutFlow = new ParserFlow(ssh).stream(TO_SERVER, Uint8Array.from([...CLIENT_BANNER, ...cut]));
      expect(cutFlow.messages.length).toBe(end >= CLIENT_KEXINIT.length - 6 - 4 ? 2 : 1);
    }
  });

  it("does not collect a key exchange of 64 KiB or more", () => {
    const head = Uint8Array.from([...uint32(65_537), 4, 20]);
    const flow = new ParserFlow(ssh).stream(TO_SERVER, Uint8Array.from([...CLIENT_BANNER, ...head]));
    expect(flow.messages[1]!.events).toEqual(["ssh.long_kex_record"]);
    flow.stream(TO_SERVER, new Uint8Array(65_535)).stream(TO_SERVER, NEWKEYS);
    expect(flow.last).toBe(Parsed.DONE);
  });

  it("skips a key exchange that the stream head cannot hold", () => {
    const flow = new ParserFlow(ssh, 512).stream(TO_SERVER, client);
    expect(flow.messages).toHaveLength(1);
    expect(flow.last).toBe(Parsed.DONE);
  });

  it("keeps the hash of a string that is too long to keep", () => {
    const kex = "a,".repeat(2000);
    const hash = createHash("md5").update(`${kex};;;`).digest("hex");
    const flow = new ParserFlow(ssh).stream(TO_SERVER, CLIENT_BANNER);
    flow.stream(TO_SERVER, kexinit([kex, "", "", "", "", "", "", "", "", ""]));
    flow.stream(TO_CLIENT, fromLatin1("SSH-2.0-x\n"));
    expect(flow.messages[1]!.eve).toMatchObject({
      ssh: { client: { hassh: { hash, string: `${kex};;;` } } },
    });
    expect(flow.messages[2]!.eve).toMatchObject({ ssh: { client: { hassh: { hash } } } });
  });

  it("calls the flow encrypted when both ends have sent their NEWKEYS", () => {
    const flow = new ParserFlow(ssh).stream(TO_SERVER, client);
    expect(flow.encryptedBy).toBe(-1);
    flow.stream(TO_CLIENT, server);
    expect(flow.encryptedBy).toBe(TO_CLIENT);
  });

  it("recognises itself by the first four bytes", () => {
    for (let end = 0; end < 4; end++) expect(ssh.probe(client, 0, end)).toBe(Probe.UNSURE);
    expect(ssh.probe(client, 0, 4)).toBe(Probe.YES);
    expect(ssh.probe(fromLatin1("SMB"), 0, 3)).toBe(Probe.NO);
  });
});
