/**
 * Who sends and receives most: the flow table is read when somebody asks, so packets pay nothing for it. Told is what came since the
 * last question, of flows that are still in the table (closed ones stay for a while).
 *
 * Memory: 16 bytes a flow slot from the first question on, MAX_ADDRESSES addresses while one is answered.
 */
import { formatAddress } from "../base/address.js";
import type { FlowTable } from "./flow/flow-table.js";

const MAX_ADDRESSES = 4_096;
const MAX_TOLD = 256;

export interface Talker {
  readonly address: string;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packets: number;
}

type Growing = { -readonly [Key in keyof Talker]: Talker[Key] };

export class TalkerLook {
  readonly #table: FlowTable;
  /** Figures of the last question: bytes to server, bytes to client, packets, and the flow they are of. */
  readonly #bytes: Float64Array;
  readonly #packets: Uint32Array;
  readonly #generations: Uint32Array;

  constructor(table: FlowTable) {
    this.#table = table;
    this.#bytes = new Float64Array(table.maxFlows * 2);
    this.#packets = new Uint32Array(table.maxFlows);
    this.#generations = new Uint32Array(table.maxFlows);
  }

  /** Since the last question, most first. */
  look(): readonly Talker[] {
    const table = this.#table;
    const talkers = new Map<string, Growing>();
    for (let flow = 0; flow < table.takenSlots; flow++) {
      const version = table.ipVersion(flow);
      if (version === 0) continue;
      const generation = table.generation(flow);
      const isKnown = this.#generations[flow] === generation;
      const toServer = table.bytes(flow, 0);
      const toClient = table.bytes(flow, 1);
      const packets = table.packets(flow, 0) + table.packets(flow, 1);
      const newToServer = toServer - (isKnown ? this.#bytes[flow * 2]! : 0);
      const newToClient = toClient - (isKnown ? this.#bytes[flow * 2 + 1]! : 0);
      const newPackets = packets - (isKnown ? this.#packets[flow]! : 0);
      this.#generations[flow] = generation;
      this.#bytes[flow * 2] = toServer;
      this.#bytes[flow * 2 + 1] = toClient;
      this.#packets[flow] = packets;
      if (newPackets <= 0) continue;
      const at = table.addressOffset(flow);
      const client = formatAddress(version, table.clientAddress, at);
      const server = formatAddress(version, table.serverAddress, at);
      add(talkers, client, newToServer, newToClient, newPackets);
      add(talkers, server, newToClient, newToServer, newPackets);
    }
    const volume = ({ bytesSent, bytesReceived }: Talker): number => bytesSent + bytesReceived;
    return [...talkers.values()].sort((a, b) => volume(b) - volume(a)).slice(0, MAX_TOLD);
  }
}

function add(
  talkers: Map<string, Growing>,
  address: string,
  bytesSent: number,
  bytesReceived: number,
  packets: number,
): void {
  const talker = talkers.get(address);
  if (talker !== undefined) {
    talker.bytesSent += bytesSent;
    talker.bytesReceived += bytesReceived;
    talker.packets += packets;
  } else if (talkers.size < MAX_ADDRESSES) {
    talkers.set(address, { address, bytesSent, bytesReceived, packets });
  }
}
