/**
 * Capture files: pcap and pcapng, read in strides of bounded size, so that one of any length can be replayed.
 *
 * What is readable is used: a file that breaks off or turns into something else in the middle gives its frames up to
 * there, and the rest is reported. What cannot be read at all is an AgentError.
 * Memory bound: one RecordWindow.
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { AgentError, type ErrorCode, reasonOf } from "../../base/errors.js";
import type { MessageParams } from "../../base/language.js";
import type { FrameSink } from "./packet-source.js";
import type { RecordDecoder } from "./record-decoder.js";
import { RecordWindow, WINDOW_BYTES, WINDOW_FRAME, WINDOW_HUNGRY } from "./record-window.js";

/** Read at once: little enough that the frames are still in the processor's cache when they are looked at. */
const READ_BYTES = 128 * 1024;

/** Why the end of a capture file could not be used. `code` and `params` make a sentence of the catalogue. */
export interface CaptureProblem {
  readonly code: Extract<ErrorCode, "error.capture.file_truncated" | "error.capture.file_damaged">;
  readonly params: MessageParams;
  /** Where in the file the first record stands that could not be used. */
  readonly offset: number;
  /** English, for a log line. */
  readonly reason: string;
}

export interface CaptureFileResult {
  readonly frames: number;
  /** Captured bytes of all frames. */
  readonly frameBytes: number;
  /** Frames of which less than the whole had been captured. */
  readonly truncatedFrames: number;
  /** Absent where the whole file was used. */
  readonly problem?: CaptureProblem;
}

/**
 * Hand every frame of a capture file to `sink`, as fast as it takes them.
 *
 * @throws AgentError when the file is missing, unreadable or not a capture; and what `sink.frame` throws.
 */
export function readCaptureFile(path: string, sink: FrameSink): CaptureFileResult {
  const file = new CaptureFile(path);
  try {
    while (file.next()) file.deliver(sink);
    return file.result();
  } finally {
    file.close();
  }
}

/** An open capture file, read frame by frame. */
export class CaptureFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #window = new RecordWindow();
  #frames = 0;
  #frameBytes = 0;
  #truncatedFrames = 0;
  #problem: CaptureProblem | undefined;

  /** @throws AgentError when the file is missing, unreadable or a directory. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openForReading(path);
  }

  /** Time of the frame `next` went to, microseconds since the Unix epoch. */
  get timeUs(): number {
    return this.#window.record.timeUs;
  }

  /**
   * Go to the next frame; false at the end, or where nothing more can be read.
   *
   * @throws AgentError when the file is not a capture or the disk fails.
   */
  next(): boolean {
    const window = this.#window;
    for (;;) {
      const state = window.next();
      if (state === WINDOW_FRAME) return true;
      if (state !== WINDOW_HUNGRY) return this.#endAt("error.capture.file_damaged", window.problem);
      if (this.#fill()) continue;
      return window.hasRemainder || window.position === 0
        ? this.#endAt("error.capture.file_truncated", "it breaks off in the middle of a record")
        : false;
    }
  }

  /** Hand over the frame `next` went to. */
  deliver(sink: FrameSink): void {
    const record: RecordDecoder = this.#window.record;
    this.#frames++;
    this.#frameBytes += record.capturedLength;
    if (record.capturedLength < record.wireLength) this.#truncatedFrames++;
    sink.frame(
      this.#window.bytes,
      record.frameOffset,
      record.capturedLength,
      record.wireLength,
      record.linkType,
      record.timeUs,
    );
  }

  /** What was delivered so far. */
  result(): CaptureFileResult {
    const counts = {
      frames: this.#frames,
      frameBytes: this.#frameBytes,
      truncatedFrames: this.#truncatedFrames,
    };
    return this.#problem === undefined ? counts : { ...counts, problem: this.#problem };
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #fill(): boolean {
    const offset = this.#window.writeOffset();
    const byteLimit = Math.min(WINDOW_BYTES - offset, READ_BYTES);
    let byteCount: number;
    try {
      byteCount = readSync(this.#descriptor, this.#window.bytes, offset, byteLimit, null);
    } catch (error) {
      throw unreadable(this.#path, error);
    }
    this.#window.wrote(byteCount);
    return byteCount > 0;
  }

  /** A file whose very header cannot be read is no capture; one that fails later has something to give. */
  #endAt(code: CaptureProblem["code"], reason: string): false {
    const offset = this.#window.position;
    const path = this.#path;
    if (offset === 0) {
      const why = this.#window.hasRemainder ? reason : "it is empty";
      throw new AgentError("error.capture.file_unknown", { path, reason: why });
    }
    this.#problem = { code, params: { path, offset, reason, frames: this.#frames }, offset, reason };
    return false;
  }
}

function openForReading(path: string): number {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
  if (fstatSync(descriptor).isDirectory()) {
    closeSync(descriptor);
    throw new AgentError("error.capture.file_directory", { path });
  }
  return descriptor;
}

function unreadable(path: string, error: unknown): AgentError {
  const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
  if (isMissing) return new AgentError("error.capture.file_missing", { path }, { cause: error });
  return new AgentError("error.capture.file_unreadable", { path, reason: reasonOf(error) }, { cause: error });
}
