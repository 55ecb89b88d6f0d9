/** Lines of firewalls of general purpose and of formats that many devices speak, and what each says. */
import { type Fixture, FROM_INSIDE, KNOCK, OUT, TO_WEB } from "./log-fixture-ends.js";

export const GENERAL_FIXTURES: Readonly<Record<string, readonly Fixture[]>> = {
  pfsense: [
    [
      "<134>Nov 28 19:00:00 filterlog[1234]: 4,,,1000000103,em0,match,block,in,4,0x0,,64,1,0,DF,6,tcp,60,198.51.100.7,203.0.113.1,4000,23,0,S,1,,64240,,mss",
      { kind: "flow", action: "deny", ...KNOCK },
    ],
    [
      "<134>1 2026-11-28T19:00:00+09:00 office.example filterlog 1234 - - 62,,,02f4bab031b57d1e30553ce08e0ec131,igb1,match,pass,in,6,0x00,0x1,64,udp,17,40,2001:db8::2,2001:db8::53,50123,53,40",
      {
        kind: "flow",
        action: "allow",
        protocol: "UDP",
        sourceAddress: "2001:db8::2",
        sourcePort: 50123,
        destinationAddress: "2001:db8::53",
        destinationPort: 53,
      },
    ],
    [
      "<134>Nov 28 19:00:00 filterlog[1234]: 4,,,1000000103,em0,match,block,in,4,0x0,,64,1,0,none,1,icmp,60,198.51.100.7,203.0.113.1,request,1,1",
      {
        kind: "flow",
        action: "deny",
        protocol: "ICMP",
        sourceAddress: "198.51.100.7",
        destinationAddress: "203.0.113.1",
      },
    ],
  ],
  netfilter: [
    [
      "<4>Nov 28 19:00:00 router kernel: [12345.678901] [UFW BLOCK] IN=eth0 OUT= MAC=00:00:5e:00:53:01:00:00:5e:00:53:02:08:00 SRC=198.51.100.7 DST=203.0.113.1 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=4000 DPT=23 WINDOW=64240 RES=0x00 SYN URGP=0",
      { kind: "flow", action: "deny", ...KNOCK },
    ],
    [
      "<4>Nov 28 19:00:00 router kernel: ACCEPT-lan IN=br-lan OUT=wan SRC=192.168.100.2 DST=203.0.113.80 LEN=60 PROTO=TCP SPT=50123 DPT=443",
      { kind: "flow", action: "allow", ...OUT },
    ],
  ],
  dnsmasq: [
    [
      "<30>Nov 28 19:00:00 dnsmasq[1234]: query[A] c2.example from 192.168.100.2",
      {
        kind: "dns",
        protocol: "UDP",
        destinationPort: 53,
        sourceAddress: "192.168.100.2",
        name: "c2.example",
      },
    ],
    [
      "<30>Nov 28 19:00:00 dnsmasq[1234]: 17 192.168.100.2/50123 query[AAAA] c2.example from 192.168.100.2",
      {
        kind: "dns",
        protocol: "UDP",
        destinationPort: 53,
        sourceAddress: "192.168.100.2",
        name: "c2.example",
      },
    ],
    [
      "<30>Nov 28 19:00:00 dnsmasq-dhcp[1234]: DHCPACK(br-lan) 192.168.100.2 00:00:5e:00:53:01 KEIRI-PC",
      { kind: "dhcp", sourceAddress: "192.168.100.2", macAddress: "00:00:5e:00:53:01", hostname: "KEIRI-PC" },
    ],
    ["<30>Nov 28 19:00:00 dnsmasq[1234]: reply c2.example is 203.0.113.5", { kind: "other", topic: "reply" }],
  ],
  "cisco-asa": [
    [
      "<166>Nov 28 2026 19:00:00: %ASA-6-302013: Built outbound TCP connection 1 for outside:203.0.113.80/443 (203.0.113.80/443) to inside:192.168.100.2/50123 (203.0.113.1/50123)",
      { kind: "flow", action: "allow", ...OUT },
    ],
    [
      "<166>Nov 28 2026 19:00:00 office : %ASA-6-302014: Teardown TCP connection 1 for outside:203.0.113.80/443 to inside:192.168.100.2/50123 duration 0:00:30 bytes 9500 TCP FINs",
      { kind: "flow", action: "allow", ...OUT, bytesToClient: 9500 },
    ],
    [
      '<164>Nov 28 2026 19:00:00: %ASA-4-106023: Deny tcp src outside:198.51.100.7/4000 dst inside:203.0.113.1/23 by access-group "outside_in" [0x0, 0x0]',
      { kind: "flow", action: "deny", ...KNOCK },
    ],
    [
      "<162>%ASA-2-106001: Inbound TCP connection denied from 198.51.100.7/4000 to 203.0.113.1/23 flags SYN on interface outside",
      { kind: "flow", action: "deny", ...KNOCK },
    ],
    [
      "<166>%ASA-6-106100: access-list inside_out permitted tcp inside/192.168.100.2(50123) -> outside/203.0.113.80(443) hit-cnt 1 first hit [0x0, 0x0]",
      { kind: "flow", action: "allow", ...OUT },
    ],
    [
      "<165>%ASA-5-304001: 192.168.100.2 Accessed URL 203.0.113.80:http://www.example.com/a",
      {
        kind: "http",
        action: "allow",
        protocol: "TCP",
        sourceAddress: "192.168.100.2",
        destinationAddress: "203.0.113.80",
        url: "http://www.example.com/a",
      },
    ],
    [
      "<164>%ASA-4-400010: IDS:2000 ICMP echo reply from 198.51.100.7 to 203.0.113.1 on interface outside",
      {
        kind: "ips",
        sourceAddress: "198.51.100.7",
        destinationAddress: "203.0.113.1",
        signatureId: "2000",
        signature: "ICMP echo reply",
      },
    ],
    [
      "<165>%ASA-5-111008: User 'enable_15' executed the 'configure terminal' command.",
      { kind: "other", topic: "111008" },
    ],
  ],
  meraki: [
    [
      "<134>1 1795860000.038687615 MX84 flows src=192.168.100.2 dst=203.0.113.80 mac=00:00:5E:00:53:01 protocol=tcp sport=50123 dport=443 pattern: allow all",
      { kind: "flow", action: "allow", ...OUT, macAddress: "00:00:5e:00:53:01" },
    ],
    [
      "<134>1 1795860000.038687615 MX84 firewall src=198.51.100.7 dst=203.0.113.1 protocol=tcp sport=4000 dport=23 pattern: deny all",
      { kind: "flow", action: "deny", ...KNOCK },
    ],
    [
      "<134>1 1795860000.342705328 MX84 urls src=192.168.100.2:50123 dst=203.0.113.80:443 mac=00:00:5E:00:53:01 request: GET https://www.example.com/a",
      {
        kind: "http",
        ...FROM_INSIDE,
        ...TO_WEB,
        method: "GET",
        url: "https://www.example.com/a",
        macAddress: "00:00:5e:00:53:01",
      },
    ],
    [
      "<134>1 1795860000.774247467 office security_event ids_alerted signature=1:41944:2 priority=1 timestamp=1795860000.647461 dhost=00:00:5E:00:53:01 direction=ingress protocol=tcp/ip src=198.51.100.7:4000 dst=203.0.113.1:23 decision=blocked message: TELNET default login",
      {
        kind: "ips",
        action: "deny",
        ...KNOCK,
        signatureId: "1:41944:2",
        signature: "TELNET default login",
        severity: 1,
      },
    ],
    [
      "<134>1 1795860000.1 MX84 events dhcp lease of ip 192.168.100.2 from server mac 00:00:5E:00:53:02 for client mac 00:00:5E:00:53:01 from router 192.168.100.1 on subnet 255.255.255.0",
      { kind: "dhcp", sourceAddress: "192.168.100.2", macAddress: "00:00:5e:00:53:01" },
    ],
    [
      "<134>1 1795860000.1 MX84 events type=vpn_connectivity_change vpn_type='site-to-site' connectivity='true'",
      { kind: "other", topic: "vpn_connectivity_change" },
    ],
  ],
  cef: [
    [
      "<134>Nov 28 19:00:00 office CEF:0|Vendor|UTM|1.0|100|Connection closed|3|src=192.168.100.2 spt=50123 dst=203.0.113.80 dpt=443 proto=TCP act=allow out=1500 in=8000 dhost=www.example.com msg=two words",
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
      "<129>Nov 28 19:00:00 office CEF:0|Vendor|UTM|1.0|4711|IPS: TELNET \\| default|8|cat=ips src=198.51.100.7 spt=4000 dst=203.0.113.1 dpt=23 proto=tcp act=blocked",
      {
        kind: "ips",
        action: "deny",
        ...KNOCK,
        signatureId: "4711",
        signature: "IPS: TELNET \\| default",
        severity: 2,
      },
    ],
    [
      "<134>CEF:0|Vendor|UTM|1.0|200|Web|2|src=192.168.100.2 spt=50123 dst=203.0.113.80 dpt=443 proto=TCP act=Deny request=https://betting.example/offers dhost=betting.example requestMethod=GET",
      {
        kind: "http",
        action: "deny",
        ...OUT,
        name: "betting.example",
        url: "https://betting.example/offers",
        method: "GET",
      },
    ],
  ],
  leef: [
    [
      "<134>Nov 28 19:00:00 office LEEF:1.0|Vendor|UTM|1.0|flow|src=192.168.100.2\tsrcPort=50123\tdst=203.0.113.80\tdstPort=443\tproto=TCP\taction=allow\tsrcBytes=1500\tdstBytes=8000",
      { kind: "flow", action: "allow", ...OUT, bytesToServer: 1500, bytesToClient: 8000 },
    ],
    [
      "<129>Nov 28 19:00:00 office LEEF:2.0|Vendor|UTM|1.0|4711|^|cat=intrusion^sev=9^src=198.51.100.7^srcPort=4000^dst=203.0.113.1^dstPort=23^proto=TCP^action=drop^msg=TELNET default login",
      {
        kind: "ips",
        action: "deny",
        ...KNOCK,
        signatureId: "4711",
        signature: "TELNET default login",
        severity: 2,
      },
    ],
  ],
  "palo-alto": [
    [
      '<14>Nov 28 19:00:00 office 1,2026/11/28 19:00:00,007000000001,TRAFFIC,end,2560,2026/11/28 19:00:00,192.168.100.2,203.0.113.80,203.0.113.1,203.0.113.80,"out, all",,,ssl,vsys1,trust,untrust,ethernet1/2,ethernet1/1,log,2026/11/28 19:00:00,1,1,50123,443,50123,443,0x0,tcp,allow,9500,1500,8000,20',
      { kind: "flow", action: "allow", ...OUT, bytesToServer: 1500, bytesToClient: 8000 },
    ],
    [
      "<14>Nov 28 19:00:00 office 1,2026/11/28 19:00:00,007000000001,THREAT,vulnerability,2560,2026/11/28 19:00:00,198.51.100.7,203.0.113.1,,,in,,,telnet,vsys1,untrust,trust,ethernet1/1,ethernet1/2,log,2026/11/28 19:00:00,1,1,4000,23,0,0,0x0,tcp,reset-both,,TELNET default login(40001),any,high,client-to-server",
      {
        kind: "ips",
        action: "deny",
        ...KNOCK,
        signatureId: "40001",
        signature: "TELNET default login",
        severity: 2,
      },
    ],
    [
      "<14>Nov 28 19:00:00 office 1,2026/11/28 19:00:00,007000000001,SYSTEM,general,0,2026/11/28 19:00:00,,general,,0,0,general,informational,x",
      { kind: "other", topic: "SYSTEM" },
    ],
  ],
};
