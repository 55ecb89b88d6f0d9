import { expect, test } from "vitest";
import { NumberField } from "../../../../../agent/sensor/proto/fields.js";
import { MessageView } from "../../../../../agent/sensor/proto/message-view.js";
import { Parsed, ParserInput } from "../../../../../agent/sensor/proto/parser.js";
import { type DirectionId, TO_CLIENT, TO_SERVER } from "../../../../../agent/sensor/proto/protocols.js";
import { TlsParser } from "../../../../../agent/sensor/proto/tls/tls-parser.js";
import { handshake, record } from "../../../../support/tls-records.js";
import { CLIENT_HELLO_TLS12, SERVER_FLIGHT_TLS12 } from "./golden.js";

const { TLS_STEP } = NumberField;
const [HELLO, SERVER_KEYS, CLIENT_KEYS, ENCRYPTED] = [1, 8, 4, 0];

/** The steps that rules are told for each packet, with the direction they are told of. */
function steps(tellsSteps: boolean, packets: readonly (readonly [DirectionId, Uint8Array])[]): unknown {
  const parser = new TlsParser();
  const state = parser.createState();
  const input = new ParserInput();
  const message = new MessageView();
  input.tellsSteps = tellsSteps;
  return packets.map(([direction, bytes], index) => {
    Object.assign(input, { direction, bytes, offset: 0, end: bytes.length, skipBytes: 0, timeUs: index });
    const told: (readonly [DirectionId, number])[] = [];
    while (parser.parse(state, input, message) === Parsed.MESSAGE)
      if (message.isStepAlone) told.push([message.direction, message.number(TLS_STEP)]);
    return told;
  });
}

const KEYS = record(22, handshake(16, new Uint8Array(4)), 0x0303);
const PACKETS = [
  [TO_SERVER, CLIENT_HELLO_TLS12],
  [TO_CLIENT, SERVER_FLIGHT_TLS12],
  [TO_SERVER, KEYS],
  [TO_SERVER, record(23, new Uint8Array(8), 0x0303)],
] as const;

test("a step is told of the direction in which it is acknowledged", () => {
  expect(steps(true, PACKETS)).toEqual([
    [[TO_CLIENT, HELLO]],
    [[TO_SERVER, SERVER_KEYS]],
    [[TO_CLIENT, CLIENT_KEYS]],
    [
      [TO_SERVER, CLIENT_KEYS],
      [TO_CLIENT, ENCRYPTED],
    ],
  ]);
});

test("a side that says more before the other answers is told where it stands itself", () => {
  const flight = SERVER_FLIGHT_TLS12;
  const first = 5 + ((flight[3]! << 8) | flight[4]!);
  const packets = [
    [TO_SERVER, CLIENT_HELLO_TLS12],
    [TO_CLIENT, flight.subarray(0, first)],
    [TO_CLIENT, flight.subarray(first)],
  ] as const;
  expect(steps(true, packets)).toEqual([
    [[TO_CLIENT, HELLO]],
    [[TO_SERVER, 2]],
    [
      [TO_CLIENT, 2],
      [TO_SERVER, SERVER_KEYS],
    ],
  ]);
});

test("where no rule asks nothing is told", () => {
  expect(steps(false, PACKETS)).toEqual([[], [], [], []]);
});
