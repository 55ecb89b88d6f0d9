/**
 * Owns when a message becomes a record, per protocol as Suricata does it: at once (DNS, DHCP), once per transaction with the
 * answer in it (HTTP, FTP, SMTP), once per flow when the handshake is known (TLS, SSH), or when the parser that gives the
 * parts of a transaction says so (SMB, NFS, MQTT); at the latest when the flow ends. Memory: for each flow that speaks one
 * of the latter, one held description, and MAX_OPEN requests without an answer.
 */
import { isObject } from "../base/json-schema.js";
import type { FileFacts } from "./file-records.js";
import { type MessageView, STAGE_BODY } from "./proto/message-view.js";
import { Protocol, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";

/** Requests of a flow that wait for a response; the oldest is written without one when there are more. */
const MAX_OPEN = 64;

/** Lines of the replies to one command of FTP; later ones are left out. */
const MAX_REPLIES = 64;

/** Events of a flow that are remembered. */
const MAX_EVENTS = 256;

/** Protocols whose parsers give their records in parts. */
const IN_PARTS: ReadonlySet<number> = new Set([Protocol.DCERPC, Protocol.MQTT, Protocol.NFS, Protocol.SMB]);

/** What only the response says, the last time it is described. */
const RESPONSE_KEYS: ReadonlySet<string> = new Set(["length", "response_headers", "status"]);

type Eve = Readonly<Record<string, unknown>>;

/** A description with the time and the transaction of its message. */
export interface Entry {
  readonly timeUs: number;
  readonly protocol: number;
  readonly transaction: number;
  readonly stage: number;
  readonly metadata: Eve;
  /** Files of its message, told with it. */
  readonly files?: readonly FileFacts[];
  /** Its place among the records of the flow, where that is not the number of its transaction. */
  readonly number?: number;
}

/** What is still unwritten of one flow. */
interface Page {
  held: Entry | undefined;
  requests: Entry[];
  /** Transactions that parsers give in parts, by their keys, oldest first. */
  readonly open: Map<number, Entry>;
  /** The one record of the flow has been written. */
  isWritten: boolean;
  /** Records begun, where they are numbered by their order. */
  count: number;
  /** Events of the transactions of each direction that were told: messages say them at every stage. */
  readonly events: Set<string>;
}

export class TransactionBook {
  readonly #pages = new Map<number, Page>();
  readonly #write: (flow: number, entry: Entry) => void;

  /** `write` is called for each finished entry. */
  constructor(write: (flow: number, entry: Entry) => void) {
    this.#write = write;
  }

  /** A message of `flow` with its EVE objects. */
  add(flow: number, message: MessageView, timeUs: number, metadata: Eve, files: readonly FileFacts[]): void {
    const { protocol, transaction, stage } = message;
    if (IN_PARTS.has(protocol)) return;
    const entry: Entry = { timeUs, protocol, transaction, stage, metadata, files };
    switch (protocol) {
      case Protocol.HTTP1:
        this.#addHttp(this.#page(flow), flow, message, entry);
        break;
      case Protocol.HTTP2:
        this.#addStream(flow, entry);
        break;
      case Protocol.TLS:
      case Protocol.SSH:
      case Protocol.RFB:
        this.#addHandshake(this.#page(flow), flow, message, entry);
        break;
      case Protocol.FTP:
      case Protocol.FTP_DATA:
      case Protocol.SMTP:
        this.#addToTransaction(this.#page(flow), flow, message, entry);
        break;
      default:
        this.#write(flow, entry);
    }
  }

  /** A part of transaction `key` of `flow`; `isLast` where nothing more belongs to it. */
  addPart(flow: number, protocol: number, timeUs: number, key: number, isLast: boolean, metadata: Eve): void {
    const { open } = this.#page(flow);
    const entry = merge(open.get(key), { timeUs, protocol, transaction: key, stage: 0, metadata });
    if (isLast) {
      open.delete(key);
      this.#write(flow, entry);
      return;
    }
    open.set(key, entry);
    if (open.size <= MAX_OPEN) return;
    for (const [oldestKey, oldest] of open) {
      open.delete(oldestKey);
      this.#write(flow, oldest);
      return;
    }
  }

  /** Whether an event of a message is news. */
  isNewEvent(flow: number, message: MessageView, event: number): boolean {
    const { events } = this.#page(flow);
    const key = `${message.direction} ${message.transaction} ${event}`;
    if (events.has(key)) return false;
    if (events.size === MAX_EVENTS) events.clear();
    events.add(key);
    return true;
  }

  /** The flow is over: what waited for more is written as it is. */
  end(flow: number): void {
    const page = this.#pages.get(flow);
    if (page === undefined) return;
    this.#flush(flow, page);
    for (const request of page.requests) this.#write(flow, request);
    for (const entry of page.open.values()) this.#write(flow, entry);
    this.#pages.delete(flow);
  }

  clear(): void {
    this.#pages.clear();
  }

  #page(flow: number): Page {
    let page = this.#pages.get(flow);
    if (page === undefined) {
      page = {
        held: undefined,
        requests: [],
        open: new Map(),
        isWritten: false,
        count: 0,
        events: new Set(),
      };
      this.#pages.set(flow, page);
    }
    return page;
  }

  #flush(flow: number, page: Page): void {
    if (page.held !== undefined) this.#write(flow, page.held);
    page.held = undefined;
  }

  /** A request waits for its response; a response is held until its length is known. */
  #addHttp(page: Page, flow: number, message: MessageView, entry: Entry): void {
    const { requests, held } = page;
    if (message.direction === TO_SERVER) {
      const last = requests.at(-1);
      const isBody = entry.stage === STAGE_BODY;
      if (isBody && last !== undefined && isSameTransaction(last, entry)) {
        requests[requests.length - 1] = withFiles(last, entry);
        return;
      }
      if (isBody && held !== undefined && held.transaction >= entry.transaction) {
        if (isSameTransaction(held, entry)) page.held = withFiles(held, entry);
        return;
      }
      requests.push(entry);
      if (requests.length > MAX_OPEN) this.#write(flow, requests.shift()!);
      return;
    }
    while (requests.length > 0 && requests[0]!.transaction < entry.transaction) {
      this.#write(flow, requests.shift()!);
    }
    // A head with the number of a whole response belongs to another connection inside of this one.
    const isSame = held !== undefined && isSameTransaction(held, entry) && entry.stage > held.stage;
    if (isSame) {
      addRequest(entry.metadata, held.metadata);
      page.held = withFiles(entry, held);
      return;
    }
    this.#flush(flow, page);
    const request = requests[0]?.transaction === entry.transaction ? requests.shift() : undefined;
    if (request !== undefined) addRequest(entry.metadata, request.metadata);
    page.held = request === undefined ? entry : withFiles(entry, request);
  }

  /** A stream of HTTP/2 is one record, of which each message says more; the connection itself has one where it says something. */
  #addStream(flow: number, entry: Entry): void {
    const { http } = entry.metadata;
    const details = isObject(http) && isObject(http.http2) ? http.http2 : {};
    const { protocol, timeUs, transaction, metadata } = entry;
    if (details.stream_id !== 0) this.addPart(flow, protocol, timeUs, transaction, false, metadata);
    else if (saysSomething(details.request) || saysSomething(details.response)) this.#write(flow, entry);
  }

  /** Everything the flow says goes into one record. */
  #addHandshake(page: Page, flow: number, message: MessageView, entry: Entry): void {
    if (page.held !== undefined && page.held.protocol !== entry.protocol) {
      this.#flush(flow, page);
      page.isWritten = false;
    }
    if (page.isWritten) return;
    page.held = merge(page.held, entry);
    if (!isHandshakeKnown(message, page.held.metadata)) return;
    this.#flush(flow, page);
    page.isWritten = true;
  }

  #addToTransaction(page: Page, flow: number, message: MessageView, entry: Entry): void {
    const { held } = page;
    const isCommand = entry.protocol === Protocol.FTP && message.direction === TO_SERVER;
    if (held !== undefined && (isCommand || !isSameTransaction(held, entry))) this.#flush(flow, page);
    // The first record of FTP has the number 0, whether it is the greeting or a command.
    page.held =
      entry.protocol !== Protocol.FTP
        ? entry
        : { ...addReplies(page.held, entry), number: page.held?.number ?? page.count++ };
  }
}

function saysSomething(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length > 0;
}

/** A command may have several replies. */
function addReplies(earlier: Entry | undefined, later: Entry): Entry {
  const [before, after] = [earlier?.metadata.ftp, later.metadata.ftp];
  if (!isObject(before) || !isObject(after) || !Array.isArray(before.reply)) return later;
  const join = (key: string): Eve => {
    const joined = [...asList(before[key]), ...asList(after[key])].slice(0, MAX_REPLIES);
    return joined.length > 0 ? { [key]: joined } : {};
  };
  const replies = { ...join("completion_code"), ...join("reply") };
  return { ...later, metadata: { ...later.metadata, ftp: { ...after, ...replies } } };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isSameTransaction(a: Entry, b: Entry): boolean {
  return a.protocol === b.protocol && a.transaction === b.transaction;
}

/** `entry` with the files of `other` in front of its own. */
function withFiles(entry: Entry, other: Entry): Entry {
  return { ...entry, files: [...(other.files ?? []), ...(entry.files ?? [])] };
}

/**
 * What a request says of itself goes into the record of its response, which remembers less of it. The response's own
 * object is kept: its parser still counts the body in it.
 */
function addRequest(response: Eve, request: Eve): void {
  const { http } = response;
  if (!isObject(http) || !isObject(request.http)) return;
  for (const [key, value] of Object.entries(request.http)) {
    if (!RESPONSE_KEYS.has(key)) http[key] = value;
  }
}

/** What `later` says over what `earlier` said; objects of the same name are merged down to the members of the protocol's. */
function merge(earlier: Entry | undefined, later: Entry): Entry {
  if (earlier === undefined) return later;
  return { ...later, metadata: mergeObjects(earlier.metadata, later.metadata, 2) };
}

function mergeObjects(earlier: Eve, later: Eve, depth: number): Eve {
  const merged: Record<string, unknown> = { ...earlier };
  // Said before the certificate was seen; it is said again where it still holds.
  delete merged.session_resumed;
  for (const [key, value] of Object.entries(later)) {
    const before = merged[key];
    merged[key] =
      depth > 0 && isObject(before) && isObject(value) ? mergeObjects(before, value, depth - 1) : value;
  }
  return merged;
}

/** TLS: the server's certificate, or its hello where that is encrypted. SSH: both key exchanges. */
function isHandshakeKnown(message: MessageView, metadata: Eve): boolean {
  const { tls, ssh } = metadata;
  if (message.protocol === Protocol.TLS && message.direction === TO_CLIENT && isObject(tls)) {
    return tls.subject !== undefined || tls.version === "TLS 1.3";
  }
  if (message.protocol !== Protocol.SSH || !isObject(ssh)) return false;
  return isObject(ssh.client) && isObject(ssh.server) && "hassh" in ssh.client && "hassh" in ssh.server;
}
