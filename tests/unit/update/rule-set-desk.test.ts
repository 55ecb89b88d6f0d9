import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AgentError } from "../../../agent/base/errors.js";
import { type DeskPorts, RuleSetDesk } from "../../../agent/update/rule-set-desk.js";
import { statusOf } from "../../../agent/update/update-status.js";
import { at, DAY_MS, NOW_MS, Operator, part, READER, rule, signer } from "../../support/rule-bundles.js";
import { temporaryDirectory } from "../../support/temporary-directory.js";

/** A box: its folder, its operator, and how compilation and trial go there. */
class Box {
  readonly operator = new Operator();
  readonly adopted: (string | undefined)[] = [];
  compile: DeskPorts["compile"] = async () => undefined;
  tryOut: DeskPorts["tryOut"] = async () => undefined;
  nowMs = NOW_MS;
  desk!: RuleSetDesk;
  #bundles = 0;

  private constructor(readonly folder: string) {}

  static async make(): Promise<Box> {
    const box = new Box(await temporaryDirectory());
    writeFileSync(join(box.folder, "roots"), box.operator.rootFile(), { mode: 0o600 });
    box.restart();
    return box;
  }

  /** A new process on the same disk. */
  restart(): RuleSetDesk {
    this.desk = new RuleSetDesk({
      folder: join(this.folder, "rule-sets"),
      rootFile: join(this.folder, "roots"),
      reader: READER,
      wallMs: () => this.nowMs,
    });
    this.desk.begin();
    return this.desk;
  }

  get ports(): DeskPorts {
    return {
      compile: (folders) => this.compile(folders),
      tryOut: (tests, rules) => this.tryOut(tests, rules),
      adopt: async ({ vendor }) => void this.adopted.push(vendor),
    };
  }

  async install(bytes: Uint8Array): Promise<number | string> {
    const path = join(this.folder, `${this.#bundles++}.bundle`);
    writeFileSync(path, bytes);
    try {
      const { ref } = await this.desk.install(path, "tanaka", this.ports);
      return ref.version;
    } catch (error) {
      return (error as AgentError).code;
    }
  }

  get version(): number | undefined {
    return this.desk.state.active.vendor?.version;
  }

  get changes(): string[] {
    return this.desk.state.history.map(({ by, what, version }) => `${by} ${what} ${version ?? "-"}`);
  }
}

describe("a rule set", () => {
  test("comes into force, is confirmed, and each change is kept with who and when", async () => {
    const box = await Box.make();
    expect(await box.install(box.operator.bytes({ version: 3 }))).toBe(3);
    expect(box.desk.state.phase).toBe("confirming");
    expect(readFileSync(join(box.desk.folders.vendor!, "office.rules"), "utf8")).toBe(rule(7001));
    expect(box.adopted).toEqual([box.desk.folders.vendor]);
    await box.desk.confirm();
    expect(box.changes).toEqual(["tanaka accepted 3", "tanaka activated 3", "sekisho confirmed 3"]);
    expect(box.desk.state.history[0]?.at).toBe(at(0));
    box.restart();
    expect(box.version).toBe(3);
    expect(box.desk.state.phase).toBe("steady");
  });

  test("that is in force already is known as such and stays untouched", async () => {
    const box = await Box.make();
    const bytes = box.operator.bytes();
    await box.install(bytes);
    expect(await box.install(bytes)).toBe(1);
    expect(box.changes).toHaveLength(2);
    expect(existsSync(box.desk.folders.vendor!)).toBe(true);
  });

  test("of one layer leaves the other layer alone", async () => {
    const box = await Box.make();
    await box.install(box.operator.bytes({ version: 5 }));
    await box.install(box.operator.bytes({ version: 2, layer: "site" }));
    expect(box.desk.state.active).toMatchObject({ vendor: { version: 5 }, site: { version: 2 } });
    expect(box.desk.state.highest).toEqual({ vendor: 5, site: 2 });
  });
});

describe("what is refused leaves everything as it was", () => {
  test.each([
    ["does not compile", "compile"],
    ["fails its tests", "tryOut"],
  ] as const)("a set that %s, and it is not tried again", async (_, port) => {
    const box = await Box.make();
    await box.install(box.operator.bytes({ version: 1 }));
    const bytes = box.operator.bytes({ version: 2 }, [
      part("a.rules", rule(1)),
      part("tests/a/expect.yaml", "{}"),
    ]);
    box[port] = async () => {
      throw new AgentError("error.rules.too_slow", { seconds: 120 });
    };
    expect(await box.install(bytes)).toBe("error.rules.too_slow");
    box[port] = async () => undefined;
    expect(await box.install(bytes)).toBe("error.rule_sets.bad_before");
    box.restart();
    expect(await box.install(bytes)).toBe("error.rule_sets.bad_before");
    expect(box.version).toBe(1);
    expect(readdirSync(join(box.folder, "rule-sets/sets"))).toHaveLength(1);
    expect(await box.install(box.operator.bytes({ version: 3 }))).toBe(3);
  });

  test("a bundle cut anywhere", async () => {
    const box = await Box.make();
    const bytes = box.operator.bytes();
    for (const length of [0, 1, 100, bytes.length - 1]) {
      expect(await box.install(bytes.subarray(0, length))).toBe("error.bundle.form");
    }
    expect(readdirSync(join(box.folder, "rule-sets/sets"))).toEqual([]);
  });

  test("every bundle where no root is pinned", async () => {
    const box = await Box.make();
    const { operator } = box;
    box.desk = new RuleSetDesk({
      folder: join(box.folder, "other"),
      rootFile: null,
      reader: READER,
      wallMs: () => NOW_MS,
    });
    expect(await box.install(operator.bytes())).toBe("error.rule_sets.no_root");
  });

  test("a root that others may write is not believed", async () => {
    const box = await Box.make();
    writeFileSync(join(box.folder, "roots"), box.operator.rootFile());
    const { chmodSync } = await import("node:fs");
    chmodSync(join(box.folder, "roots"), 0o666);
    box.restart();
    expect(await box.install(box.operator.bytes())).toBe("error.rule_sets.root_unreadable");
  });
});

describe("versions only rise", () => {
  test("over restarts, and where the copy or both files of the state are lost", async () => {
    const box = await Box.make();
    await box.install(box.operator.bytes({ version: 6 }));
    const older = box.operator.bytes({ version: 5 });
    expect(await box.install(older)).toBe("error.bundle.rollback");
    const state = join(box.folder, "rule-sets/state.json");
    writeFileSync(state, "damaged");
    box.restart();
    expect(box.version).toBe(6);
    expect(await box.install(older)).toBe("error.bundle.rollback");
    for (const name of ["state.json", "state.backup.json"]) {
      writeFileSync(join(box.folder, "rule-sets", name), "damaged");
    }
    // The set itself still says which version there was.
    box.desk = new RuleSetDesk({
      folder: join(box.folder, "rule-sets"),
      rootFile: join(box.folder, "roots"),
      reader: READER,
      wallMs: () => NOW_MS,
    });
    expect(await box.install(older)).toBe("error.bundle.rollback");
    expect(box.desk.state.history[0]?.what).toBe("damaged");
  });

  test("another set of the version that was accepted is one back", async () => {
    const box = await Box.make();
    await box.install(box.operator.bytes({ version: 6 }));
    const other = box.operator.bytes({ version: 6 }, [part("other.rules", rule(9))]);
    expect(await box.install(other)).toBe("error.bundle.rollback");
  });
});

describe("keys that change", () => {
  test("a stolen key counts no more from the moment the new root was seen, whatever became of the bundle", async () => {
    const box = await Box.make();
    const thief = box.operator.rulesKeys[0]!;
    const evil = box.operator.bytes({ version: 8 }, undefined, [thief]);
    const fresh = signer();
    box.operator.rotate({ rules: { keys: [fresh], threshold: 1 } });
    const expired = box.operator.bytes({ version: 7, expires: at(1) }, undefined, [fresh]);
    box.nowMs = NOW_MS + 10;
    expect(await box.install(expired)).toBe("error.bundle.expired");
    box.restart();
    expect(box.desk.rootVersion).toBe(2);
    expect(await box.install(evil)).toBe("error.bundle.unknown_key");
  });
});

describe("the way back", () => {
  test("leads to the set before, and the one that failed is not tried again, also after a restart", async () => {
    const box = await Box.make();
    await box.install(box.operator.bytes({ version: 1 }));
    await box.desk.confirm();
    const bytes = box.operator.bytes({ version: 2 }, [part("a.rules", rule(2))]);
    await box.install(bytes);
    await box.desk.goBack("taken_back", "an alert storm", "sekisho", box.ports);
    expect(box.version).toBe(1);
    expect(box.adopted.at(-1)).toBe(box.desk.folders.vendor);
    expect(await box.install(bytes)).toBe("error.rule_sets.bad_before");
    box.restart();
    expect(box.version).toBe(1);
    expect(await box.install(bytes)).toBe("error.rule_sets.bad_before");
    await expect(box.desk.goBack("rolled_back", "", "tanaka", box.ports)).rejects.toMatchObject({
      code: "error.rule_sets.nothing_before",
    });
  });

  test("leads behind all sets that were not confirmed", async () => {
    const box = await Box.make();
    await box.install(box.operator.bytes({ version: 1 }));
    await box.desk.confirm();
    for (const version of [2, 3])
      await box.install(box.operator.bytes({ version }, [part("a.rules", rule(version))]));
    await box.desk.goBack("taken_back", "drops", "sekisho", box.ports);
    expect(box.version).toBe(1);
  });

  test("is taken by itself where the agent does not survive a set", async () => {
    const box = await Box.make();
    await box.install(box.operator.bytes({ version: 1 }));
    await box.desk.confirm();
    await box.install(box.operator.bytes({ version: 2 }));
    for (let start = 0; start < 3; start++) box.restart();
    expect(box.version).toBe(2);
    box.restart();
    expect(box.version).toBe(1);
    expect(box.desk.state.history.at(-1)).toMatchObject({ what: "taken_back", by: "sekisho" });
  });

  test("is taken where the disk has changed a set", async () => {
    const box = await Box.make();
    await box.install(box.operator.bytes({ version: 1 }));
    await box.desk.confirm();
    await box.install(box.operator.bytes({ version: 2 }, [part("a.rules", rule(2))]));
    await box.desk.confirm();
    writeFileSync(join(box.desk.folders.vendor!, "a.rules"), rule(3));
    box.restart();
    expect(box.version).toBe(1);
    rmSync(box.desk.folders.vendor!, { recursive: true });
    box.restart();
    expect(box.desk.folders.vendor).toBeUndefined();
  });
});

test("an installation that was cut before the trial is gone on with at the next start", async () => {
  const box = await Box.make();
  let release = (): void => undefined;
  box.compile = () => new Promise((resolve) => (release = resolve));
  const cut = box.install(box.operator.bytes({ version: 4 }));
  await expect.poll(() => box.desk.activity).toBe("compiling");
  const held = box.desk;
  // The process is gone; its lock says so.
  rmSync(join(box.folder, "rule-sets/lock"));
  box.compile = async () => undefined;
  await box.restart().resume(box.ports);
  expect(box.version).toBe(4);
  release();
  await cut;
  expect(held.state.active.vendor?.version).toBe(4);
});

test("two processes do not change the sets at the same time", async () => {
  const box = await Box.make();
  let release = (): void => undefined;
  box.compile = () => new Promise((resolve) => (release = resolve));
  const first = box.install(box.operator.bytes({ version: 1 }));
  await expect.poll(() => box.desk.activity).toBe("compiling");
  expect(() => box.restart()).toThrow("Another command");
  release();
  expect(await first).toBe(1);
});

test("a stream that nobody continues is told once its set is past its date, and the set stays in force", async () => {
  const box = await Box.make();
  await box.install(box.operator.bytes({ version: 1 }));
  expect(statusOf(box.desk, NOW_MS).expired).toEqual([]);
  box.restart();
  expect(statusOf(box.desk, NOW_MS + 31 * DAY_MS).expired).toEqual(["vendor"]);
  expect(box.version).toBe(1);
});
