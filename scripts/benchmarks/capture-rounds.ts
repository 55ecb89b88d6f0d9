/**
 * One capture again and again, each round later than the one before, as if the line had gone on: what a packet costs once
 * everything is warm needs more packets than a capture of bearable size holds.
 */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { readCaptureFile } from "#agent/sensor/capture/capture-file.js";
import type { FrameSink } from "#agent/sensor/capture/packet-source.js";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const CHUNK_BYTES = 4 * 1024 * 1024;
/** Between the last packet of a round and the first of the next. */
const PAUSE_SECONDS = 1;

/**
 * Give every frame of the capture to the sink, `rounds` times.
 *
 * @param onRound called after each round with its number, from 1
 */
export function playRounds(
  path: string,
  rounds: number,
  sink: FrameSink,
  onRound: (round: number) => void,
): void {
  const roundUs = roundSeconds(path) * 1e6;
  for (let round = 0; round < rounds; round++) {
    const laterUs = round * roundUs;
    readCaptureFile(path, {
      frame(bytes, offset, capturedLength, wireLength, linkType, timeUs) {
        sink.frame(bytes, offset, capturedLength, wireLength, linkType, timeUs + laterUs);
      },
    });
    onRound(round + 1);
  }
}

/** The same as a file: a copy of a little-endian pcap of this folder's writer, as it would be in that round (from 0). */
export function writeRound(path: string, round: number, target: string): void {
  const laterSeconds = round * roundSeconds(path);
  const descriptor = openSync(target, "w");
  try {
    forEachChunk(path, (chunk, records) => {
      for (const at of records) chunk.writeUInt32LE(chunk.readUInt32LE(at) + laterSeconds, at);
      writeSync(descriptor, chunk);
    });
  } finally {
    closeSync(descriptor);
  }
}

/** Whole seconds from the beginning of a round to that of the next. */
function roundSeconds(path: string): number {
  let first = -1;
  let last = 0;
  forEachChunk(path, (chunk, records) => {
    if (records.length === 0) return;
    if (first < 0) first = chunk.readUInt32LE(records[0]!);
    last = chunk.readUInt32LE(records.at(-1)!);
  });
  return last - first + PAUSE_SECONDS;
}

/** The file in pieces that end where a record ends, with the offsets of the records in each. */
function forEachChunk(path: string, take: (chunk: Buffer, records: number[]) => void): void {
  const descriptor = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    let position = 0;
    for (;;) {
      const length = readSync(descriptor, buffer, 0, CHUNK_BYTES, position);
      const records: number[] = [];
      let at = position === 0 ? FILE_HEADER_BYTES : 0;
      while (at + RECORD_HEADER_BYTES <= length) {
        const end = at + RECORD_HEADER_BYTES + buffer.readUInt32LE(at + 8);
        if (end > length) break;
        records.push(at);
        at = end;
      }
      if (records.length === 0) return;
      take(buffer.subarray(0, at), records);
      position += at;
    }
  } finally {
    closeSync(descriptor);
  }
}
