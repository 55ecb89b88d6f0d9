import { expect, test } from "vitest";
import { PARSED_PROTOCOLS } from "../../../agent/sensor/proto/protocols.js";
import { registeredParsers } from "../../../agent/sensor/registered-parsers.js";

test.each([true, false])(
  "every protocol that rules may be about has a parser, and no other (reads more: %s)",
  (readsMore) => {
    const parsed = new Set(registeredParsers(readsMore).map(({ parser }) => parser.protocol));
    expect(parsed).toEqual(PARSED_PROTOCOLS);
  },
);
