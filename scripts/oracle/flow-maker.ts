/**
 * For a rule the conversation that must make it alert: made from how the agent reads the rule, and so a test of everything behind
 * that, from the frame to the alert. What is not made (some protocols, marks that other rules set) is said.
 */
import { Field } from "#agent/sensor/proto/fields.js";
import { Protocol } from "#agent/sensor/proto/protocols.js";
import type { AddressGroup } from "#agent/signature/address-group.js";
import type { IntervalSet } from "#agent/signature/interval-set.js";
import { PAYLOAD_FIELD, type Section, type Signature, TO_SERVER_BIT } from "#agent/signature/signature.js";
import { ascii } from "../story/bytes.js";
import { selfSignedCertificate } from "../story/certificate.js";
import { dnsQuery, TYPE_A } from "../story/dns.js";
import { browser } from "../story/programs.js";
import { Random } from "../story/random.js";
import { TcpConversation } from "../story/tcp-conversation.js";
import { clientHello, serverFlight12 } from "../story/tls-messages.js";
import type { Wire } from "../story/wire.js";
import { BufferMaker, NotMade } from "./buffer-maker.js";
import { httpMessages } from "./http-maker.js";

const TCP = 6;
const UDP = 17;
const HTTP = 80;
const HTTPS = 443;
const DNS = 53;

export type Buffers = ReadonlyMap<number, Uint8Array>;

/** Writes the conversation of one rule. @throws NotMade where that is not known */
export function makeFlow(wire: Wire, signature: Signature, number: number, startUs: number): void {
  refuseWhatIsNotMade(signature);
  const buffers = new Map<number, Uint8Array>();
  for (const section of signature.sections) {
    if (buffers.has(section.field)) throw new NotMade("a buffer twice");
    buffers.set(section.field, bufferOf(section));
  }
  const isToServer = (signature.directions & TO_SERVER_BIT) !== 0;
  const [clientGroup, serverGroup] = isToServer
    ? [signature.source, signature.destination]
    : [signature.destination, signature.source];
  const client = stationOf(clientGroup, number, "02:00:00:00:00:01");
  const server = stationOf(serverGroup, number, "02:00:00:00:00:02");
  const ports = isToServer ? signature.destinationPorts : signature.sourcePorts;
  const random = new Random(number);
  const transport = transportOf(signature);
  if (transport === UDP) {
    const port = portIn(ports, isDns(signature) ? DNS : 5000 + (number % 1000));
    const payload = isDns(signature)
      ? dnsQuery(number & 0xffff, nameOf(buffers.get(Field.DNS_QUERY)), TYPE_A)
      : (buffers.get(PAYLOAD_FIELD) ?? ascii("x"));
    const clientPort = portIn(
      isToServer ? signature.sourcePorts : signature.destinationPorts,
      20_000 + (number % 40_000),
    );
    if (isToServer) wire.udp(startUs, client, clientPort, server, port, payload);
    else {
      wire.udp(startUs, client, clientPort, server, port, ascii("hello"));
      wire.udp(startUs + 1000, server, port, client, clientPort, payload);
    }
    return;
  }
  const own = portIn(ports, defaultPort(signature, number));
  const conversation = new TcpConversation(wire, random, client, server, own, startUs).open();
  if (isHttp(signature)) {
    const { request, response } = httpMessages(buffers, isToServer);
    conversation.clientSends(request).serverSends(response);
  } else if (signature.applicationProtocols?.includes(Protocol.TLS)) {
    talkTls(conversation, buffers, random);
  } else if (signature.applicationProtocols !== undefined) {
    throw new NotMade("the protocol");
  } else {
    const payload = buffers.get(PAYLOAD_FIELD) ?? ascii("x");
    if (isToServer) conversation.clientSends(payload).serverSends(ascii("ok"));
    else conversation.clientSends(ascii("hello")).serverSends(payload);
  }
  conversation.close();
}

function refuseWhatIsNotMade(signature: Signature): void {
  const { bits, flowInts, thresholds, packetTests, messageTests, recordTests, numberListTests } = signature;
  if (signature.isNoAlert || signature.action === "pass") throw new NotMade("a rule that tells nothing");
  if (bits.some(({ operation }) => operation === "isset") || flowInts.length > 0) throw new NotMade("a mark");
  if (thresholds.some(({ type, count }) => type !== "limit" && count > 1)) throw new NotMade("a threshold");
  if (packetTests.length + messageTests.length + recordTests.length + numberListTests.length > 0) {
    throw new NotMade("a number of the packet or message");
  }
  if (signature.messageEvents.length > 0) throw new NotMade("an event");
  if (signature.flowFlags > 1) throw new NotMade("a state of the flow");
}

function bufferOf({ transforms, conditions }: Section): Uint8Array {
  const bytes = new BufferMaker().make(conditions);
  const [transform, ...rest] = transforms.map(({ name }) => name);
  if (transform === undefined || transform === "to_lowercase") return bytes;
  if (transform !== "dotprefix" || rest.length > 0) throw new NotMade(transform);
  return bytes[0] === 0x2e ? bytes.subarray(1) : bytes;
}

function transportOf({ ipProtocols, applicationProtocols }: Signature): number {
  if (applicationProtocols?.includes(Protocol.DNS)) return UDP;
  if (ipProtocols === undefined || ipProtocols.includes(TCP)) return TCP;
  if (ipProtocols.includes(UDP)) return UDP;
  throw new NotMade("the transport");
}

function isDns({ applicationProtocols }: Signature): boolean {
  return applicationProtocols?.includes(Protocol.DNS) === true;
}

function isHttp({ applicationProtocols }: Signature): boolean {
  return applicationProtocols?.includes(Protocol.HTTP1) === true;
}

function defaultPort(signature: Signature, number: number): number {
  if (isHttp(signature)) return HTTP;
  if (signature.applicationProtocols?.includes(Protocol.TLS)) return HTTPS;
  return 7000 + (number % 1000);
}

function talkTls(conversation: TcpConversation, buffers: Buffers, random: Random): void {
  const known: readonly number[] = [Field.TLS_SNI, Field.TLS_CERT_SUBJECT, Field.TLS_CERT_ISSUER];
  if ([...buffers.keys()].some((field) => !known.includes(field))) throw new NotMade("a field of TLS");
  const name = nameOf(buffers.get(Field.TLS_SNI));
  conversation.clientSends(clientHello(browser, name, random, random.bytes(32)));
  const subject = buffers.get(Field.TLS_CERT_SUBJECT) ?? buffers.get(Field.TLS_CERT_ISSUER);
  if (subject === undefined) return;
  const commonName = /^(?:.*, )?CN=([^,=]+)$/.exec(textOf(subject))?.[1];
  if (commonName === undefined || textOf(subject) !== `CN=${commonName}`)
    throw new NotMade("a name of a certificate");
  const validity = { notBefore: "230101000000Z", notAfter: "331231235959Z" };
  const certificate = selfSignedCertificate({ commonName, ...validity }, random);
  conversation.serverSends(serverFlight12(random, certificate, undefined));
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? ascii("made.example")).toString("latin1");
}

/** A name whose first label is not empty. */
function nameOf(bytes: Uint8Array | undefined): string {
  const text = textOf(bytes);
  return text.startsWith(".") ? `made${text}` : text;
}

function stationOf(group: AddressGroup, number: number, mac: string) {
  const range = widest(group.v4);
  if (range === undefined) throw new NotMade("an IPv6 address");
  const size = range[1] - range[0] + 1n;
  const value = Number(range[0] + ((BigInt(number) * 2_654_435_761n) % size));
  const address = [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
  return { name: address, mac, address, ttl: 64, answersAfterUs: 500 };
}

/** The widest range that has addresses of hosts. */
function widest(set: IntervalSet): readonly [bigint, bigint] | undefined {
  const hosts = set.flatMap(([first, last]) => {
    const low = first < 0x0100_0000n ? 0x0b00_0000n : first;
    const high = last > 0xdfff_ffffn ? 0xdfff_ffffn : last;
    return low <= high ? [[low, high] as const] : [];
  });
  return hosts.toSorted((a, b) => Number(b[1] - b[0] - (a[1] - a[0])))[0];
}

function portIn(ports: IntervalSet, wanted: number): number {
  const isIn = ports.some(([first, last]) => BigInt(wanted) >= first && BigInt(wanted) <= last);
  if (isIn) return wanted;
  const range = ports.find(([, last]) => last > 0n);
  if (range === undefined) throw new NotMade("a port");
  return Number(range[0] === 0n ? range[1] : range[0]);
}
