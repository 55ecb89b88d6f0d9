/**
 * Units of RFB (RFC 6143, 7.1 to 7.3): what is said until the session begins. As Suricata 7 follows it: other ways to log on than a
 * password, and none in version 3.8, end it behind the choice.
 */
import { readUint32 } from "../../wire/big-endian.js";
import { type DirectionId, TO_SERVER } from "../protocols.js";
import { FrameKind } from "./frame-kinds.js";
import { type FrameSplitter, NOT_FRAMED, NOT_KNOWN, type RfbNotes } from "./frame-splitter.js";

const VERSION_BYTES = 12;
/** Where the last digit of a version stands. */
const MINOR = 10;
const RESULT_BYTES = 4;
const SECRET_BYTES = 16;
/** Size of the screen, pixel format, length of the name. */
const SERVER_INIT_BYTES = 24;
const NO_SECURITY = 1;
const PASSWORD = 2;
const VERSION_3_3 = 3;
const VERSION_3_8 = 8;

const Step = { VERSION: 0, SECURITY: 1, SECRET: 2, RESULT: 3, INIT: 4, OVER: 5 } as const;

export const rfbFrames: FrameSplitter = {
  tellsCut: false,

  measure(bytes, offset, end, direction, { rfb }) {
    const step = rfb.steps[direction]!;
    if (step === Step.VERSION) return VERSION_BYTES;
    if (step === Step.OVER) return NOT_FRAMED;
    if (step === Step.SECURITY) {
      if (direction === TO_SERVER) return 1;
      // The client's version decides which list the server sends.
      if (rfb.version === 0) return NOT_KNOWN;
      return rfb.version === VERSION_3_3 ? RESULT_BYTES : 1 + bytes[offset]!;
    }
    if (rfb.security === 0) return NOT_KNOWN;
    if (step === Step.SECRET) return SECRET_BYTES;
    if (step === Step.RESULT) return RESULT_BYTES;
    if (direction === TO_SERVER) return 1;
    return end - offset < SERVER_INIT_BYTES
      ? NOT_KNOWN
      : SERVER_INIT_BYTES + readUint32(bytes, offset + SERVER_INIT_BYTES - 4);
  },

  tell(bytes, offset, end, direction, { rfb }, tell) {
    advance(rfb, bytes, offset, end, direction);
    tell(FrameKind.RFB_PDU, bytes, offset, end - offset);
  },
};

function advance(
  rfb: RfbNotes,
  bytes: Uint8Array,
  offset: number,
  end: number,
  direction: DirectionId,
): void {
  const { steps } = rfb;
  switch (steps[direction]) {
    case Step.VERSION:
      steps[direction] = Step.SECURITY;
      if (direction !== TO_SERVER) return;
      rfb.version = bytes[offset + MINOR]! - 0x30;
      if (rfb.version === VERSION_3_3) steps[TO_SERVER] = Step.SECRET;
      return;
    case Step.SECURITY:
      steps[direction] = Step.SECRET;
      if (direction === TO_SERVER) choose(rfb, bytes[offset]!);
      else if (rfb.version === VERSION_3_3) choose(rfb, bytes[end - 1]!);
      else if (end - offset === 1) steps[direction] = Step.OVER;
      return;
    case Step.SECRET:
      steps[direction] = direction === TO_SERVER ? Step.INIT : Step.RESULT;
      return;
    case Step.RESULT:
      steps[direction] = readUint32(bytes, offset) === 0 ? Step.INIT : Step.OVER;
      return;
    default:
      steps[direction] = Step.OVER;
  }
}

function choose(rfb: RfbNotes, security: number): void {
  rfb.security = security;
  if (security === PASSWORD) return;
  const goesOn = security === NO_SECURITY && rfb.version < VERSION_3_8;
  rfb.steps.fill(goesOn ? Step.INIT : Step.OVER);
}
