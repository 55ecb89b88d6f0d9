/**
 * Owns the making of traffic records (EVE events besides alerts) out of messages and ended flows. A sensor has one only
 * where somebody asks for records: it makes strings for every message. Memory: that of its TransactionBook.
 */
import { formatAddress } from "../base/address.js";
import { CommunityId } from "../base/community-id.js";
import { describeFile, filesOf } from "./file-records.js";
import { VLAN_MASK } from "./flow/flow-key.js";
import type { FlowTable } from "./flow/flow-table.js";
import type { FlowTracker } from "./flow/flow-tracker.js";
import { describeFlow } from "./flow-record.js";
import type { Endpoints } from "./match/endpoints.js";
import type { AppLayer } from "./proto/app-layer.js";
import { APP_LAYER_EVENT_NAMES } from "./proto/app-layer-events.js";
import { HTTP2_EVENT_NAMES } from "./proto/http2/http2-event.js";
import type { MessageView } from "./proto/message-view.js";
import { PROTOCOL_NAMES, Protocol, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import { ipProtocolName } from "./protocol-names.js";
import type { TrafficRecord } from "./traffic-record.js";
import { type Entry, TransactionBook } from "./transaction-book.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
} from "./wire/packet-view.js";

const ICMP_ECHO = 8;

/**
 * Protocols whose records name the sender of the packet first; those of the others name the client (Suricata). Over TCP the packet
 * is the one that acknowledges the message: its sender is the one the message went to.
 */
const DIRECTED: ReadonlySet<number> = new Set([
  Protocol.DHCP,
  Protocol.IKE,
  Protocol.KRB5,
  Protocol.NFS,
  Protocol.NTP,
  Protocol.QUIC,
  Protocol.RDP,
  Protocol.SIP,
  Protocol.SNMP,
  Protocol.TFTP,
]);

/** Protocols whose records have the number of their transaction beside their object. */
const NUMBERED: ReadonlySet<number> = new Set([
  Protocol.FTP,
  Protocol.FTP_DATA,
  Protocol.HTTP1,
  Protocol.HTTP2,
  Protocol.SMTP,
  Protocol.SSH,
]);
const CAPITAL_EVENTS: ReadonlySet<number> = new Set([
  Protocol.FTP,
  Protocol.HTTP1,
  Protocol.SMTP,
  Protocol.TLS,
]);
/** Names of events that are not the name of their first object. */
const EVENTS: ReadonlyMap<number, string> = new Map([[Protocol.NFS, "nfs"]]);
/** Of Suricata's format of queries. */
const DNS_RECORD_VERSION = 2;
const VLAN_ID_BITS = 12;

type Eve = Readonly<Record<string, unknown>>;

export class TrafficRecorder {
  readonly #tracker: FlowTracker;
  readonly #table: FlowTable;
  /** Flows that an alert was about, until they end. */
  readonly #alerted = new Set<number>();
  readonly #interfaceName: string;
  readonly #report: (record: TrafficRecord) => void;
  readonly #communityId = new CommunityId();
  readonly #book = new TransactionBook((flow, entry) => this.#onEntry(flow, entry));
  /** The packet that completes the message at hand goes from the server to the client. */
  #isFromServer = false;

  constructor(tracker: FlowTracker, interfaceName: string, report: (record: TrafficRecord) => void) {
    this.#tracker = tracker;
    this.#table = tracker.table;
    this.#interfaceName = interfaceName;
    this.#report = report;
  }

  /** A message of the flow in `endpoints`, with its EVE objects. */
  onMessage(endpoints: Endpoints, message: MessageView, metadata: Eve): void {
    this.#isFromServer =
      endpoints.ipProtocol === IP_PROTOCOL_TCP
        ? message.direction === TO_SERVER
        : endpoints.direction === TO_CLIENT;
    for (let i = message.toldEventCount; i < message.eventCount; i++)
      this.#onEvent(endpoints, message, message.events[i]!);
    const { flow, timeUs } = endpoints;
    const { protocol, transaction, stage } = message;
    const isFromServer = message.direction === TO_CLIENT;
    const files = filesOf(message, isFromServer);
    const isWithRecord = protocol === Protocol.HTTP1;
    if (!isWithRecord && files.length > 0) {
      this.#writeFiles(flow, { timeUs, protocol, transaction, stage, metadata, files });
    }
    this.#book.add(flow, message, timeUs, metadata, isWithRecord ? files : []);
  }

  #writeFiles(flow: number, { files = [], protocol, transaction, timeUs, metadata }: Entry): void {
    for (const file of files) {
      const described = describeFile(file, protocol, transaction, metadata);
      this.#write(flow, "fileinfo", protocol, timeUs, file.isFromServer, described);
    }
  }

  /** Something is malformed or odd: an EVE event of its own, as `app-layer-event` names it. */
  #onEvent(endpoints: Endpoints, message: MessageView, event: number): void {
    const { flow, timeUs } = endpoints;
    const { protocol, transaction } = message;
    const name = APP_LAYER_EVENT_NAMES[event] ?? HTTP2_EVENT_NAMES[event];
    if (name === undefined || !this.#book.isNewEvent(flow, message, event)) return;
    const text = name.slice(name.indexOf(".") + 1);
    this.#write(flow, "anomaly", protocol, timeUs, this.#isFromServer, {
      tx_id: transaction,
      anomaly: {
        app_proto: PROTOCOL_NAMES[protocol],
        type: "applayer",
        // Suricata's older parsers spell their events in capitals.
        event: CAPITAL_EVENTS.has(protocol) ? text.toUpperCase() : text,
        layer: "proto_parser",
      },
    });
  }

  /** Take the parts of transactions from parsers that give their records in parts. */
  listenTo(appLayer: AppLayer, endpointsNow: () => Endpoints): void {
    appLayer.input.recordSink = (key, isLast, metadata) => {
      const { direction, ipProtocol, timeUs } = endpointsNow();
      const flow = appLayer.currentFlow;
      this.#isFromServer = direction === TO_CLIENT && ipProtocol === IP_PROTOCOL_UDP;
      this.#book.addPart(flow, appLayer.protocols[flow]!, timeUs, key, isLast, metadata);
    };
  }

  /** An alert was given; `flow` is negative where its packet belongs to none. */
  onAlert(flow: number): void {
    if (flow >= 0) this.#alerted.add(flow);
  }

  /** The flow is over and can still be read. */
  onFlowEnd(flow: number, appLayer: AppLayer, gaps: number): void {
    const table = this.#table;
    const recognised = appLayer.recognised[flow]!;
    const original = appLayer.original[flow]!;
    this.#book.end(flow);
    // As in Suricata only datagrams are said to have failed to be recognised.
    const hasFailed = recognised === Protocol.UNKNOWN && table.ipProtocol(flow) === IP_PROTOCOL_UDP;
    this.#write(flow, "flow", hasFailed ? Protocol.FAILED : recognised, table.lastUs(flow), false, {
      ...(original === Protocol.UNKNOWN ? {} : { app_proto_orig: PROTOCOL_NAMES[original] }),
      ...(this.#isIcmp(flow) ? this.#icmpFields(flow) : {}),
      ...describeFlow(this.#tracker, flow, this.#alerted.delete(flow), gaps),
    });
  }

  /** Type and code of the first packet, and of what answered it; all answers have the code 0. */
  #icmpFields(flow: number): Eve {
    const table = this.#table;
    const question = { icmp_type: table.clientPort(flow), icmp_code: table.icmpCode(flow) };
    if (table.packets(flow, TO_CLIENT) === 0) return question;
    return { ...question, response_icmp_type: table.serverPort(flow), response_icmp_code: 0 };
  }

  /** Forget what was not written. */
  clear(): void {
    this.#book.clear();
    this.#alerted.clear();
  }

  communityId(flow: number): string {
    const table = this.#table;
    const isIcmp = this.#isIcmp(flow);
    const clientPort = table.clientPort(flow);
    const serverPort = table.serverPort(flow);
    return this.#communityId.of({
      ipVersion: table.ipVersion(flow),
      ipProtocol: table.ipProtocol(flow),
      source: table.clientAddress,
      sourceOffset: table.addressOffset(flow),
      destination: table.serverAddress,
      destinationOffset: table.addressOffset(flow),
      ports: isIcmp || this.#hasPorts(flow) ? [clientPort, serverPort] : undefined,
      // Where no type answers, the table has 0, which stands for the code.
      isOneWay: isIcmp && serverPort === 0 && !(clientPort === ICMP_ECHO && table.ipVersion(flow) === 4),
    });
  }

  #onEntry(flow: number, entry: Entry): void {
    const isFromServer = this.#isFromServer && DIRECTED.has(entry.protocol);
    const number = NUMBERED.has(entry.protocol)
      ? { tx_id: entry.number ?? (entry.protocol === Protocol.SSH ? 0 : entry.transaction) }
      : {};
    for (const metadata of unfold(entry.metadata)) {
      const event = EVENTS.get(entry.protocol) ?? Object.keys(metadata)[0];
      if (event === undefined || Object.keys(metadata).length === 0) continue;
      this.#write(flow, event, entry.protocol, entry.timeUs, isFromServer, { ...number, ...metadata });
    }
    this.#writeFiles(flow, entry);
  }

  #write(
    flow: number,
    event: string,
    protocol: number,
    timeUs: number,
    isFromServer: boolean,
    metadata: Eve,
  ): void {
    const table = this.#table;
    const version = table.ipVersion(flow);
    const client = formatAddress(version, table.clientAddress, table.addressOffset(flow));
    const server = formatAddress(version, table.serverAddress, table.addressOffset(flow));
    const clientPort = table.clientPort(flow);
    const serverPort = table.serverPort(flow);
    const isNamed = protocol !== Protocol.UNKNOWN && (protocol !== Protocol.FAILED || event === "flow");
    const vlan = table.vlan(flow);
    const vlanIds = [vlan & VLAN_MASK, (vlan >> VLAN_ID_BITS) & VLAN_MASK, table.thirdVlan(flow)].filter(
      (id) => id > 0,
    );
    this.#report({
      timeUs,
      interfaceName: this.#interfaceName,
      flowId: table.flowId(flow),
      event,
      protocol: ipProtocolName(table.ipProtocol(flow)),
      sourceAddress: isFromServer ? server : client,
      destinationAddress: isFromServer ? client : server,
      ports: !this.#hasPorts(flow)
        ? undefined
        : isFromServer
          ? [serverPort, clientPort]
          : [clientPort, serverPort],
      applicationProtocol: isNamed ? PROTOCOL_NAMES[protocol] : undefined,
      communityId: this.communityId(flow),
      metadata: vlanIds.length === 0 ? metadata : { vlan: vlanIds, ...metadata },
    });
  }

  #isIcmp(flow: number): boolean {
    const protocol = this.#table.ipProtocol(flow);
    return protocol === IP_PROTOCOL_ICMP || protocol === IP_PROTOCOL_ICMPV6;
  }

  #hasPorts(flow: number): boolean {
    const protocol = this.#table.ipProtocol(flow);
    return protocol === IP_PROTOCOL_TCP || protocol === IP_PROTOCOL_UDP || protocol === IP_PROTOCOL_SCTP;
  }
}

/** Alerts have all queries of a DNS message in one object; as events each is a record, and an answer is the object itself. */
function unfold(metadata: Eve): Eve[] {
  const { dns } = metadata;
  if (typeof dns !== "object" || dns === null) return [metadata];
  const { query, answer } = dns as { query?: unknown[]; answer?: unknown };
  if (answer !== undefined) return [{ dns: answer }];
  return (query ?? []).map((question) => ({ dns: { version: DNS_RECORD_VERSION, ...(question as Eve) } }));
}
