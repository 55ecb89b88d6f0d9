/** Owns the header list that stands for a request of HTTP/1.1: of what its flow remembers, in the form that Suricata gives it. */
import { Fact, type FactId, type RequestFacts } from "../http/request-facts.js";
import { asciiOctets } from "../octets.js";
import { HeaderList } from "./header-list.js";

/** Header names keep the spelling of HTTP/1.1, so that rules on single headers do not see them. */
const NAMES: readonly (readonly [FactId, Uint8Array])[] = [
  [Fact.METHOD, asciiOctets(":method")],
  [Fact.URI, asciiOctets(":path")],
  [Fact.HOST, asciiOctets(":authority")],
  [Fact.USER_AGENT, asciiOctets("User-Agent")],
  [Fact.REFERER, asciiOctets("Referer")],
];
/** Longer than all facts and names together. */
const CAP_BYTES = 2048;

/** The request whose response was begun last, undefined where it is not known. */
export function upgradedRequest(facts: RequestFacts): HeaderList | undefined {
  const request = facts.responses - 1;
  if (!facts.hasText(request, Fact.METHOD)) return undefined;
  const list = new HeaderList(CAP_BYTES, NAMES.length);
  for (const [fact, name] of NAMES) {
    if (!facts.hasText(request, fact)) continue;
    const start = list.length;
    const middle = start + name.length;
    const from = facts.textStart(request, fact);
    const to = facts.textEnd(request, fact);
    if (fact === Fact.HOST && facts.port(request) > 0) {
      const port = asciiOctets(`:${facts.port(request)}`);
      write(list, start, middle, name, facts.bytes, from, to);
      list.bytes.set(port, middle + to - from);
      list.add(start, middle, middle + to - from + port.length);
    } else {
      write(list, start, middle, name, facts.bytes, from, to);
      list.add(start, middle, middle + to - from);
    }
  }
  return list;
}

function write(
  list: HeaderList,
  start: number,
  middle: number,
  name: Uint8Array,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  list.bytes.set(name, start);
  for (let i = from; i < to; i++) list.bytes[middle + i - from] = bytes[i]!;
}
