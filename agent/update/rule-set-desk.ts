/**
 * Owns the life of rule sets on the box: from a bundle's file over verification, compilation and trial into force, and back.
 * What is dangerous is done by others it is given (`DeskPorts`): threads that can be ended, the sensor that adopts. One thing
 * happens at a time; what is asked meanwhile waits.
 *
 * The order is such that a cut leaves the old set or the new one: a set is whole on the disk before the state names it, the state
 * names it before the sensors judge by it, and sets leave the disk after the state has forgotten them.
 */
import { join } from "node:path";
import { AgentError } from "../base/errors.js";
import { acquireLock } from "../base/folder-lock.js";
import type { Step } from "../base/state-folder.js";
import { LAYERS } from "./layer.js";
import type { BundleReader } from "./manifest.js";
import { type TrustedRoot, versionsAfter } from "./root-document.js";
import { readRootFile } from "./root-file.js";
import { checkSet, isWhole, type RuleSetRef, setFolderName, sweepSets, testsFolder } from "./rule-set.js";
import { StateFile } from "./state-file.js";
import { plainRoot, rootFrom, runUnpackJob, type UnpackJob, type UnpackResult } from "./unpack-job.js";
import {
  type ActiveSets,
  type Author,
  accepted,
  activated,
  confirmed,
  noted,
  refused,
  setsOf,
  takenBack,
  type UpdateState,
  withdrawn,
} from "./update-state.js";
import { verifyWithdrawal } from "./withdrawal.js";

const LOCK_ERRORS = { locked: "error.rule_sets.locked", disk: "error.rule_sets.disk" } as const;

/** Folders of rules in the order of their layers. */
export interface LayerFolders {
  readonly vendor: string | undefined;
  readonly site: string | undefined;
}

export interface DeskPorts {
  /** Compile these layers together with everything else that is configured. @throws AgentError where that is not to be used */
  readonly compile: (folders: LayerFolders) => Promise<void>;
  /** Run the set's own tests. @throws AgentError where one fails */
  readonly tryOut: (tests: string, rules: string) => Promise<void>;
  /** Run the candidate beside the rules in force, on what is happening. @throws AgentError where it does badly */
  readonly shadow?: (folders: LayerFolders) => Promise<void>;
  /** Judge by these layers from now on; resolves when all sensors do. */
  readonly adopt: (folders: LayerFolders) => Promise<void>;
  /** Verify and unpack; in a thread where there is one. */
  readonly unpack?: (job: UnpackJob) => Promise<UnpackResult>;
}

export interface DeskOptions {
  readonly folder: string;
  /** File of roots; null: nothing is trusted and nothing is installed. */
  readonly rootFile: string | null;
  readonly reader: BundleReader;
  readonly wallMs: () => number;
  /** Told of every change once it is durable. */
  readonly onChange?: (state: UpdateState) => void;
  /** For tests: told of every step. */
  readonly step?: Step;
}

/** Starts without a confirmation after which a set is taken back: whatever it does, the agent does not survive it. */
const MAX_STARTS = 3;

export class RuleSetDesk {
  readonly #options: DeskOptions;
  readonly #file: StateFile;
  readonly #step: Step;
  #state: UpdateState;
  #root: TrustedRoot | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  /** What is going on, for the status. */
  #activity: "idle" | "verifying" | "compiling" | "testing" | "shadowing" | "activating" = "idle";

  /** Why the pinned root cannot be used. */
  #rootTrouble: AgentError | undefined;

  /** Reads what there is; what cannot be used is told by whoever wants to change something. */
  constructor(options: DeskOptions) {
    this.#options = options;
    this.#step = options.step ?? (() => undefined);
    this.#file = new StateFile(options.folder, this.#step);
    const { state, isLost } = this.#file.load();
    this.#state = state;
    if (isLost)
      this.#state = noted(state, { ...this.#self(), what: "damaged", reason: "the state was lost" });
    this.#pinRoot();
  }

  get state(): UpdateState {
    return this.#state;
  }

  get activity(): string {
    return this.#activity;
  }

  /** Version of the trusted root; undefined where nothing is trusted. */
  get rootVersion(): number | undefined {
    return this.#root?.root.version;
  }

  /**
   * Look at what is in force before anything is loaded: damaged sets leave, and one that the agent did not survive. Call once at
   * every start of the agent.
   *
   * @throws AgentError where another process is changing them or the disk does not take it
   */
  begin(): void {
    this.#file.prepare();
    const release = acquireLock(this.#options.folder, LOCK_ERRORS);
    try {
      this.#catchUp();
      this.#begin();
    } finally {
      release();
    }
  }

  #begin(): void {
    let { state } = this;
    if (state.phase === "confirming") {
      state = { ...state, starts: state.starts + 1 };
      if (state.starts > MAX_STARTS) {
        state = takenBack(state, "taken_back", "the agent was started again and again", this.#self());
      }
    }
    for (const layer of LAYERS) {
      const set = state.active[layer];
      if (set === null || this.#isWhole(set)) continue;
      const before = state.previous?.[layer] ?? null;
      const next = before !== null && before.sha256 !== set.sha256 && this.#isWhole(before) ? before : null;
      const { version } = set;
      const change = {
        ...this.#self(),
        what: "damaged",
        layer,
        version,
        reason: "the disk has changed it",
      } as const;
      state = noted({ ...state, active: { ...state.active, [layer]: next } }, change);
    }
    if (state !== this.#state) this.#save(state, "begin");
    this.#sweep();
  }

  /** Folders of the layers in force. */
  get folders(): LayerFolders {
    return this.#foldersOf(this.#state.active);
  }

  /**
   * Take a bundle from its file into force.
   *
   * @returns the set, and whether it was in force already
   * @throws AgentError where it is refused; then everything stays as it was
   */
  install(path: string, by: string, ports: DeskPorts): Promise<{ ref: RuleSetRef; isKnown: boolean }> {
    return this.#alone(async () => {
      const author = { by, at: this.#now() };
      const ref = await this.#unpack(path, author, ports);
      if (this.#state.active[ref.layer]?.sha256 === ref.sha256) return { ref, isKnown: true };
      this.#save(accepted(this.#state, ref, author), "accepted");
      await this.#tryAndActivate(author, ports);
      return { ref, isKnown: false };
    });
  }

  /** Go on with a set that was accepted when the agent was ended; nothing where there is none. */
  resume(ports: DeskPorts): Promise<void> {
    return this.#alone(async () => {
      if (this.#state.candidate !== null) await this.#tryAndActivate(this.#self(), ports);
    });
  }

  /** The set in force has proved itself. */
  confirm(by = "sekisho"): Promise<void> {
    return this.#alone(async () => {
      if (this.#state.phase !== "confirming") return;
      this.#save(confirmed(this.#state, { by, at: this.#now() }), "confirmed");
      this.#sweep();
    });
  }

  /**
   * Back to the sets before.
   *
   * @param what `taken_back` by the agent itself, `rolled_back` by a person
   * @throws AgentError where there are none
   */
  goBack(
    what: "taken_back" | "rolled_back",
    reason: string,
    by: string,
    ports: Pick<DeskPorts, "adopt">,
  ): Promise<void> {
    return this.#alone(async () => {
      if (this.#state.previous === null) throw new AgentError("error.rule_sets.nothing_before");
      this.#save(takenBack(this.#state, what, reason, { by, at: this.#now() }), "back");
      await ports.adopt(this.folders);
      this.#step("back-adopted");
      this.#sweep();
    });
  }

  /**
   * Follow a withdrawal: what it names leaves, and is not taken again.
   *
   * @throws AgentError where the rules keys have not signed it
   */
  withdraw(envelope: Uint8Array, by: string, ports: Pick<DeskPorts, "adopt">): Promise<void> {
    return this.#alone(async () => {
      if (this.#root === undefined) throw new AgentError("error.rule_sets.no_root");
      const { layer, version, reason } = verifyWithdrawal(envelope, this.#root);
      const author = { by, at: this.#now() };
      const isMeant = (set: RuleSetRef | null): boolean => set?.version === version;
      const { active, candidate } = this.#state;
      if (candidate !== null && candidate.layer === layer && isMeant(candidate)) {
        this.#save(refused(this.#state, candidate, reason, author), "withdrawn");
      }
      if (isMeant(active[layer])) {
        this.#save(withdrawn(this.#state, layer, reason, author), "withdrawn");
        await ports.adopt(this.folders);
      }
      // One that has not come yet is not taken either: versions only rise, and this one is used up.
      const highest = Math.max(this.#state.highest[layer], version);
      if (highest === this.#state.highest[layer]) return;
      const used = { ...this.#state, highest: { ...this.#state.highest, [layer]: highest } };
      this.#save({ ...used, accepted: { ...used.accepted, [layer]: "withdrawn" } }, "withdrawn");
    });
  }

  async #unpack(path: string, author: Author, { unpack }: DeskPorts): Promise<RuleSetRef> {
    const root = this.#root;
    if (root === undefined) throw this.#rootTrouble ?? new AgentError("error.rule_sets.no_root");
    this.#activity = "verifying";
    const { highest, certainMs, accepted: hashes, bad } = this.#state;
    const job: UnpackJob = {
      path,
      setsFolder: this.#file.setsFolder,
      trust: { root: plainRoot(root), highest, certainMs },
      accepted: hashes,
      bad,
      reader: this.#options.reader,
      nowMs: this.#options.wallMs(),
    };
    const { trust, ref, error } = unpack ? await unpack(job) : runUnpackJob(job, this.#step);
    const isNewRoot = trust.root !== job.trust.root;
    this.#root = isNewRoot ? rootFrom(trust.root) : root;
    const known = { ...this.#state, ...trust, root: isNewRoot ? trust.root : this.#state.root };
    if (error) {
      const { message } = new AgentError(error.code, error.params);
      // A file that is not there says nothing about rule sets.
      if (error.code !== "error.bundle.unreadable")
        this.#save(noted(known, { ...author, what: "refused", reason: message }), "unpack-refused");
      throw new AgentError(error.code, error.params);
    }
    // Versions, root and certain time are durable together with what was accepted, in the next save.
    this.#state = known;
    return ref!;
  }

  async #tryAndActivate(author: Author, ports: DeskPorts): Promise<void> {
    const { candidate, active } = this.#state;
    if (candidate === null) return;
    const next = this.#foldersOf({ ...active, [candidate.layer]: candidate });
    try {
      checkSet(this.#file.setsFolder, candidate, this.#root!);
      this.#activity = "compiling";
      await ports.compile(next);
      this.#step("compiled");
      this.#activity = "testing";
      const tests = testsFolder(this.#file.setsFolder, candidate);
      if (tests !== undefined) await ports.tryOut(tests, next[candidate.layer]!);
      this.#step("tried");
      this.#activity = "shadowing";
      await ports.shadow?.(next);
      this.#step("shadowed");
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.#save(refused(this.#state, candidate, error.message, author), "refused");
      this.#sweep();
      throw error;
    }
    this.#activity = "activating";
    this.#save(activated(this.#state, author), "activated");
    await ports.adopt(this.folders);
    this.#step("adopted");
    this.#sweep();
  }

  #save(state: UpdateState, name: string): void {
    this.#state = this.#file.save(state, name);
    this.#options.onChange?.(this.#state);
  }

  #sweep(): void {
    sweepSets(this.#file.setsFolder, setsOf(this.#state));
    this.#step("swept");
  }

  /** Without a root nothing can be said against a set: it was verified when it came. */
  #isWhole(set: RuleSetRef): boolean {
    return this.#root === undefined || isWhole(this.#file.setsFolder, set, this.#root);
  }

  #foldersOf(sets: ActiveSets): LayerFolders {
    const path = (set: RuleSetRef | null) =>
      set === null ? undefined : join(this.#file.setsFolder, setFolderName(set));
    return { vendor: path(sets.vendor), site: path(sets.site) };
  }

  /** The pinned root, or the one that followed from it; whichever is newer. */
  #pinRoot(): void {
    const { root: kept } = this.#state;
    const known = kept === null ? undefined : rootFrom(kept);
    const { rootFile } = this.#options;
    const pinned = rootFile === null ? undefined : this.#readPinned(rootFile);
    const isPinnedNewer = pinned !== undefined && pinned.root.version > (known?.root.version ?? 0);
    this.#root = isPinnedNewer ? pinned : known;
    if (isPinnedNewer && known !== undefined) {
      const highest = versionsAfter(this.#state.highest, known.root, pinned.root);
      this.#state = { ...this.#state, highest };
    }
    const createdMs = Date.parse(this.#root?.root.created ?? "") || 0;
    this.#state = { ...this.#state, certainMs: Math.max(this.#state.certainMs, createdMs) };
  }

  #readPinned(rootFile: string): TrustedRoot | undefined {
    this.#rootTrouble = undefined;
    try {
      return readRootFile(rootFile).at(-1);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      this.#rootTrouble = error;
      return undefined;
    }
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(async () => {
      this.#file.prepare();
      const release = acquireLock(this.#options.folder, LOCK_ERRORS);
      try {
        this.#catchUp();
        return await work();
      } finally {
        this.#activity = "idle";
        release();
      }
    });
    this.#queue = run.catch(() => undefined);
    return run;
  }

  /** Another process may have changed the sets since: a command while no agent ran. */
  #catchUp(): void {
    const { state } = this.#file.load();
    if (state.generation <= this.#state.generation) return;
    this.#state = state;
    this.#pinRoot();
  }

  #self(): Author {
    return { by: "sekisho", at: this.#now() };
  }

  #now(): string {
    return new Date(this.#options.wallMs()).toISOString();
  }
}
