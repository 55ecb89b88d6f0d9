/** The same facts as in eve-fields.ts from tshark. */
import { type FactTexts, noFacts } from "./eve-fields.js";

const SEPARATOR = "\x1e";

const FIELDS = [
  "frame.protocols",
  "dns.id",
  "dns.flags.response",
  "dns.qry.name",
  "tls.handshake.extensions_server_name",
  "tls.handshake.ja3",
  "http.request.method",
  "http.request.uri",
  "http.host",
  "http.response.code",
  "ssh.protocol",
  "dhcp.hw.mac_addr",
  "dhcp.option.hostname",
] as const;

/** Arguments under which tshark writes one line for each packet of `capture`, as `tsharkFacts` reads it. */
export function tsharkArguments(capture: string): string[] {
  const output = ["-n", "-T", "fields", "-E", "occurrence=a", "-E", "separator=/t", "-E"];
  const preferences = ["-o", "tcp.reassemble_out_of_order:TRUE", "-o", "tcp.check_checksum:TRUE"];
  const fields = FIELDS.flatMap((field) => ["-e", field]);
  return ["-r", capture, ...output, `aggregator=${SEPARATOR}`, ...preferences, ...fields];
}

export function tsharkFacts(lines: string): FactTexts {
  const facts = noFacts();
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const values = line.split("\t").map((text) => (text === "" ? [] : text.split(SEPARATOR)));
    const [
      protocols,
      ids,
      responses,
      names,
      serverNames,
      ja3,
      methods,
      uris,
      hosts,
      codes,
      banners,
      macs,
      dhcpNames,
    ] = values as [string[], ...string[][]] & Record<number, string[]>;
    const layers = new Set(protocols[0]?.split(":"));
    const isQuic = layers.has("quic");
    const isTls = layers.has("tls") && !isQuic;
    for (const [index, id] of ids!.entries()) {
      const type = ["1", "True"].includes(responses![index]!) ? "answer" : "query";
      const own = ids!.length === 1 ? names! : names!.slice(index, index + 1);
      // Answers are told apart by their first question.
      for (const name of type === "query" ? own : [own[0] ?? ""]) {
        facts.dns.push(`${type} ${Number(id)} ${name === "<Root>" ? "" : name}`);
      }
    }
    if (isTls) facts["tls sni"].push(...serverNames!);
    if (isTls) facts["tls ja3"].push(...ja3!);
    if (isQuic) facts["quic sni"].push(...serverNames!);
    if (layers.has("http")) {
      for (const [index, method] of methods!.entries())
        facts["http request"].push(`${method} ${uris![index]}`);
      // With a port the host is what stands before it.
      for (const host of hosts!) facts["http host"].push(host.toLowerCase().replace(/:\d+$/, ""));
      facts["http status"].push(...codes!);
    }
    for (const banner of banners!) {
      const software = /^SSH-[^-]+-([^ \r\n]+)/.exec(banner)?.[1];
      if (software) facts["ssh software"].push(software);
    }
    if (layers.has("dhcp") && macs!.length > 0) facts.dhcp.push(`${macs![0]} ${dhcpNames![0] ?? ""}`);
  }
  return facts;
}
