import { type DirectionId, TO_SERVER } from "../proto/protocols.js";
import { NO_SMALL_INTEGER } from "../wire/packet-view.js";

/** Who sent what is being judged, to whom, and what is known of its flow. Reused for every packet and message. */
export class Endpoints {
  ipVersion = 0;
  ipProtocol = 0;
  readonly source = new Uint32Array(4);
  readonly destination = new Uint32Array(4);
  sourcePort = 0;
  destinationPort = 0;
  /** Protocols without ports match rules without ports only. */
  hasPorts = false;
  /** The packet was put together from fragments. */
  isReassembled = false;
  /** Flow number, −1 where the packet belongs to none. */
  flow = -1;
  /** Changes when the flow's slot is used again. */
  flowGeneration = 0;
  /** When the flow began, microseconds since the Unix epoch. */
  flowStartUs = NO_SMALL_INTEGER;
  direction: DirectionId = TO_SERVER;
  isEstablished = false;
  /** The payload is encrypted, of which both sides have told: rules do not look at it. */
  isPayloadHidden = false;
  /** Application protocol of the flow, UNKNOWN (0) before it is recognised. */
  applicationProtocol = 0;
  /** What the direction at hand shows by itself, and what of that is strange (RecognitionEvent bits). */
  directionProtocol = 0;
  recognitionEvents = 0;
  /** That is known since the packet before of the direction. */
  isProtocolNews = false;
  /** A TCP connection of which the stream is followed, and the bytes of each side so far. */
  hasStream = false;
  clientStreamSize = 0;
  serverStreamSize = 0;
  /** What the TCP engine found strange about the packet (StreamEvent numbers), and how many of them are valid. */
  streamEvents: ArrayLike<number> = [];
  streamEventCount = 0;
  /** Packet time, microseconds since the Unix epoch. */
  timeUs = NO_SMALL_INTEGER;

  hasStreamEvent(event: number): boolean {
    for (let i = 0; i < this.streamEventCount; i++) {
      if (this.streamEvents[i] === event) return true;
    }
    return false;
  }
}
