/** Listed names, addresses and fingerprints in the traffic become detections that name the list and its line. */
import { describe, expect, test } from "vitest";
import { parseAddress } from "../../../agent/base/address.js";
import { Sha256 } from "../../../agent/base/hash/sha256.js";
import type { Detection } from "../../../agent/sensor/detection.js";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { Endpoints } from "../../../agent/sensor/match/endpoints.js";
import { IndicatorMatcher } from "../../../agent/sensor/match/indicator-matcher.js";
import { Field, type FieldId } from "../../../agent/sensor/proto/fields.js";
import { MessageView, STAGE_HEAD } from "../../../agent/sensor/proto/message-view.js";
import { Protocol, type ProtocolId, TO_CLIENT, TO_SERVER } from "../../../agent/sensor/proto/protocols.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { compileRuleFiles } from "../../../agent/sensor/rule-compiler.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import { compileIndicators } from "../../../agent/signature/indicators/indicator-set.js";
import { defaultVariables } from "../../../agent/signature/variables.js";
import { ethernet, ipv4, udp } from "../../support/frames.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

type Lists = Readonly<Record<string, string>>;

/** A matcher over lists; what it finds as `list:line`. */
class Lookup {
  readonly endpoints = new Endpoints();
  readonly #found: string[] = [];
  readonly #matcher: IndicatorMatcher;

  constructor(lists: Lists) {
    const { image, refused } = compileIndicators(filesOf(lists), () => "");
    expect(refused).toEqual([]);
    this.#matcher = new IndicatorMatcher(image, ({ list, line }) => {
      this.#found.push(`${image.lists[list]!.name}:${line}`);
    });
    this.endpoints.flow = 0;
  }

  message(
    protocol: ProtocolId,
    fields: readonly (readonly [FieldId, string | Uint8Array])[],
    direction: 0 | 1 = TO_SERVER,
  ): string[] {
    const message = new MessageView();
    message.begin(protocol, direction, STAGE_HEAD, 0);
    for (const [field, value] of fields) {
      const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : value;
      message.add(field, bytes, 0, bytes.length);
    }
    this.endpoints.flow++;
    this.#matcher.inspectMessage(message, this.endpoints);
    return this.#found.splice(0);
  }

  name(name: string): string[] {
    return this.message(Protocol.DNS, [[Field.DNS_QUERY, name]]);
  }

  addresses(source: string, destination: string): string[] {
    this.endpoints.flow++;
    this.endpoints.ipVersion = parseAddress(source)!.version;
    this.endpoints.source.set(parseAddress(source)!.words);
    this.endpoints.destination.set(parseAddress(destination)!.words);
    this.#matcher.inspectFlow(this.endpoints);
    return this.#found.splice(0);
  }

  url(host: string, target: string, port = 80): string[] {
    this.endpoints.destinationPort = port;
    return this.message(Protocol.HTTP1, [
      [Field.HTTP_HOST, host],
      [Field.HTTP_URI_RAW, target],
    ]);
  }
}

function filesOf(lists: Lists) {
  return Object.entries(lists).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
}

describe("a listed name", () => {
  const lookup = new Lookup({
    "d.domains.txt": "# comment\nexact.example\n.tree.example\n",
    "e.domains.txt": "a.tree.example\n",
  });

  test.each([
    ["exact.example", ["d:2"]],
    ["EXACT.Example.", ["d:2"]],
    ["www.exact.example", []],
    ["notexact.example", []],
    ["tree.example", ["d:3"]],
    ["x.y.tree.example", ["d:3"]],
    ["a.tree.example", ["d:3", "e:1"]],
    ["b.a.tree.example", ["d:3"]],
    ["nottree.example", []],
    ["example", []],
    ["", []],
    [".", []],
    ["..", []],
  ])("is found in %j as %j", (name, found) => {
    expect(lookup.name(name)).toEqual(found);
  });

  test.each<[string, ProtocolId, FieldId]>([
    ["tls.sni", Protocol.TLS, Field.TLS_SNI],
    ["quic.sni", Protocol.QUIC, Field.QUIC_SNI],
    ["http.host", Protocol.HTTP1, Field.HTTP_HOST],
    ["http.host", Protocol.HTTP2, Field.HTTP_HOST],
  ])("is found in %s", (_, protocol, field) => {
    expect(lookup.message(protocol, [[field, "exact.example"]])).toEqual(["d:2"]);
  });

  test("is not looked for in answers, which repeat the question", () => {
    expect(lookup.message(Protocol.DNS, [[Field.DNS_QUERY, "exact.example"]], TO_CLIENT)).toEqual([]);
  });
});

describe("a listed address or network", () => {
  const lookup = new Lookup({
    "i.ips.txt": "192.0.2.1\n192.0.2.0/24\n198.51.0.0/16\n2001:db8::1\n2001:db8:5::/48\n0.0.0.1\n",
  });

  test.each([
    ["192.168.1.1", "192.0.2.1", ["i:1", "i:2"]],
    ["192.0.2.200", "192.168.1.1", ["i:2"]],
    ["192.168.1.1", "192.0.3.1", []],
    ["192.168.1.1", "198.51.255.255", ["i:3"]],
    ["192.168.1.1", "198.52.0.0", []],
    ["fe80::1", "2001:db8::1", ["i:4"]],
    ["2001:db8:5:ffff::9", "fe80::1", ["i:5"]],
    ["fe80::1", "2001:db8:6::1", []],
    ["fe80::1", "::1", []],
  ])("is found on a flow from %s to %s as %j", (source, destination, found) => {
    expect(lookup.addresses(source, destination)).toEqual(found);
  });
});

describe("a listed URL", () => {
  const lookup = new Lookup({
    "u.urls.txt":
      "http://Evil.example/Gate.php?id=1\nevil.example:8080/x\nhttp://evil.example\nhttp://evil.example:80/80#top\n",
  });

  test.each([
    ["evil.example", "/Gate.php?id=1", 80, ["u:1"]],
    ["evil.example", "/gate.php?id=1", 80, []],
    ["evil.example", "/Gate.php", 80, []],
    ["evil.example", "http://evil.example/Gate.php?id=1", 3128, ["u:1"]],
    ["evil.example", "/x", 8080, ["u:2"]],
    ["evil.example", "/x", 80, []],
    ["evil.example", "/", 80, ["u:3"]],
    ["evil.example", "/80", 80, ["u:4"]],
    ["www.evil.example", "/", 80, []],
  ])("is found in a request to %s for %s on port %d as %j", (host, target, port, found) => {
    expect(lookup.url(host, target, port)).toEqual(found);
  });
});

test("fingerprints of clients and certificates are found", () => {
  const certificate = Buffer.from("3003020101", "hex");
  const sha256 = Buffer.alloc(32);
  new Sha256().digest(certificate, 0, certificate.length, sha256, 0);
  const lookup = new Lookup({
    "j.ja3.txt": "0123456789abcdef0123456789abcdef",
    "k.ja4.txt": "t13d1516h2_8daaf6152771_b186095e22b6",
    "c.certificates.txt": `${"AB".repeat(20)}\n${sha256.toString("hex")}`,
  });
  const tls = (field: FieldId, value: string | Uint8Array) =>
    lookup.message(Protocol.TLS, [[field, value]], TO_CLIENT);
  expect(tls(Field.JA3_HASH, "0123456789abcdef0123456789abcdef")).toEqual(["j:1"]);
  expect(tls(Field.JA4_HASH, "t13d1516h2_8daaf6152771_b186095e22b6")).toEqual(["k:1"]);
  expect(tls(Field.TLS_CERT_FINGERPRINT, `${"ab:".repeat(19)}ab`)).toEqual(["c:1"]);
  expect(tls(Field.TLS_CERTS, certificate)).toEqual(["c:2"]);
  expect(tls(Field.JA3_HASH, "ffffffffffffffffffffffffffffffff")).toEqual([]);
});

describe("in a sensor", () => {
  function detectionsOf(lists: Lists, run: (sensor: Sensor) => void): Detection[] {
    const detections: Detection[] = [];
    const { image } = compileRuleFiles({
      files: [],
      indicatorFiles: filesOf(lists),
      classifications: "config classification: domain-c2,Domain Observed Used for C2,1",
      variables: defaultVariables(),
    });
    const sensor = new Sensor({
      image,
      interfaceName: "lan0",
      flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 16 },
      makeParsers: registeredParsers,
      onDetection: (detection) => detections.push(detection),
      wallMs: () => 0,
    });
    run(sensor);
    return detections;
  }

  test("a listed name in a DNS message that breaks off is found, though rules do not see it", () => {
    const message = Buffer.concat([
      Buffer.from("123401000001000000000001", "hex"),
      Buffer.from("\x04evil\x07example\0\0\x01\0\x01", "latin1"),
    ]);
    const detections = detectionsOf({ "c2.domains.txt": "evil.example\n" }, (sensor) => {
      const frame = ethernet(ipv4({}, udp({ sourcePort: 40_000, destinationPort: 53 }, message)));
      sensor.frame(frame, 0, frame.length, frame.length, 1, 1_700_000_000_000_000);
    });
    expect(detections).toMatchObject([
      { generatorId: 9000, applicationProtocol: "dns", ruleMetadata: { ioc_list: ["c2"] } },
    ]);
  });

  test("a hit is a detection with list, line and value, told once a connection", () => {
    const header =
      "#! name: C2\n#! kind: domain\n#! message: Known control server\n#! classtype: domain-c2\n#! severity: 1\n#! confidence: 90\n#! sid: 77\n#! rev: 3\n";
    const request = "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    const detections = detectionsOf({ "c2.ioc": `${header}evil.example\n` }, (sensor) => {
      new TcpConversation(sensor, { serverPort: 80 })
        .client(request)
        .server("HTTP/1.1 204 No Content\r\n\r\n")
        .client(request);
      new TcpConversation(sensor, { serverPort: 80, clientPort: 40_001 }).client(request);
    });
    expect(detections).toHaveLength(2);
    expect(detections[0]).toMatchObject({
      signatureId: 77,
      generatorId: 9000,
      revision: 3,
      signature: "Known control server [C2:9]",
      classtype: "domain-c2",
      category: "Domain Observed Used for C2",
      severity: 1,
      action: "alert",
      direction: "to_server",
      clientAddress: "192.168.10.20",
      applicationProtocol: "http",
      metadata: { http: { hostname: "evil.example" } },
      ruleMetadata: {
        ioc_list: ["C2"],
        ioc_line: ["9"],
        ioc_kind: ["domain"],
        ioc_value: ["evil.example"],
        confidence: ["90"],
      },
    });
  });

  test("an address is told of at the first packet of a connection, whoever answers", () => {
    const detections = detectionsOf({ "bad.ips.txt": "203.0.113.0/24" }, (sensor) => {
      new TcpConversation(sensor, { serverPort: 443 }).client("x").server("y");
    });
    expect(
      detections.map(({ signature, ruleMetadata, isAnswered }) => [
        signature,
        ruleMetadata.ioc_value,
        isAnswered,
      ]),
    ).toEqual([["Listed ip [bad:1]", ["203.0.113.5"], false]]);
  });
});
