import { describe, expect, it } from "vitest";
import { TO_CLIENT } from "../../../../../agent/sensor/proto/protocols.js";
import { TlsParser } from "../../../../../agent/sensor/proto/tls/tls-parser.js";
import { type CollectedMessage, ParserFlow } from "../../../../support/parse-messages.js";
import {
  attribute,
  type CertificateParts,
  certificate,
  certificates,
  concat,
  der,
  distinguishedName,
  handshake,
  oid,
  record,
  serverHello,
  subjectAltName,
  u24,
} from "../../../../support/tls-records.js";

const parser = new TlsParser();

/** The Certificate message of a server, or undefined. */
function message(body: Uint8Array): CollectedMessage | undefined {
  const flight = record(22, concat(handshake(2, serverHello()), handshake(11, body)));
  return new ParserFlow(parser).stream(TO_CLIENT, flight).messages[1];
}

const read = (parts: CertificateParts): CollectedMessage | undefined =>
  message(certificates(certificate(parts)));
const subjectOf = (...sets: readonly (readonly Uint8Array[])[]): string | undefined => {
  const text = read({ subject: distinguishedName(...sets) })?.fields.TLS_CERT_SUBJECT?.[0];
  return text === undefined ? undefined : Buffer.from(text, "latin1").toString("utf8");
};
const CN = "2.5.4.3";
const UTF8 = 0x0c;

describe("TLS certificates: names as Suricata 7.0.10 prints them", () => {
  it("keeps the order of the certificate, and joins the members of a set", () => {
    expect(
      subjectOf(
        [attribute("2.5.4.6", 0x13, "JP"), attribute("2.5.4.10", 0x13, "Org")],
        [attribute(CN, UTF8, "x")],
      ),
    ).toBe("C=JP + O=Org, CN=x");
    expect(subjectOf([attribute(CN, UTF8, "a, b=c + d")])).toBe("CN=a, b=c + d");
    expect(subjectOf([attribute(CN, UTF8, "")])).toBe("CN=");
    expect(subjectOf()).toBe("");
  });

  it("knows the usual attribute types by their short names, others by a long name or a number", () => {
    const names: readonly (readonly [string, string])[] = [
      ["2.5.4.7", "L"],
      ["2.5.4.8", "ST"],
      ["2.5.4.11", "OU"],
      ["2.5.4.5", "serialNumber"],
      ["2.5.4.15", "businessCategory"],
      ["2.5.4.17", "postalCode"],
      ["2.5.4.45", "uniqueIdentifier"],
      ["2.5.4.65", "OID(2.5.4.65)"],
      ["2.5.4.97", "OID(2.5.4.97)"],
      ["2.5.29.17", "subjectAltName"],
      ["1.2.840.113549.1.9.1", "Email"],
      ["1.2.840.113549.1.9.2", "unstructuredName"],
      ["0.9.2342.19200300.100.1.1", "uid"],
      ["0.9.2342.19200300.100.1.25", "DC"],
      ["1.3.6.1.4.1.311.60.2.1.3", "msJurisdictionCountry"],
      ["1.3.6.1.4.1.99999.1", "OID(1.3.6.1.4.1.99999.1)"],
    ];
    for (const [type, name] of names) expect(subjectOf([attribute(type, UTF8, "v")])).toBe(`${name}=v`);
  });

  it("reads every kind of text, prints numbers in hexadecimal, and says where a text is broken", () => {
    expect(subjectOf([attribute(CN, UTF8, "関所")])).toBe("CN=関所");
    expect(subjectOf([attribute(CN, 0x13, "*.example.jp")])).toBe("CN=*.example.jp");
    expect(subjectOf([attribute(CN, 0x14, "cafe")])).toBe("CN=cafe");
    expect(subjectOf([attribute(CN, 0x1e, Buffer.from("e565672c004100e9d83dde00", "hex"))])).toBe(
      "CN=\ue565\u672cAé😀",
    );
    expect(subjectOf([attribute(CN, 2, Buffer.from([0x12, 0xab]))])).toBe("CN=12AB");
    const broken = "<X509Error: Invalid X.509 name>";
    expect(
      subjectOf([attribute(CN, 0x14, Buffer.from("caf\xe9", "latin1"))], [attribute("2.5.4.10", 0x13, "o")]),
    ).toBe(broken);
    expect(subjectOf([attribute(CN, UTF8, Buffer.from([0xff, 0xfe]))])).toBe(broken);
    expect(subjectOf([attribute(CN, UTF8, Buffer.from([0xc0, 0xaf]))])).toBe(broken);
    expect(subjectOf([attribute(CN, 0x1e, Buffer.from([0xd8, 0x00, 0x00, 0x41]))])).toBe(broken);
  });

  it("prints a name that is malformed from somewhere on up to there", () => {
    const good = der(0x31, attribute(CN, UTF8, "a"));
    expect(
      read({ subject: der(0x30, good, Buffer.from([0x31, 2, 5, 0]), good) })?.fields.TLS_CERT_SUBJECT,
    ).toEqual(["CN=a"]);
    expect(read({ subject: der(0x30, der(0x31), good) })?.fields.TLS_CERT_SUBJECT).toEqual([""]);
    expect(
      read({ subject: der(0x30, der(0x31, attribute(CN, UTF8, "a"), der(5))) })?.fields.TLS_CERT_SUBJECT,
    ).toEqual(["CN=a"]);
  });

  it("has no name with a zero octet in it, and reports it", () => {
    const evil = distinguishedName([attribute(CN, UTF8, "good.example\0evil.example")]);
    expect(read({ subject: evil })).toMatchObject({
      fields: {},
      events: ["tls.certificate_invalid_subject"],
    });
    expect(read({ issuer: evil })).toMatchObject({
      fields: { TLS_CERT_SUBJECT: ["C=JP, CN=ca"] },
      events: ["tls.certificate_invalid_issuer"],
    });
  });
});

describe("TLS certificates: other parts", () => {
  it("serial numbers are printed as they stand", () => {
    const serial = (...octets: number[]): unknown =>
      read({ serial: der(2, Buffer.from(octets)) })?.fields.TLS_CERT_SERIAL;
    expect(serial(0x00, 0x9a, 0xbc)).toEqual(["00:9A:BC"]);
    expect(serial(0xff, 0x01)).toEqual(["FF:01"]);
    expect(serial(0)).toEqual(["00"]);
    expect(serial()).toEqual([""]);
  });

  it("times are read in both forms", () => {
    const from = (tag: number, text: string): string | undefined => {
      const numbers = read({ notBefore: der(tag, Buffer.from(text)) })?.numbers;
      return numbers?.TLS_CERT_NOT_BEFORE === undefined
        ? undefined
        : new Date(numbers.TLS_CERT_NOT_BEFORE).toISOString().slice(0, 19);
    };
    expect(from(0x17, "500101000000Z")).toBe("1950-01-01T00:00:00");
    expect(from(0x17, "491231235959Z")).toBe("2049-12-31T23:59:59");
    expect(from(0x17, "2001010000Z")).toBe("2020-01-01T00:00:00");
    expect(from(0x17, "200101090000+0900")).toBe("2020-01-01T00:00:00");
    expect(from(0x17, "200229000000Z")).toBe("2020-02-29T00:00:00");
    expect(from(0x18, "20500101000000Z")).toBe("2050-01-01T00:00:00");
    expect(from(0x18, "20200101000000.5Z")).toBe("2020-01-01T00:00:00");
    expect(from(0x18, "99991231235959Z")).toBe("9999-12-31T23:59:59");
    for (const [tag, text] of [
      [0x17, "200101090000"],
      [0x17, "201301090000Z"],
      [0x17, "200230000000Z"],
      [0x17, "210229000000Z"],
      [0x17, "200101240000Z"],
      [0x17, "200101000060Z"],
      [0x18, "20200101000000"],
      [0x18, "20200101000000+0900"],
      [0x13, "200101000000Z"],
    ] as const) {
      expect(from(tag, text)).toBeUndefined();
      expect(read({ notBefore: der(tag, Buffer.from(text)) })?.events).toEqual([
        "tls.certificate_invalid_date",
      ]);
    }
  });

  it("alternative names are listed: names, addresses of both families, nothing else", () => {
    const names = read({
      extensions: subjectAltName(
        der(0x82, Buffer.from("a.example.jp")),
        der(0x87, Buffer.from([10, 1, 2, 3])),
        der(0x87, Buffer.from("20010db8000000000000000000000001", "hex")),
        der(0xa0, oid("1.2.3")),
        der(0x81, Buffer.from("x@example.jp")),
        der(0x86, Buffer.from("http://z/")),
        der(0x87, Buffer.from([1, 2, 3])),
      ),
    });
    const expected = [
      "a.example.jp",
      "10.1.2.3",
      "2001:0db8:0000:0000:0000:0000:0000:0001",
      "x@example.jp",
      "http://z/",
    ];
    expect(names?.fields.TLS_SUBJECT_ALT_NAME).toEqual(expected);
    expect(names?.eve).toMatchObject({ tls: { subjectaltname: expected } });
  });

  it("an old certificate has neither version nor extensions, or unique identifiers", () => {
    const old = read({
      version: Buffer.alloc(0),
      extensions: concat(der(0x81, Buffer.alloc(3)), der(0x82, Buffer.alloc(3))),
    });
    expect(old?.fields.TLS_CERT_SUBJECT).toEqual(["C=JP, CN=ca"]);
  });
});

describe("TLS certificates: chains and malformed ones", () => {
  const good = certificate();
  const second = certificate({ subject: distinguishedName([attribute(CN, UTF8, "second")]) });

  it("lists the chain and reads its first certificate", () => {
    const chain = message(certificates(good, second, Buffer.from("no certificate")));
    expect(chain?.fields.TLS_CERTS).toHaveLength(3);
    expect(chain?.fields.TLS_CERT_SUBJECT).toEqual(["C=JP, CN=ca"]);
    expect(chain?.numbers.TLS_CERT_CHAIN_LENGTH).toBe(3);
    expect(chain?.events).toEqual([]);
  });

  it("reads the next one where the first is none", () => {
    const chain = message(certificates(Buffer.alloc(40, 0xde), second));
    expect(chain?.fields.TLS_CERT_SUBJECT).toEqual(["CN=second"]);
    expect(chain?.fields.TLS_CERTS).toHaveLength(1);
  });

  /** As Suricata 7.0.10 reports them. */
  const cases: readonly (readonly [string, Buffer | CertificateParts, string])[] = [
    ["nothing", Buffer.alloc(0), "certificate_invalid_length"],
    ["a number", der(2, good), "certificate_invalid_der"],
    ["an end that is missing", good.subarray(0, 100), "invalid_certificate"],
    ["no definite length", concat(Buffer.from([0x30, 0x80]), good.subarray(4)), "certificate_invalid_der"],
    [
      "a version that is no number",
      { version: der(0xa0, der(4, Buffer.from([2]))) },
      "certificate_invalid_version",
    ],
    [
      "a version that is too large",
      { version: der(0xa0, der(2, Buffer.alloc(6, 1))) },
      "certificate_invalid_version",
    ],
    ["no serial number", { serial: der(4, Buffer.from([1])) }, "certificate_invalid_serial"],
    ["no algorithm", { algorithm: der(2, Buffer.from([1])) }, "certificate_invalid_der"],
    ["no public key", { key: der(2, Buffer.from([1])) }, "certificate_invalid_der"],
    ["an empty public key", { key: der(0x30) }, "certificate_invalid_length"],
    ["no signature", { signature: Buffer.alloc(0) }, "certificate_invalid_length"],
    [
      "an extension that is none",
      { extensions: der(0xa3, der(0x30, der(0x30, der(5)))) },
      "invalid_certificate",
    ],
    ["something else for extensions", { extensions: der(0xa4) }, "certificate_invalid_extensions"],
  ];
  for (const [name, parts, event] of cases) {
    it(`reports a certificate with ${name}`, () => {
      const chain = Buffer.isBuffer(parts) ? message(certificates(parts)) : read(parts);
      expect(chain?.events).toEqual([`tls.${event}`]);
      expect(chain?.fields.TLS_CERT_SUBJECT).toBeUndefined();
    });
  }

  it("believes no length: a chain or a certificate longer than what holds it", () => {
    const entry = concat(u24(good.length), good);
    expect(message(concat(u24(entry.length + 50), entry))).toBeUndefined();
    const lying = message(concat(u24(entry.length), u24(good.length + 9), good));
    expect(lying).toMatchObject({ fields: {}, events: ["tls.invalid_certificate"] });
    const tail = message(concat(u24(entry.length + 2), entry, Buffer.from("zz")));
    expect(tail?.events).toEqual(["tls.invalid_certificate"]);
    expect(tail?.fields.TLS_CERTS).toHaveLength(1);
  });

  it("survives every flipped byte and every cut of a certificate", () => {
    for (let at = 0; at < good.length; at++) {
      for (const mask of [0x01, 0x21, 0x80, 0xff]) {
        const flipped = Buffer.from(good);
        flipped[at]! ^= mask;
        message(certificates(flipped));
      }
      message(certificates(good.subarray(0, at)));
    }
  });
});
