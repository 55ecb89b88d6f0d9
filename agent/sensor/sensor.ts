import type { RuleImage } from "../signature/image.js";
import type { FrameSink } from "./capture/packet-source.js";
import { DetectionTeller } from "./detection-teller.js";
import { fillFromFlow, fillFromPacket, fillFromStream, fillFromTracker } from "./endpoint-filler.js";
import { turnAround, turnTo } from "./endpoint-turning.js";
import { FlowTracker } from "./flow/flow-tracker.js";
import { RAW } from "./flow/stream-heads.js";
import { endsUnheard, isAskedAtEnd } from "./flow-ends.js";
import { fillForAlwaysToServer, hasFlowForRules } from "./flow-protocols.js";
import { HiddenPayload } from "./hidden-payload.js";
import type { IndicatorMatcher } from "./match/indicator-matcher.js";
import type { Matcher } from "./match/matcher.js";
import { askFor, wantedFields } from "./match/wanted-fields.js";
import { showDatagram } from "./message-payload.js";
import { Observer } from "./observer.js";
import { PacketAssembler } from "./packet-assembler.js";
import { AppLayer } from "./proto/app-layer.js";
import { FrameReader } from "./proto/frames/frame-reader.js";
import { type DirectionId, Protocol, TO_CLIENT, TO_SERVER } from "./proto/protocols.js";
import { ProtocolFindings } from "./protocol-findings.js";
import { QuietSegments } from "./quiet-segments.js";
import { SeenDirections } from "./seen-directions.js";
import { sensorCounters } from "./sensor-counters.js";
import type { SensorOptions } from "./sensor-options.js";
import { makeIndicators, makeMatcher, type ShadowRun } from "./shadow.js";
import { StreamFeeder } from "./stream-feeder.js";
import { StreamInspection } from "./stream-inspection.js";
import { type Talker, TalkerLook } from "./talker-look.js";
import { TrafficRecorder } from "./traffic-recorder.js";
import { inspectFrame, inspectWithEvents } from "./transaction-events.js";
import { IP_PROTOCOL_TCP, IP_PROTOCOL_UDP, type PacketView } from "./wire/packet-view.js";

/** Flows whose time-out is looked at per packet: more than one, so that ended flows leave faster than new ones come. */
const EXPIRE_PER_PACKET = 2;

/**
 * The run-to-completion loop: one frame in, all that it completes judged, nothing kept but flow state.
 *
 * Order per packet, as in Suricata: flow and stream are updated and the protocol recognised; packet rules; stream rules;
 * then messages, each with its rules.
 */
export class Sensor implements FrameSink {
  readonly #options: SensorOptions;
  readonly #assembler: PacketAssembler;
  readonly #tracker: FlowTracker;
  #appLayer: AppLayer;
  #findings: ProtocolFindings;
  readonly #frames = new FrameReader((flow) => this.#onFrame(flow));
  #feeder: StreamFeeder;
  readonly #observer: Observer;
  readonly #recorder: TrafficRecorder | undefined;
  readonly #inspection: StreamInspection;
  readonly #seenDirections: SeenDirections;
  readonly #hiddenPayload: HiddenPayload;
  readonly #quiet: QuietSegments;
  readonly #teller: DetectionTeller;
  #matcher: Matcher;
  #indicators: IndicatorMatcher;
  /** The packet at hand; undefined while a flow is ended by time-out or at the end of the input. */
  #packet: PacketView | undefined;
  #talkerLook: TalkerLook | undefined;
  #packetCount = 0;
  #byteCount = 0;

  constructor(options: SensorOptions) {
    this.#options = options;
    this.#assembler = new PacketAssembler(options.opensMoreTunnels ?? true, (packet, isReassembled) =>
      this.#process(packet, isReassembled),
    );
    this.#tracker = new FlowTracker(options.flowLimits, (flow) => this.#releaseFlow(flow));
    this.#inspection = new StreamInspection(this.#tracker, options.flowLimits);
    this.#seenDirections = new SeenDirections(this.#tracker.rows);
    this.#recorder =
      options.onTraffic && new TrafficRecorder(this.#tracker, options.interfaceName, options.onTraffic);
    this.#hiddenPayload = new HiddenPayload(this.#tracker.rows, this.#tracker.streams);
    this.#quiet = new QuietSegments(
      options.load,
      this.#hiddenPayload,
      this.#seenDirections,
      this.#inspection,
    );
    this.#teller = new DetectionTeller(options, this.#tracker.table, this.#recorder);
    this.#appLayer = this.#newAppLayer();
    this.#findings = new ProtocolFindings(options.flowLimits.maxFlows);
    this.#feeder = this.#newFeeder();
    this.#observer = new Observer(options.interfaceName, options.onObservation);
    this.#matcher = this.#newMatcher(options.image);
    this.#indicators = this.#newIndicators(options.image);
  }

  frame(
    bytes: Uint8Array,
    offset: number,
    capturedLength: number,
    wireLength: number,
    linkType: number,
    timeUs: number,
  ): void {
    this.#packetCount++;
    this.#byteCount += wireLength;
    this.#assembler.frame(bytes, offset, capturedLength, wireLength, linkType, timeUs);
    this.#packet = undefined;
    this.#tracker.expire(timeUs, EXPIRE_PER_PACKET);
    while (this.#appLayer.stateBytes > this.#options.flowLimits.parserMemoryBytes) {
      if (!this.#tracker.giveUpOne()) break;
    }
  }

  /** Judge what is still unfinished, as at the end of a capture. */
  finish(): void {
    this.#tracker.releaseAll();
  }

  /** Forget all state but the rules and the counts, so that another capture starts fresh. */
  reset(): void {
    const { wanted } = this.#appLayer.message;
    this.#appLayer = this.#newAppLayer();
    askFor(wanted, this.#appLayer, this.#frames);
    this.#findings = new ProtocolFindings(this.#options.flowLimits.maxFlows);
    this.#feeder = this.#newFeeder();
    this.#recorder?.clear();
    this.#tracker.reset();
    this.#matcher.clear();
    this.#indicators.clear();
    this.#assembler.reset();
  }

  /** Judge by other rules from the next packet on. Flows stay, and what rules have remembered as far as both rules name it. */
  swapRules(image: RuleImage, shadow?: ShadowRun): void {
    this.#matcher = this.#newMatcher(image, this.#matcher, shadow);
    this.#indicators = this.#newIndicators(image, shadow);
    if (!this.#matcher.isIdle) this.#inspection.resume();
  }

  get memory(): Matcher["memory"] {
    return this.#matcher.memory;
  }

  /** Who sent and received since the last question, most first; what it needs is made at the first one. */
  talkers(): readonly Talker[] {
    this.#talkerLook ??= new TalkerLook(this.#tracker.table);
    return this.#talkerLook.look();
  }

  /** All counters of the sensor by their dotted names. */
  counters(): Record<string, number> {
    return sensorCounters({
      packetCount: this.#packetCount,
      byteCount: this.#byteCount,
      teller: this.#teller,
      decoders: this.#assembler.decoders,
      defragmenter: this.#assembler.defragmenter,
      frames: this.#frames,
      tracker: this.#tracker,
      appLayer: this.#appLayer,
      feeder: this.#feeder,
      matcher: this.#matcher,
      observer: this.#observer,
    });
  }

  #newAppLayer(): AppLayer {
    const { makeParsers, flowLimits } = this.#options;
    const appLayer = new AppLayer(makeParsers(), flowLimits.maxFlows, (flow) => this.#onMessage(flow));
    this.#recorder?.listenTo(appLayer, () => this.#matcher.endpoints);
    return appLayer;
  }

  #newFeeder(): StreamFeeder {
    return new StreamFeeder(this.#tracker, this.#appLayer, this.#inspection, this.#findings, this.#frames);
  }

  #newMatcher(image: RuleImage, previous?: Matcher, shadow?: ShadowRun): Matcher {
    askFor(wantedFields(image, shadow?.image), this.#appLayer, this.#frames);
    return makeMatcher(
      image,
      this.#options.flowLimits.maxFlows,
      (rule: number) => this.#teller.onAlert(rule, this.#matcher, this.#appLayer),
      previous,
      shadow,
    );
  }

  #newIndicators(image: RuleImage, shadow?: ShadowRun): IndicatorMatcher {
    return makeIndicators(
      image,
      (hit) => this.#teller.onIndicator(hit, this.#matcher, this.#appLayer),
      shadow,
    );
  }

  #process(packet: PacketView, isReassembled: boolean): void {
    if (this.#observer.isHeard) this.#observer.onPacket(packet);
    if (this.#matcher.passesOver(packet)) return;
    this.#packet = packet;
    const tracker = this.#tracker;
    const flow = packet.ipVersion === 0 || packet.isFragment ? -1 : tracker.track(packet);
    if (flow >= 0 && tracker.isPredicted && this.#quiet.passesOver(packet, flow, tracker, this.#matcher))
      return;
    const { endpoints } = this.#matcher;
    // Only now: tracking may have ended another flow and judged its last messages.
    fillFromPacket(endpoints, packet, isReassembled);
    if (flow < 0 || !hasFlowForRules(packet, tracker.isIcmpError)) {
      this.#matcher.inspectPacket(packet, true, false);
    } else {
      fillFromTracker(endpoints, tracker, flow);
      if (tracker.table.packets(flow, 0) + tracker.table.packets(flow, 1) === 1)
        this.#indicators.inspectFlow(endpoints);
      if (packet.ipProtocol === IP_PROTOCOL_TCP) this.#processSegment(packet, flow, tracker.direction);
      else {
        fillForAlwaysToServer(endpoints, packet);
        this.#processDatagram(packet, flow);
      }
    }
    this.#teller.flush(this.#matcher);
  }

  #processSegment(packet: PacketView, flow: number, direction: DirectionId): void {
    const tracker = this.#tracker;
    const { endpoints } = this.#matcher;
    const { load } = this.#options;
    const protocol = this.#appLayer.protocols[flow]!;
    if (load?.hasBegun && this.#hiddenPayload.shed(load, flow, direction, protocol, packet))
      this.#feeder.stop(flow);
    endpoints.isPayloadHidden = this.#hiddenPayload.isHidden(flow);
    const isClosing = this.#hiddenPayload.isClosing(flow, direction);
    const isKnownBefore = protocol !== Protocol.UNKNOWN;
    // What the packet acknowledges shows the protocol before what it brings.
    const isOwnFirst = tracker.hasNewStreamData && !tracker.hasNewPeerData;
    const isKnown = isOwnFirst && this.#feeder.showAndRecognise(flow, direction, packet.timeUs);
    if (this.#matcher.isIdle) this.#inspection.passOver(flow, direction, isClosing);
    else this.#inspectSegment(packet, flow, direction, isClosing);
    // As in Suricata nothing but packets is judged before the connection stands: data on a SYN or with the last ACK waits for that.
    this.#matcher.endpoints.isEstablished = true;
    // What waited for the protocol to be recognised was said before what the packet brings; so was what it acknowledges.
    const isPeerFirst = tracker.hasNewPeerData || (isKnown && !isKnownBefore);
    if (isPeerFirst) {
      this.#processPeer(packet, flow);
      this.#feeder.showAndParse(flow, direction, packet.timeUs);
    } else if (isKnown) {
      this.#feeder.parse(flow, direction, packet.timeUs);
      // The other side may have waited for the protocol to be recognised, or have ended.
      this.#processPeer(packet, flow);
    } else if (this.#appLayer.isFinished(flow)) this.#feeder.stop(flow);
    this.#hiddenPayload.follow(flow, this.#appLayer.input);
    this.#inspection.settle(flow);
    tracker.streams.finishPacket();
  }

  /** Rules on packets and on the stream, with the packet at hand. */
  #inspectSegment(packet: PacketView, flow: number, direction: DirectionId, isClosing: boolean): void {
    const tracker = this.#tracker;
    this.#findings.fill(this.#matcher.endpoints, tracker, this.#appLayer, flow);
    fillFromStream(this.#matcher.endpoints, tracker, flow);
    if (isClosing && this.#appLayer.protocols[flow] === Protocol.SSH) this.#inspectClosingPeer(packet, flow);
    const isFirst = this.#seenDirections.isFirst(flow, direction);
    const isOpen = tracker.isEstablished && this.#inspection.open(flow, direction, isClosing);
    // As in Suricata only rules on streams make a difference between packets with which there is a window and others.
    this.#matcher.inspectPacket(
      packet,
      isFirst,
      tracker.isPacketInStream,
      isOpen && this.#matcher.hasStreamRules ? this.#inspection : undefined,
    );
    if (isOpen) while (this.#inspection.next()) this.#matcher.inspectStream(packet, this.#inspection);
    else this.#inspectBeforeHole(packet, flow, direction);
    if (isClosing) tracker.streams.stop(flow, direction, RAW);
  }

  /** As in Suricata both directions of SSH are looked at for the last time when it is encrypted, of TLS each with its next packet. */
  #inspectClosingPeer(packet: PacketView, flow: number): void {
    const { endpoints } = this.#matcher;
    const { isEstablished } = endpoints;
    turnAround(endpoints, true);
    const { direction } = endpoints;
    const isOpen = this.#inspection.open(flow, direction, this.#hiddenPayload.isClosing(flow, direction));
    if (isOpen) this.#matcher.inspectStream(packet, this.#inspection);
    this.#tracker.streams.stop(flow, direction, RAW);
    turnAround(endpoints, isEstablished);
  }

  #inspectBeforeHole(packet: PacketView, flow: number, direction: DirectionId): void {
    let isOpen = this.#inspection.openBeforeHole(flow, direction);
    for (; isOpen; isOpen = this.#inspection.next()) this.#matcher.inspectStream(packet, this.#inspection);
  }

  /** The direction that the packet at hand does not go. */
  #processPeer(packet: PacketView, flow: number): void {
    const { endpoints } = this.#matcher;
    const { isEstablished } = endpoints;
    turnAround(endpoints, true);
    if (this.#tracker.hasNewPeerData) this.#inspectBeforeHole(packet, flow, endpoints.direction);
    this.#feeder.showAndParse(flow, endpoints.direction, packet.timeUs);
    turnAround(endpoints, isEstablished);
  }

  #processDatagram(packet: PacketView, flow: number): void {
    const appLayer = this.#appLayer;
    const { load } = this.#options;
    const { endpoints } = this.#matcher;
    let isKnown = false;
    const seenPackets = this.#tracker.table.packets(flow, this.#tracker.direction);
    const isGivenUp =
      load?.hasBegun === true && load.shedsDatagram(appLayer.protocols[flow]!, seenPackets, packet);
    endpoints.isPayloadHidden = isGivenUp;
    if (!isGivenUp && packet.ipProtocol === IP_PROTOCOL_UDP) {
      // As in Suricata the first datagram of each direction shows what the flow speaks, or none does; an empty one shows nothing.
      const { direction } = endpoints;
      const before = appLayer.protocols[flow]!;
      const isOpen = this.#findings.isOpen(flow, direction);
      if (packet.payloadLength > 0 && !packet.hasTunnelledPacket) {
        showDatagram(appLayer.input, packet, direction);
        isKnown = (isOpen || before !== Protocol.UNKNOWN) && appLayer.recognise(flow, true);
        if (isOpen) this.#findings.lookAtDatagram(flow, direction, appLayer, before);
      } else if (isOpen) this.#findings.passDatagram(flow, direction);
    }
    this.#findings.fillForDatagram(endpoints, appLayer, flow);
    const isFirst = this.#seenDirections.isFirst(flow, endpoints.direction);
    this.#matcher.inspectPacket(packet, isFirst, false);
    if (isKnown && this.#frames.isWanted) this.#frames.readDatagram(flow, appLayer);
    if (isKnown) appLayer.parse(flow);
  }

  #onMessage(flow: number): void {
    const { message } = this.#appLayer;
    const { endpoints } = this.#matcher;
    endpoints.applicationProtocol = this.#appLayer.protocols[flow]!;
    if (this.#observer.isHeard)
      this.#observer.onMessage(message, flow, this.#packet, this.#appLayer, this.#tracker.table);
    if (!message.isStepAlone)
      this.#recorder?.onMessage(endpoints, message, this.#appLayer.describeRecord(flow));
    // An answer may be seen before its question: the message knows better than the flow which way it goes.
    const { direction } = endpoints;
    if (message.isHiddenFromRules) turnTo(endpoints, message.direction, message.protocol);
    else {
      if (this.#matcher.asksStreamFirst && endpoints.hasStream) this.#inspectBeforeMessage(flow);
      turnTo(endpoints, message.direction, message.protocol);
      inspectWithEvents(this.#matcher, this.#tracker, flow, message, this.#packet);
    }
    this.#indicators.inspectMessage(message, endpoints);
    turnTo(endpoints, direction, message.protocol);
  }

  /** A part of a protocol as it was sent: rules alone hear of it. */
  #onFrame(flow: number): void {
    inspectFrame(this.#matcher, this.#tracker, flow, this.#frames.message, this.#packet);
  }

  /** As in Suricata rules on the stream are judged before those on the messages in it, which may ask for marks of theirs. */
  #inspectBeforeMessage(flow: number): void {
    const { endpoints } = this.#matcher;
    const { isEstablished } = endpoints;
    if (!this.#matcher.hasCandidates(this.#appLayer.message)) return;
    if (this.#inspection.flush(flow, endpoints.direction, this.#feeder.inspectionPosition))
      this.#matcher.inspectStream(this.#packet, this.#inspection);
    turnAround(endpoints, true);
    if (this.#inspection.flush(flow, endpoints.direction, -1))
      this.#matcher.inspectStream(this.#packet, this.#inspection);
    turnAround(endpoints, isEstablished);
  }

  /** The flow ends: what its parsers still hold is judged as it is. */
  #releaseFlow(flow: number): void {
    const { table } = this.#tracker;
    const isHeard = this.#recorder !== undefined || this.#frames.isWanted;
    const isUnheard = !isHeard && endsUnheard(this.#tracker, flow, this.#matcher.isIdle);
    if (table.ipProtocol(flow) === IP_PROTOCOL_TCP && !isUnheard) {
      const packet = this.#packet;
      this.#packet = undefined;
      this.#judgeEnd(flow, TO_SERVER);
      this.#judgeEnd(flow, TO_CLIENT);
      this.#packet = packet;
    }
    this.#recorder?.onFlowEnd(flow, this.#appLayer, this.#feeder.gaps(flow));
    this.#appLayer.release(flow);
    this.#feeder.release(flow);
    this.#frames.forget(flow);
    this.#inspection.forget(flow);
    this.#findings.release(flow);
    this.#seenDirections.release(flow);
    this.#hiddenPayload.forget(flow);
    this.#appLayer.input.encryptedBy = -1;
  }

  #judgeEnd(flow: number, direction: DirectionId): void {
    const timeUs = this.#tracker.table.lastUs(flow);
    fillFromFlow(this.#matcher.endpoints, this.#tracker.table, flow, direction);
    const isKnown = this.#feeder.showAndRecognise(flow, direction, timeUs);
    this.#findings.fillAtEnd(this.#matcher.endpoints, this.#appLayer, flow);
    if (isAskedAtEnd(this.#tracker, flow, direction, this.#matcher.hasStreamRules))
      this.#matcher.inspectEnd();
    const isOpen = this.#inspection.openRest(flow, direction);
    if (isOpen) this.#matcher.inspectStream(undefined, this.#inspection);
    // Conditions on the payload beside those on a message look at what is left as well.
    if (isKnown) this.#feeder.parse(flow, direction, timeUs);
    if (isOpen) while (this.#inspection.next()) this.#matcher.inspectStream(undefined, this.#inspection);
    if (direction === TO_CLIENT) this.#feeder.finish(flow);
    this.#teller.flush(this.#matcher);
  }
}
