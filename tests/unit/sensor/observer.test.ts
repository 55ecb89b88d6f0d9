import { describe, expect, it } from "vitest";
import type { Observation } from "../../../agent/sensor/detection.js";
import { DEFAULT_FLOW_LIMITS } from "../../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../../agent/sensor/sensor.js";
import { LINKTYPE_ETHERNET } from "../../../agent/sensor/wire/link-type.js";
import { arp, concat, ethernet, hex, icmpv6, ipv4, ipv6, udp } from "../../support/frames.js";
import { imageOf } from "../../support/rules.js";
import { ntlmsspAuthenticate, sessionSetup } from "../../support/smb-records.js";
import { TcpConversation } from "../../support/tcp-conversation.js";

const MAC = "00:1b:63:00:00:20";
const TO_ALL = "ff:ff:ff:ff:ff:ff";
const MULTICAST = "01:00:5e:00:00:fb";

function listener(heard: Observation[]): Sensor {
  return new Sensor({
    image: imageOf("alert tcp any any -> any any (sid:1;)"),
    interfaceName: "test0",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 256, streamMemoryBytes: 1024 * 1024 },
    makeParsers: registeredParsers,
    onDetection: () => undefined,
    onObservation: (observation) => heard.push(observation),
    wallMs: () => 0,
  });
}

function hearing(frames: readonly Uint8Array[], stepUs = 1000): Observation[] {
  const heard: Observation[] = [];
  const sensor = listener(heard);
  let timeUs = 1_790_000_000_000_000;
  for (const frame of frames) {
    sensor.frame(frame, 0, frame.length, frame.length, LINKTYPE_ETHERNET, timeUs);
    timeUs += stepUs;
  }
  return heard;
}

function datagram(port: number, payload: Uint8Array | string, destination = MULTICAST): Uint8Array {
  const built = udp({ sourcePort: port, destinationPort: port }, payload);
  return ethernet(ipv4({ source: "192.168.1.20", destination: "224.0.0.251", protocol: 17 }, built), {
    source: MAC,
    destination,
  });
}

/** A DNS name, uncompressed. */
function name(text: string): Uint8Array {
  const labels = text.split(".").map((label) => concat(Uint8Array.of(label.length), Buffer.from(label)));
  return concat(...labels, Uint8Array.of(0));
}

function record(owner: string, type: number, data: Uint8Array): Uint8Array {
  return concat(name(owner), Uint8Array.of(0, type, 0x80, 1, 0, 0, 0, 120, 0, data.length), data);
}

function mdnsAnswer(...records: readonly Uint8Array[]): Uint8Array {
  return concat(hex("0000 8400 0000"), Uint8Array.of(0, records.length), hex("0000 0000"), ...records);
}

describe("what devices say of themselves", () => {
  it("is the MAC of an address, told once in ten minutes however often it is said", () => {
    const frame = ethernet(arp({ senderMac: MAC, senderAddress: "192.168.1.20" }), { source: MAC });
    const heard = hearing(
      Array.from({ length: 300 }, () => frame),
      5_000_000,
    );
    expect(heard.length).toBeGreaterThanOrEqual(2);
    expect(heard.length).toBeLessThanOrEqual(4);
    expect(heard[0]).toMatchObject({ event: "arp", address: "192.168.1.20", macAddress: MAC, fields: {} });
  });

  it("is not the question for a free address", () => {
    expect(hearing([ethernet(arp({ senderMac: MAC, senderAddress: "0.0.0.0" }), { source: MAC })])).toEqual(
      [],
    );
  });

  it("is the MAC of an IPv6 address in a neighbour's answer", () => {
    const target = hex("fd00 0000 0000 0000 0000 0000 0000 0020");
    const body = concat(hex("6000 0000"), target, hex("0201 001b 6300 0020"));
    const packet = ipv6(
      { source: "fe80::1", destination: "ff02::1", hopLimit: 255 },
      icmpv6({ type: 136, code: 0 }, body.subarray(4)),
    );
    expect(hearing([ethernet(packet)])).toMatchObject([
      { event: "ndp", address: "fd00::20", macAddress: MAC },
    ]);
  });

  it("is an mDNS answer: the own name, services, the name for people, the model", () => {
    const answer = mdnsAnswer(
      record("Keiri-MacBook.local", 1, Uint8Array.of(192, 168, 1, 20)),
      record("other-host.local", 1, Uint8Array.of(192, 168, 1, 99)),
      record("_ipp._tcp.local", 12, name("Office Printer._ipp._tcp.local")),
    );
    expect(hearing([datagram(5353, answer), datagram(5353, answer)])).toMatchObject([
      {
        event: "mdns",
        address: "192.168.1.20",
        macAddress: MAC,
        fields: { name: "Keiri-MacBook", instance: "Office Printer", services: "ipp" },
      },
    ]);
  });

  it("does not count the sender of a frame that may have come through a router", () => {
    const answer = mdnsAnswer(record("pc.local", 1, Uint8Array.of(192, 168, 1, 20)));
    expect(hearing([datagram(5353, answer, "02:00:00:00:00:02")])).toMatchObject([
      { event: "mdns", macAddress: "", fields: { name: "pc" } },
    ]);
  });

  it("is an LLMNR answer about itself, and not the question that somebody asks", () => {
    const question = concat(name("KEIRI-PC"), Uint8Array.of(0, 1, 0, 1));
    const answer = concat(
      hex("1234 8000 0001 0001 0000 0000"),
      question,
      concat(name("KEIRI-PC"), hex("0001 0001 0000001e 0004 c0a80114")),
    );
    const asked = concat(hex("1234 0000 0001 0000 0000 0000"), question);
    expect(hearing([datagram(5355, asked), datagram(5355, answer)])).toMatchObject([
      { event: "llmnr", address: "192.168.1.20", macAddress: MAC, fields: { name: "KEIRI-PC" } },
    ]);
  });

  it("is a NetBIOS registration of the name under which files are offered, and not that of a workgroup", () => {
    const registration = (text: string, kind: number): Uint8Array => {
      const padded = Buffer.from(text.padEnd(15, " ") + String.fromCharCode(kind), "latin1");
      const halves = [...padded].flatMap((octet) => [0x41 + (octet >> 4), 0x41 + (octet & 15)]);
      const encoded = concat(Uint8Array.of(32, ...halves), Uint8Array.of(0));
      return concat(
        hex("1234 2910 0001 0000 0000 0001"),
        encoded,
        hex("0020 0001"),
        hex("c00c 0020 0001 00000000 0006 0000 c0a80114"),
      );
    };
    expect(
      hearing([
        datagram(137, registration("KEIRI-PC", 0x20), TO_ALL),
        datagram(137, registration("WORKGROUP", 0x00), TO_ALL),
      ]),
    ).toMatchObject([
      { event: "nbns", address: "192.168.1.20", macAddress: MAC, fields: { name: "KEIRI-PC" } },
    ]);
  });

  it("is the machine's name in a log-on with NTLM", () => {
    const heard: Observation[] = [];
    const talk = new TcpConversation(listener(heard), { server: "192.168.10.5", serverPort: 445 });
    talk.client(sessionSetup(ntlmsspAuthenticate("OFFICE", "sato", "KEIRI-PC")));
    expect(heard).toMatchObject([
      { event: "ntlm", address: "192.168.10.20", macAddress: "", fields: { name: "KEIRI-PC" } },
    ]);
  });

  it("is the user agent of a browser and the server it asks for, once", () => {
    const heard: Observation[] = [];
    const request =
      "GET /update HTTP/1.1\r\nHost: www.example\r\nUser-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_1)\r\n\r\n";
    const talk = new TcpConversation(listener(heard), { serverPort: 80 });
    talk.client(request).client(request);
    const said = { address: "192.168.10.20", macAddress: "" };
    expect(heard).toMatchObject([
      { event: "http", ...said, fields: { user_agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1)" } },
      { event: "peer", ...said, fields: { server: "www.example" } },
    ]);
  });

  it("is an SSDP announcement", () => {
    const text =
      "NOTIFY * HTTP/1.1\r\nSERVER: Linux UPnP/1.0 NAS/2\r\nNT: urn:schemas-upnp-org:device:MediaRenderer:1\r\n\r\n";
    expect(hearing([datagram(1900, text)])).toMatchObject([
      { event: "ssdp", fields: { ssdp_server: "Linux UPnP/1.0 NAS/2", services: "mediarenderer" } },
    ]);
    expect(hearing([datagram(1900, "\u0000\u0001nonsense")])).toEqual([]);
  });

  it("is the address that a DHCP request asks for, though the discovery before it was alike but for that", () => {
    const fixed = new Uint8Array(240);
    fixed.set([1, 1, 6, 0], 0);
    fixed.set(hex("001b 6300 0020"), 28);
    fixed.set(hex("6382 5363"), 236);
    const frame = (options: Uint8Array): Uint8Array => {
      const built = udp({ sourcePort: 68, destinationPort: 67 }, concat(fixed, options));
      const packet = ipv4({ source: "0.0.0.0", destination: "255.255.255.255", protocol: 17 }, built);
      return ethernet(packet, { source: MAC, destination: TO_ALL });
    };
    const named = concat(Uint8Array.of(12, 8), Buffer.from("keiri-pc"), Uint8Array.of(255));
    const discovery = frame(concat(Uint8Array.of(53, 1, 1), named));
    const request = frame(concat(Uint8Array.of(53, 1, 3, 50, 4, 192, 168, 1, 20), named));
    expect(hearing([discovery, request, request])).toMatchObject([
      { event: "dhcp", address: "192.168.1.20", fields: { hostname: "keiri-pc" } },
    ]);
  });

  it("is a DHCP request with what tells the system apart", () => {
    const fixed = new Uint8Array(240);
    fixed.set([1, 1, 6, 0], 0);
    fixed.set(hex("001b 6300 0020"), 28);
    fixed.set(hex("6382 5363"), 236);
    const options = concat(
      Uint8Array.of(53, 1, 3, 50, 4, 192, 168, 1, 20, 12, 8),
      Buffer.from("keiri-pc"),
      Uint8Array.of(60, 8),
      Buffer.from("MSFT 5.0"),
      Uint8Array.of(55, 4, 1, 3, 6, 15, 61, 7, 1, 0, 0x1b, 0x63, 0, 0, 0x20, 255),
    );
    const built = udp({ sourcePort: 68, destinationPort: 67 }, concat(fixed, options));
    const packet = ipv4({ source: "0.0.0.0", destination: "255.255.255.255", protocol: 17 }, built);
    expect(hearing([ethernet(packet, { source: MAC, destination: TO_ALL })])).toMatchObject([
      {
        event: "dhcp",
        address: "192.168.1.20",
        macAddress: MAC,
        fields: {
          hostname: "keiri-pc",
          vendor: "MSFT 5.0",
          parameters: "1,3,6,15",
          client_id: "00:1b:63:00:00:20",
        },
      },
    ]);
  });

  it("is told however many questions neighbours ask in the same second: they take nobody's turn", () => {
    const questions = Array.from({ length: 300 }, (_, i) =>
      datagram(5353, concat(hex("0000 0000 0001 0000 0000 0000"), name(`pc${i}.local`), hex("0001 0001"))),
    );
    const answer = mdnsAnswer(record("pc.local", 1, Uint8Array.of(192, 168, 1, 20)));
    expect(hearing([...questions, datagram(5353, answer)], 1)).toMatchObject([
      { event: "mdns", fields: { name: "pc" } },
    ]);
  });

  it("is bounded per second, and what is left out is counted", () => {
    const frames = Array.from({ length: 1000 }, (_, i) =>
      ethernet(arp({ senderMac: MAC, senderAddress: `10.0.${i >> 8}.${i & 255}` }), { source: MAC }),
    );
    expect(hearing(frames, 1).length).toBe(200);
  });
});
