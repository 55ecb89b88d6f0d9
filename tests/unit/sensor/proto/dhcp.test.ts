import { describe, expect, it } from "vitest";
import { DhcpParser } from "../../../../agent/sensor/proto/dhcp/parser.js";
import { Parsed, Probe } from "../../../../agent/sensor/proto/parser.js";
import { TO_CLIENT, TO_SERVER } from "../../../../agent/sensor/proto/protocols.js";
import { fromHex, ParserFlow, parseDatagram } from "../../../support/parse-messages.js";

const dhcp = new DhcpParser();
const zeros = (count: number): string => "00".repeat(count);

/**
 * A real renewal: op 1, Ethernet, id 0xef645744, ciaddr 10.16.1.4, chaddr 00:11:32:17:49:f0, magic cookie;
 * options: message type 3 (request), hostname "nas1", parameter list (28 2 3 15 6 12), client id, end.
 */
const REQUEST = fromHex(`01010600 ef645744 0000 0000 0a100104 00000000 00000000 00000000
  0011321749f0 ${zeros(10)} ${zeros(192)} 63825363
  350103 0c04 6e617331 370c 1c02030f060c 1c02030f060c 3d07 01 0011321749f0 ff ${zeros(4)}`);
/** The acknowledgement: yiaddr 10.16.1.4, siaddr 10.16.1.1, lease 3600 s, renewal 1681 s, rebinding 3031 s … */
const ACK = fromHex(`02010600 ef645744 0000 0000 0a100104 0a100104 0a100101 00000000
  0011321749f0 ${zeros(10)} ${zeros(192)} 63825363
  350105 3604 0a100101 3304 00000e10 3a04 00000691 3b04 00000bd7 0104 ffff0000 1c04 0a10ffff
  0604 0a100101 0f07 756e782e636100 0c05 6e61733100 0304 0a100101 3c03 4d5346 ff`);

describe("DHCP", () => {
  it("says who asks: hostname, hardware address, client id and parameter list", () => {
    const [request, ...rest] = parseDatagram(dhcp, REQUEST);
    expect(rest).toEqual([]);
    expect(request!.fields).toEqual({
      DHCP_CLIENT_MAC: ["\u0000\u00112\u0017I\u00f0"],
      DHCP_HOSTNAME: ["nas1"],
      DHCP_PARAMETER_LIST: ["\u001c\u0002\u0003\u000f\u0006\u000c".repeat(2)],
      DHCP_CLIENT_ID: ["\u0000\u00112\u0017I\u00f0"],
    });
    expect(request!.numbers).toEqual({ DHCP_MESSAGE_TYPE: 3, DHCP_ASSIGNED_ADDRESS: 0 });
    expect(request!.events).toEqual([]);
    expect(request!.eve).toEqual({
      dhcp: {
        type: "request",
        id: 4016330564,
        client_mac: "00:11:32:17:49:f0",
        assigned_ip: "0.0.0.0",
        client_ip: "10.16.1.4",
        dhcp_type: "request",
        hostname: "nas1",
        params: ["router", "domain", "dns_server", "router", "domain", "dns_server"],
        client_id: "00:11:32:17:49:f0",
      },
    });
  });

  it("says which address is asked for", () => {
    const asked = `02010600 ef645744 ${zeros(20)} 001132174900 ${zeros(10)} ${zeros(192)} 63825363 350101 3204 0a100107 ff`;
    expect(parseDatagram(dhcp, fromHex(asked))[0]!.numbers).toMatchObject({
      DHCP_REQUESTED_ADDRESS: 0x0a100107,
    });
    const short = asked.replace("3204 0a100107", "3203 0a1001");
    expect(parseDatagram(dhcp, fromHex(short))[0]!.numbers).not.toHaveProperty("DHCP_REQUESTED_ADDRESS");
  });

  it("says what was given: address, lease times, mask, routers and name servers", () => {
    const [ack] = parseDatagram(dhcp, ACK, TO_CLIENT);
    expect(ack!.direction).toBe(TO_CLIENT);
    expect(ack!.numbers).toEqual({
      DHCP_MESSAGE_TYPE: 5,
      DHCP_ASSIGNED_ADDRESS: 0x0a100104,
      DHCP_LEASE_TIME: 3600,
      DHCP_RENEWAL_TIME: 1681,
      DHCP_REBINDING_TIME: 3031,
    });
    expect(ack!.eve).toMatchObject({
      dhcp: {
        type: "reply",
        dhcp_type: "ack",
        assigned_ip: "10.16.1.4",
        relay_ip: "0.0.0.0",
        next_server_ip: "10.16.1.1",
        lease_time: 3600,
        renewal_time: 1681,
        rebinding_time: 3031,
        subnet_mask: "255.255.0.0",
        routers: ["10.16.1.1"],
        dns_servers: ["10.16.1.1"],
        vendor_class_identifier: "MSF",
      },
    });
  });

  it("says that options are truncated wherever the datagram is cut", () => {
    const endAt = REQUEST.indexOf(0xff, 240);
    for (let end = 0; end < REQUEST.length; end++) {
      const flow = new ParserFlow(dhcp).datagram(TO_SERVER, REQUEST.slice(0, end));
      if (end < 240) expect([flow.messages, flow.last]).toEqual([[], Parsed.NEED_MORE]);
      else expect(flow.messages[0]!.events).toEqual(end <= endAt ? ["dhcp.truncated_options"] : []);
    }
  });

  it("steps over padding and takes only whole numbers for times", () => {
    const head = REQUEST.slice(0, 240);
    const options = fromHex("00 00 3305 0e10000000 00 3a04 00000001 0c00 ff");
    const [message] = parseDatagram(dhcp, Uint8Array.from([...head, ...options]));
    expect(message!.events).toEqual([]);
    expect(message!.numbers).toEqual({ DHCP_ASSIGNED_ADDRESS: 0, DHCP_RENEWAL_TIME: 1 });
    expect(message!.fields.DHCP_HOSTNAME).toEqual([""]);
  });

  it("calls times of less than four octets truncated, as Suricata does", () => {
    for (const option of ["33", "3a", "3b"]) {
      const bytes = Uint8Array.from([...REQUEST.slice(0, 240), ...fromHex(`350101 ${option}02 0001 ff`)]);
      expect(parseDatagram(dhcp, bytes)[0]!.events).toEqual(["dhcp.truncated_options"]);
    }
  });

  it("calls a client id without an id truncated, as Suricata does", () => {
    const bytes = Uint8Array.from([...REQUEST.slice(0, 240), ...fromHex("3d01 01 ff")]);
    expect(parseDatagram(dhcp, bytes)[0]!.events).toEqual(["dhcp.truncated_options"]);
  });

  it("does not read a hardware address beyond its field", () => {
    const bytes = Uint8Array.from(REQUEST);
    bytes[2] = 255;
    expect(parseDatagram(dhcp, bytes)[0]!.fields.DHCP_CLIENT_MAC![0]).toHaveLength(16);
  });

  it("recognises itself by the BOOTP head, and on its port by its length", () => {
    expect(dhcp.probe(REQUEST, 0, REQUEST.length)).toBe(Probe.YES);
    expect(dhcp.probe(REQUEST, 0, 239)).toBe(Probe.NO);
    expect(dhcp.probe(new Uint8Array(300), 0, 300)).toBe(Probe.ON_PORT);
  });
});
