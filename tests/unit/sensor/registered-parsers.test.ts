import { expect, test } from "vitest";
import { ParserInput } from "../../../agent/sensor/proto/parser.js";
import { ProbeOrder } from "../../../agent/sensor/proto/probe-order.js";
import { PARSED_PROTOCOLS, Protocol } from "../../../agent/sensor/proto/protocols.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";

test.each([true, false])(
  "every protocol that rules may be about has a parser, and no other (reads more: %s)",
  (readsMore) => {
    const parsed = new Set(registeredParsers(readsMore).map(({ parser }) => parser.protocol));
    expect(parsed).toEqual(PARSED_PROTOCOLS);
  },
);

test("where no more is read than Suricata reads, protocols without a mark of their own stand on their ports alone", () => {
  const query = Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1]);
  const found = (readsMore: boolean, port: number) => {
    const datagrams = registeredParsers(readsMore).filter(({ transport }) => transport !== "tcp");
    const input = Object.assign(new ParserInput(), {
      bytes: query,
      end: query.length,
      sourcePort: 40_000,
      destinationPort: port,
    });
    return new ProbeOrder(datagrams, false).find(input, false)?.protocol;
  };
  expect(found(false, 53)).toBe(Protocol.DNS);
  expect(found(false, 5300)).toBeUndefined();
  expect(found(true, 5300)).toBe(Protocol.DNS);
});
