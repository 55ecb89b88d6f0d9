/** Lines as devices write them, with documentation addresses, and what each says. Forms as named at the head of every format. */
import { type Fixture, FROM_INSIDE, KNOCK, OUT } from "./log-fixture-ends.js";
import { GENERAL_FIXTURES } from "./log-fixtures-general.js";

export const FIXTURES: Readonly<Record<string, readonly Fixture[]>> = {
  yamaha: [
    [
      "<134>[INSPECT] PP[01][out][101] TCP 192.168.100.2:50123 > 203.0.113.80:443 (2026/11/28 19:00:00)",
      { kind: "flow", action: "allow", ...OUT },
    ],
    [
      "<134>Nov 28 19:00:00 192.168.100.1 PP[01] Rejected at IN(2000) filter: TCP 198.51.100.7:4000 > 203.0.113.1:23",
      { kind: "flow", action: "deny", ...KNOCK },
    ],
    [
      "<134>LAN2 Rejected at IN(default) filter: ICMP 198.51.100.7 > 203.0.113.1 : echo request",
      {
        kind: "flow",
        action: "deny",
        protocol: "ICMP",
        sourceAddress: "198.51.100.7",
        destinationAddress: "203.0.113.1",
      },
    ],
    [
      "<134>LAN1 Passed at OUT(100100) filter: UDP 2001:db8::2:5353 > 2001:db8::1:53",
      {
        kind: "flow",
        action: "allow",
        protocol: "UDP",
        sourceAddress: "2001:db8::2",
        sourcePort: 5353,
        destinationAddress: "2001:db8::1",
        destinationPort: 53,
      },
    ],
    [
      "<134>[DHCPD] LAN1(port1) Allocates 192.168.100.2: 00:00:5e:00:53:01",
      { kind: "dhcp", sourceAddress: "192.168.100.2", macAddress: "00:00:5e:00:53:01" },
    ],
    ["<134>[DHCPD] LAN1(port1) Releases 192.168.100.2: 00:00:5e:00:53:01", { kind: "other", topic: "DHCPD" }],
    ["<134>IP Tunnel[1] Up", { kind: "other", topic: "IP Tunnel" }],
    ["<134>LAN1: PORT1 link up (1000BASE-T Full Duplex)", { kind: "other", topic: "LAN1: PORT1 link" }],
    [
      "<134>[IKE] initiate ISAKMP phase to 198.51.100.9 (local address 203.0.113.1)",
      { kind: "other", topic: "IKE" },
    ],
    ["<134>Login failed for HTTP: 192.168.100.66", { kind: "other", topic: "Login failed" }],
  ],
  "nec-ix": [
    [
      "<132>Nov 28 19:00:00 ix FLT.031: BLOCK tcp 198.51.100.7:4000 > 203.0.113.1:23, web-list, GigaEthernet0.0 in",
      { kind: "flow", action: "deny", ...KNOCK },
    ],
    ["<134>Nov 28 19:00:00 ix PPP.012: GigaEthernet0.1 IPCP up", { kind: "other", topic: "PPP.012" }],
  ],
  fortigate: [
    [
      '<189>date=2026-11-28 time=19:00:00 devname="office" devid="FGT60F0000000001" logid="0000000013" type="traffic" subtype="forward" level="notice" vd="root" srcip=192.168.100.2 srcport=50123 srcintf="internal" dstip=203.0.113.80 dstport=443 dstintf="wan1" proto=6 action="close" policyid=1 service="HTTPS" sentbyte=1500 rcvdbyte=8000 hostname="www.example.com"',
      {
        kind: "flow",
        action: "allow",
        ...OUT,
        bytesToServer: 1500,
        bytesToClient: 8000,
        name: "www.example.com",
      },
    ],
    [
      '<188>date=2026-11-28 time=19:00:00 devname="office" devid="FGT60F0000000001" logid="0419016384" type="utm" subtype="ips" eventtype="signature" level="alert" severity="critical" srcip=198.51.100.7 dstip=203.0.113.1 srcport=4000 dstport=23 proto=6 action="dropped" attack="Telnet.Default.Login" attackid=44444 msg="x"',
      {
        kind: "ips",
        action: "deny",
        ...KNOCK,
        signatureId: "44444",
        signature: "Telnet.Default.Login",
        severity: 1,
      },
    ],
    [
      '<189>devname="office" devid="FGT60F0000000001" logid="0317013312" type="utm" subtype="webfilter" action="passthrough" srcip=192.168.100.2 srcport=50123 dstip=203.0.113.80 dstport=443 proto=6 hostname="www.example.com" url="https://www.example.com/a?b" reqtype="direct"',
      {
        kind: "http",
        action: "allow",
        ...OUT,
        name: "www.example.com",
        url: "https://www.example.com/a?b",
        method: "direct",
      },
    ],
    [
      '<189>devname="office" devid="FGT60F0000000001" logid="1501054802" type="utm" subtype="dns" action="pass" srcip=192.168.100.2 srcport=50123 dstip=203.0.113.53 dstport=53 proto=17 qname="c2.example" qtype="A"',
      {
        kind: "dns",
        action: "allow",
        protocol: "UDP",
        ...FROM_INSIDE,
        destinationAddress: "203.0.113.53",
        destinationPort: 53,
        name: "c2.example",
      },
    ],
    [
      '<189>devname="office" devid="FGT60F0000000001" logid="0100026001" type="event" subtype="system" logdesc="DHCP Ack log" dhcp_msg="Ack" mac="00:00:5E:00:53:01" ip=192.168.100.2 hostname="KEIRI-PC"',
      { kind: "dhcp", sourceAddress: "192.168.100.2", macAddress: "00:00:5e:00:53:01", hostname: "KEIRI-PC" },
    ],
    [
      '<189>devname="office" devid="FGT60F0000000001" logid="0100032001" type="event" subtype="system" logdesc="Admin login successful" srcip=192.168.100.2',
      { kind: "other", topic: "Admin login successful" },
    ],
  ],
  sonicwall: [
    [
      '<134>id=firewall sn=00005E005301 time="2026-11-28 10:00:00 UTC" fw=203.0.113.1 pri=6 c=1024 m=537 msg="Connection Closed" n=1 src=192.168.100.2:50123:X0 dst=203.0.113.80:443:X1 srcMac=00:00:5e:00:53:01 proto=tcp/https sent=1500 rcvd=8000',
      {
        kind: "flow",
        action: "allow",
        ...OUT,
        bytesToServer: 1500,
        bytesToClient: 8000,
        macAddress: "00:00:5e:00:53:01",
      },
    ],
    [
      '<129>id=firewall sn=00005E005301 time="2026-11-28 10:00:00" fw=203.0.113.1 pri=1 c=32 m=608 msg="IPS Detection Alert: TELNET default login" sid=310 ipscat=TELNET ipspri=2 n=1 src=198.51.100.7:4000:X1 dst=203.0.113.1:23:X0 proto=tcp/telnet',
      {
        kind: "ips",
        action: "allow",
        ...KNOCK,
        signatureId: "310",
        signature: "IPS Detection Alert: TELNET default login",
        severity: 2,
      },
    ],
    [
      '<131>id=firewall sn=00005E005301 time="2026-11-28 10:00:00" fw=203.0.113.1 pri=3 c=4 m=14 msg="Web site access denied" n=1 src=192.168.100.2:50123:X0 dst=203.0.113.80:443:X1 proto=tcp/https dstname=betting.example arg=/offers fw_action="drop"',
      { kind: "http", action: "deny", ...OUT, name: "betting.example", url: "/offers" },
    ],
  ],
  watchguard: [
    [
      '<142>Nov 28 19:00:00 office FVE0000000001 firewall: msg_id="3000-0148" Deny WAN - Fibre Firebox 40 tcp 20 239 198.51.100.7 203.0.113.1 4000 23 offset 5 S 1497867397 win 4 geo_src="AAA" (Unhandled External Packet-00)',
      { kind: "flow", action: "deny", ...KNOCK },
    ],
    [
      '<142>Nov 28 19:00:00 office FVE0000000001 http-proxy[2000]: msg_id="1AFF-0024" Allow 1-Trusted 0-External tcp 192.168.100.2 203.0.113.80 50123 443 msg="HTTP request" proxy_act="HTTP-Client" op="GET" dstname="www.example.com" arg="/a"',
      { kind: "http", action: "allow", ...OUT, name: "www.example.com", url: "/a", method: "GET" },
    ],
    [
      '<142>2026-11-28 19:00:00 Allow 192.168.100.2 203.0.113.53 dns/udp 50123 53 Trusted External Allowed 61 127 (DNS-00) proc_id="firewall" rc="100" msg_id="3000-0148" record_type="A" question="c2.example"',
      {
        kind: "dns",
        action: "allow",
        protocol: "UDP",
        ...FROM_INSIDE,
        destinationAddress: "203.0.113.53",
        destinationPort: 53,
        name: "c2.example",
      },
    ],
    [
      '<142>Nov 28 19:00:00 office FVE0000000001 firewall: msg_id="3000-0150" Deny 0-External 1-Trusted tcp 198.51.100.7 203.0.113.1 4000 23 msg="IPS detected" signature_name="TELNET default login" signature_id="1055396"',
      { kind: "ips", action: "deny", ...KNOCK, signatureId: "1055396", signature: "TELNET default login" },
    ],
    [
      '<142>Nov 28 19:00:00 office FVE0000000001 sessiond[1]: msg_id="3E00-0002" Management user admin logged in',
      { kind: "other", topic: "3E00-0002" },
    ],
  ],
  sophos: [
    [
      '<30>device_name="SFW" timestamp="2026-11-28T19:00:00+0900" device_model="XGS2100" device_serial_id="X000" log_id="010101600001" log_type="Firewall" log_component="Firewall Rule" log_subtype="Allowed" severity="Information" fw_rule_id="5" src_ip="192.168.100.2" dst_ip="203.0.113.80" protocol="TCP" src_port=50123 dst_port=443 bytes_sent=1500 bytes_received=8000',
      { kind: "flow", action: "allow", ...OUT, bytesToServer: 1500, bytesToClient: 8000 },
    ],
    [
      '<30>device="SFW" date=2026-11-28 time=19:00:00 timezone="JST" device_name="XG135" device_id=C000 log_id=020703406001 log_type="IDP" log_component="Signatures" log_subtype="Drop" priority=Warning signature_id=1881 signature_msg="TELNET default login" severity="medium" protocol="TCP" src_ip=198.51.100.7 dst_ip=203.0.113.1 src_port=4000 dst_port=23',
      {
        kind: "ips",
        action: "deny",
        ...KNOCK,
        signatureId: "1881",
        signature: "TELNET default login",
        severity: 3,
      },
    ],
    [
      '<30>device_name="SFW" timestamp="2026-11-28T19:00:00+0900" log_type="Content Filtering" log_component="HTTP" log_subtype="Denied" url="https://betting.example/offers" src_ip="192.168.100.2" dst_ip="203.0.113.80" protocol="TCP" src_port=50123 dst_port=443 domain="betting.example"',
      {
        kind: "http",
        action: "deny",
        ...OUT,
        name: "betting.example",
        url: "https://betting.example/offers",
      },
    ],
    [
      '<30>2026:11:28-19:00:00 office ulogd[1]: id="2001" severity="info" sys="SecureNet" sub="packetfilter" name="Packet dropped" action="drop" fwrule="60001" srcip="198.51.100.7" dstip="203.0.113.1" proto="6" srcport="4000" dstport="23"',
      { kind: "flow", action: "deny", ...KNOCK },
    ],
  ],
  ...GENERAL_FIXTURES,
};
