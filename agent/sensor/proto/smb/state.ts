/**
 * What a flow remembers of SMB: shares, open files and pipes, requests that await their response, who logged on.
 *
 * Bound: 5 KiB with one file, MAX_TREES trees and MAX_REQUESTS requests; MAX_FILES files of up to 2 KiB each, as
 * long as the budget of all flows has room. Rows are made when needed and used again for newer ones when there are
 * too many. Contents of files stand in the file pool.
 */

import { AppLayerEvent } from "../app-layer-events.js";
import { DcerpcAssociation } from "../dcerpc/association.js";
import { type FilePool, OpenFile } from "../file-pool.js";
import type { MessageView } from "../message-view.js";
import type { SharedBudget } from "../shared-budget.js";
import { TextBuffer } from "../text-buffer.js";
import { NtlmsspNames } from "./ntlmssp.js";
import type { TransactionRecords } from "./transaction-records.js";

/** The first number of the events of SMB. */
const FIRST_SMB_EVENT = AppLayerEvent.SMB_INTERNAL_PARSER_ERROR;
const MAX_TREES = 8;
const MAX_FILES = 16;
const MAX_REQUESTS = 32;
const MAX_PATH_OCTETS = 256;

export class SmbTree {
  id = -1;
  /** The request that asked for it, until it is answered. */
  requestId = -1;
  isPipe = false;
  readonly path = new TextBuffer(MAX_PATH_OCTETS, false);
}

/** A file or pipe. Its number is made of the octets of its identifier (16 in SMB 2, 2 in SMB 1). */
export class SmbFile {
  readonly id: number[] = [0, 0, 0, 0];
  isOpen = false;
  requestId = -1;
  treeId = -1;
  readonly name = new TextBuffer(MAX_PATH_OCTETS, false);
  /** What was written and read, by direction, as far as it is wanted. */
  readonly contents: readonly [OpenFile, OpenFile];
  /** Octets of each that came in order so far. */
  readonly lengths: [number, number] = [0, 0];
  /** No more of it is wanted. */
  readonly isInspected: [number, number] = [0, 0];
  /** Some of it was missing, by direction. */
  readonly hasHole: [number, number] = [0, 0];
  /** It was told that some of it came twice. */
  hasOverlap = false;
  association: DcerpcAssociation | undefined;

  constructor(pool: FilePool) {
    this.contents = [new OpenFile(pool), new OpenFile(pool)];
  }

  begin(): void {
    this.isOpen = false;
    this.id.fill(0);
    this.name.clear();
    this.contents[0].close();
    this.contents[1].close();
    this.lengths.fill(0);
    this.isInspected.fill(0);
    this.hasHole.fill(0);
    this.hasOverlap = false;
    this.association?.close();
    this.association = undefined;
  }

  pipe(pool: FilePool): DcerpcAssociation {
    this.association ??= new DcerpcAssociation(pool);
    return this.association;
  }
}

export class SmbRequest {
  id = -1;
  command = 0;
  file: SmbFile | undefined;
  /** Where a read begins in its file. */
  fileOffset = 0;
}

/** Where one direction stands in its frames. */
export class SmbSide {
  /** Octets left of the frame behind the record at hand. */
  frameLeft = 0;
  /** Octets left of the data of a write or read, and of the record behind it. */
  dataLeft = 0;
  recordLeft = 0;
  /** Whose data it is; undefined: nobody wants it. */
  file: SmbFile | undefined;
  isPipeData = false;
  /** Behind a hole: the next frame is looked for. */
  isLost = false;
}

export class SmbState {
  readonly pool: FilePool;
  readonly sides: readonly [SmbSide, SmbSide] = [new SmbSide(), new SmbSide()];
  readonly names = new NtlmsspNames();
  isKerberos = false;
  isBroken = false;
  transaction = 0;
  /** 0: not known; 1: NT LM 0.12; others: the number of the SMB 2 or 3 dialect. */
  dialect = 0;

  /** Oddities of what was read, not yet told: bit n is the n-th event of SMB. */
  oddities = 0;
  /** Versions whose negotiation waits for an answer, as bits. */
  negotiating = 0;
  /** The same of those that were answered, until the server speaks again. */
  lastNegotiated = 0;
  /** What the server lets read and write at once; 0: not known. */
  maxReadBytes = 0;
  maxWriteBytes = 0;

  /** Of a record of SMB 1 whose commands are not all read: where the next stands, 0 for none; which; how many were read. */
  link = 0;
  linkCommand = 0;
  linkCount = 0;

  // The record at hand, for EVE.
  version = 2;
  command = 0;
  status = 0;
  /** Class of the error in `status` where it is one of old clients; −1 where it is an NTSTATUS. */
  dosErrorClass = -1;
  isResponse = false;
  sessionId = 0;
  treeId = 0;
  requestId = 0;
  tree: SmbTree | undefined;
  file: SmbFile | undefined;

  /** Requests with their answers; only where records are wanted. */
  records: TransactionRecords | undefined;

  readonly #trees: SmbTree[] = [];
  readonly #files: SmbFile[] = [];
  readonly #requests: SmbRequest[] = [];
  #nextTree = 0;
  #nextFile = 0;
  #nextRequest = 0;

  readonly #fileBudget: SharedBudget;

  constructor(pool: FilePool, fileBudget: SharedBudget) {
    this.pool = pool;
    this.#fileBudget = fileBudget;
  }

  /** The flow is over. */
  release(): void {
    for (const file of this.#files) file.begin();
    if (this.#files.length > 1) this.#fileBudget.giveBack(this.#files.length - 1);
    this.#files.length = 0;
  }

  addOddity(event: number): void {
    this.oddities |= 1 << (event - FIRST_SMB_EVENT);
  }

  /** A negotiation begins; the one before it must have been answered, and as in Suricata the server must have gone on. */
  beginNegotiation(version: number): void {
    if (((this.negotiating | this.lastNegotiated) & (1 << version)) !== 0)
      this.addOddity(AppLayerEvent.SMB_DUPLICATE_NEGOTIATE);
    this.negotiating |= 1 << version;
  }

  /** Answered: a request of SMB 1 may have an answer of SMB 2. */
  endNegotiation(version: number): void {
    this.lastNegotiated = this.negotiating;
    this.negotiating &= version === 1 ? ~(1 << 1) : 0;
  }

  /** Tell the oddities in `message`. */
  moveOddities(message: MessageView): void {
    for (let bit = 0; this.oddities !== 0; bit++) {
      if ((this.oddities & (1 << bit)) === 0) continue;
      message.addEvent(FIRST_SMB_EVENT + bit);
      this.oddities &= ~(1 << bit);
    }
  }

  /** A tree that request `requestId` asks for. */
  newTree(requestId: number): SmbTree {
    if (this.#trees.length < MAX_TREES) this.#trees.push(new SmbTree());
    const tree = this.#trees[this.#nextTree]!;
    this.#nextTree = (this.#nextTree + 1) % MAX_TREES;
    tree.id = -1;
    tree.requestId = requestId;
    tree.isPipe = false;
    return tree;
  }

  treeOfRequest(requestId: number): SmbTree | undefined {
    for (const tree of this.#trees) if (tree.requestId === requestId) return tree;
    return undefined;
  }

  treeById(id: number): SmbTree | undefined {
    for (const tree of this.#trees) if (tree.id === id) return tree;
    return undefined;
  }

  /** A file that request `requestId` opens. */
  newFile(requestId: number, treeId: number): SmbFile {
    const count = this.#files.length;
    const isNew = count === 0 || (count < MAX_FILES && this.#nextFile === count && this.#fileBudget.take());
    if (isNew) this.#files.push(new SmbFile(this.pool));
    else if (this.#nextFile === count) this.#nextFile = 0;
    const file = this.#files[this.#nextFile]!;
    this.#nextFile++;
    file.begin();
    file.requestId = requestId;
    file.treeId = treeId;
    return file;
  }

  fileOfRequest(requestId: number): SmbFile | undefined {
    for (const file of this.#files) if (file.requestId === requestId) return file;
    return undefined;
  }

  /** The open file with this identifier. */
  fileById(a: number, b: number, c: number, d: number): SmbFile | undefined {
    for (const file of this.#files) {
      const { id } = file;
      if (file.isOpen && id[0] === a && id[1] === b && id[2] === c && id[3] === d) return file;
    }
    return undefined;
  }

  /** A file with content that was not handed out, in any direction. */
  fileWithContent(): SmbFile | undefined {
    for (const file of this.#files) {
      if (file.contents[0].length > 0 || file.contents[1].length > 0) return file;
    }
    return undefined;
  }

  addRequest(id: number, command: number, file: SmbFile | undefined, fileOffset: number): void {
    if (this.#requests.length < MAX_REQUESTS) this.#requests.push(new SmbRequest());
    const request = this.#requests[this.#nextRequest]!;
    this.#nextRequest = (this.#nextRequest + 1) % MAX_REQUESTS;
    request.id = id;
    request.command = command;
    request.file = file;
    request.fileOffset = fileOffset;
  }

  requestOf(id: number, command: number): SmbRequest | undefined {
    for (const request of this.#requests)
      if (request.id === id && request.command === command) return request;
    return undefined;
  }
}
