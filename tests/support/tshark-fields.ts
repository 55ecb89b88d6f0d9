/** The facts of eve-fields.ts as tshark has them. What it takes out of packets quoted in ICMP errors does not count. */
import { certificateText, dnsAnswerText, type FactTexts, noFacts } from "./eve-fields.js";

const SEPARATOR = "\x1e";

const FIELDS = [
  "frame.protocols",
  "tcp.stream",
  "udp.stream",
  "dns.id",
  "dns.flags",
  "dns.flags.response",
  "dns.qry.name",
  "dns.count.answers",
  "dns.resp.type",
  "dns.a",
  "dns.aaaa",
  "dns.cname",
  "dns.ns",
  "dns.ptr.domain_name",
  "dns.mx.mail_exchange",
  "dns.srv.target",
  "dns.soa.mname",
  "tls.handshake.extensions_server_name",
  "tls.handshake.ja3",
  "tls.handshake.ja3s",
  "tls.handshake.certificate",
  "http.request.method",
  "http.request.uri",
  "http.host",
  "http.user_agent",
  "http.response.code",
  "http.content_type",
  "gquic.tag.sni",
  "ssh.protocol",
  "ssh.kex.hassh",
  "ssh.kex.hasshserver",
  "ntlmssp.auth.domain",
  "ntlmssp.auth.username",
  "ntlmssp.auth.hostname",
  "smb.cmd",
  "smb.flags.response",
  "smb.path",
  "smb.file",
  "smb2.cmd",
  "smb2.flags.response",
  "smb2.tree",
  "smb2.filename",
  "dhcp.hw.mac_addr",
  "dhcp.option.hostname",
] as const;
const JA4_FIELD = "tls.handshake.ja4";
type Field = (typeof FIELDS)[number] | typeof JA4_FIELD;
type Values = (field: Field) => string[];

/** Fields of tshark 4.2 and later. */
export function tsharkKnowsJa4(version: string): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 2);
}

/** Arguments under which tshark writes one line for each packet of `capture`, as `tsharkFacts` reads it. */
export function tsharkArguments(capture: string, hasJa4: boolean): string[] {
  const output = ["-n", "-T", "fields", "-E", "occurrence=a", "-E", "separator=/t", "-E"];
  const preferences = ["-o", "tcp.reassemble_out_of_order:TRUE", "-o", "tcp.check_checksum:TRUE"];
  const fields = [...FIELDS, ...(hasJa4 ? [JA4_FIELD] : [])].flatMap((field) => ["-e", field]);
  return [
    "-r",
    capture,
    "-Y",
    "not icmp and not icmpv6",
    ...output,
    `aggregator=${SEPARATOR}`,
    ...preferences,
    ...fields,
  ];
}

export function tsharkFacts(lines: string): FactTexts {
  const facts = noFacts();
  /** What was said of a flow already: a client that is told to try again, or sends again, has one handshake. */
  const said = new Set<string>();
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const columns = line.split("\t").map((text) => (text === "" ? [] : text.split(SEPARATOR)));
    const value: Values = (field) =>
      columns[field === JA4_FIELD ? FIELDS.length : FIELDS.indexOf(field)] ?? [];
    const layers = new Set(value("frame.protocols")[0]?.split(":"));
    addDns(facts, value);
    addHandshake(facts, value, layers, said);
    if (layers.has("http")) addHttp(facts, value);
    for (const banner of value("ssh.protocol")) {
      const software = /^SSH-[^-]+-([^ \r\n]+)/.exec(banner)?.[1];
      if (software) facts["ssh software"].push(software);
    }
    for (const [field, key] of [
      ["ssh.kex.hassh", "client"],
      ["ssh.kex.hasshserver", "server"],
    ] as const) {
      const flow = `${value("tcp.stream")[0]} ${key}`;
      const [hash] = value(field);
      // A later exchange of keys is encrypted.
      if (hash !== undefined && !said.has(flow)) facts["ssh hassh"].push(hash);
      if (hash !== undefined) said.add(flow);
    }
    // DCE/RPC in a named pipe has log-ons of its own.
    if ((layers.has("smb") || layers.has("smb2")) && !layers.has("dcerpc")) addSmb(facts, value);
    // The address stands in the header and again in the client identifier.
    const mac = value("dhcp.hw.mac_addr")[0];
    if (mac !== undefined) facts.dhcp.push(`${mac} ${value("dhcp.option.hostname")[0] ?? ""}`);
  }
  return facts;
}

const isTrue = (text: string | undefined): boolean => text === "1" || text === "True";

/** Queries with all their names; answers are told apart by their first question. */
function addDns(facts: FactTexts, value: Values): void {
  const ids = value("dns.id");
  const names = value("dns.qry.name");
  for (const [index, id] of ids.entries()) {
    const isAnswer = isTrue(value("dns.flags.response")[index]);
    const flags = isAnswer ? ` ${Number(value("dns.flags")[index]).toString(16)}` : "";
    const own = ids.length === 1 ? names : names.slice(index, index + 1);
    for (const name of isAnswer ? [own[0] ?? ""] : own) {
      const text = name === "<Root>" ? "" : name;
      facts.dns.push(`${isAnswer ? "answer" : "query"} ${Number(id)} ${text}${flags}`);
    }
    if (isAnswer && ids.length === 1) addAnswers(facts, Number(id), value);
  }
}

const RECORD_TYPES: Readonly<Record<string, readonly [name: string, field: Field]>> = {
  1: ["A", "dns.a"],
  2: ["NS", "dns.ns"],
  5: ["CNAME", "dns.cname"],
  6: ["SOA", "dns.soa.mname"],
  12: ["PTR", "dns.ptr.domain_name"],
  15: ["MX", "dns.mx.mail_exchange"],
  28: ["AAAA", "dns.aaaa"],
  33: ["SRV", "dns.srv.target"],
};

/** Records of the answer section: those in front. Data of a type stand in a list of their own. */
function addAnswers(facts: FactTexts, id: number, value: Values): void {
  const types = value("dns.resp.type").slice(0, Number(value("dns.count.answers")[0]));
  const used = new Map<string, number>();
  for (const number of types) {
    const type = RECORD_TYPES[number];
    if (type === undefined) continue;
    const nth = used.get(number) ?? 0;
    used.set(number, nth + 1);
    const data = value(type[1])[nth] ?? "";
    facts["dns answer"].push(dnsAnswerText(id, type[0], data === "<Root>" ? "" : data));
  }
}

function addHandshake(facts: FactTexts, value: Values, layers: ReadonlySet<string>, said: Set<string>): void {
  const isQuic = layers.has("quic") || layers.has("gquic");
  const flow = isQuic ? `udp ${value("udp.stream")[0]}` : `tcp ${value("tcp.stream")[0]}`;
  const isNew = (what: string, values: readonly string[]): boolean => {
    const key = `${flow} ${what}`;
    const isFirst = values.length > 0 && !said.has(key);
    if (isFirst) said.add(key);
    return isFirst;
  };
  const names = [...value("tls.handshake.extensions_server_name"), ...value("gquic.tag.sni")];
  const ja3 = value("tls.handshake.ja3");
  const ja4 = value(JA4_FIELD);
  if (isNew("hello", [...names, ...ja3])) {
    if (isQuic) {
      facts["quic sni"].push(...names.slice(0, 1));
      facts["quic ja4"].push(...ja4.slice(0, 1));
    } else {
      facts["tls sni"].push(...names);
      facts["tls ja3"].push(...ja3);
      facts["tls ja4"].push(...ja4);
    }
  }
  if (isQuic) return;
  const ja3s = value("tls.handshake.ja3s");
  if (isNew("server", ja3s)) facts["tls ja3s"].push(...ja3s.slice(0, 1));
  const certificates = value("tls.handshake.certificate");
  if (isNew("certificate", certificates)) {
    facts["tls certificate"].push(certificateText(Buffer.from(certificates[0]!.replaceAll(":", ""), "hex")));
  }
}

function addHttp(facts: FactTexts, value: Values): void {
  const uris = value("http.request.uri");
  const methods = value("http.request.method");
  for (const [index, method] of methods.entries()) facts["http request"].push(`${method} ${uris[index]}`);
  for (const host of value("http.host")) {
    facts["http host"].push(host.toLowerCase().replace(/:\d+$/, ""));
  }
  facts["http agent"].push(...value("http.user_agent"));
  facts["http status"].push(...value("http.response.code"));
  if (methods.length > 0) return;
  for (const type of value("http.content_type")) facts["http type"].push(type.split(";", 1)[0]!.trim());
}

function addSmb(facts: FactTexts, value: Values): void {
  const [domains, hosts] = [value("ntlmssp.auth.domain"), value("ntlmssp.auth.hostname")];
  for (const [index, user] of value("ntlmssp.auth.username").entries()) {
    facts["smb log-on"].push(
      `${textOrNone(domains[index])}\\${textOrNone(user)} ${textOrNone(hosts[index])}`,
    );
  }
  /** Of a frame with one record; chained commands of SMB 1 end with 0xff. */
  const isRequest = (command: Field, response: Field, number: number): boolean => {
    const commands = value(command).map(Number);
    return (
      commands[0] === number &&
      commands.every((other, i) => i === 0 || other === 0xff) &&
      !isTrue(value(response)[0])
    );
  };
  const trees = isRequest("smb2.cmd", "smb2.flags.response", 3)
    ? value("smb2.tree")
    : isRequest("smb.cmd", "smb.flags.response", 0x75)
      ? value("smb.path").slice(-1)
      : [];
  for (const tree of trees) facts["smb tree"].push(tree.replaceAll("\\\\", "\\").replace(/^\\+/, ""));
  const files = isRequest("smb2.cmd", "smb2.flags.response", 5)
    ? value("smb2.filename")
    : isRequest("smb.cmd", "smb.flags.response", 0xa2)
      ? value("smb.file")
      : [];
  for (const file of files.slice(-1)) if (file !== "") facts["smb file"].push(file.replaceAll("\\\\", "\\"));
}

/** tshark writes NULL for an empty name. */
function textOrNone(text = "NULL"): string {
  return text === "NULL" ? "" : text;
}
