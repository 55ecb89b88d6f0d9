/** A box for the doctor: a configuration, a folder for the store, and an agent's control socket with a made-up status. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { runCommandLine } from "../../agent/cli/command-line.js";
import type { Condition } from "../../agent/onsite/condition.js";
import { ControlPoint } from "../../agent/onsite/control-point.js";
import type { Status } from "../../agent/onsite/status.js";
import { officeStatus } from "./page-office.js";

export interface Told {
  readonly code: number;
  readonly names: readonly string[];
  readonly texts: readonly string[];
}

/** What has to be undone after each test, the last first. */
export const cleanups: (() => unknown)[] = [];

export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

/** A box on which nothing is wrong but what a test does to it. */
export class DoctorBox {
  readonly folder = mkdtempSync(join(tmpdir(), "sekisho-doctor-"));
  readonly settings: Record<string, unknown> = {};
  status: Status = officeStatus({
    uplink: { isConfigured: true, isConnected: false, reason: null, unacknowledged: 0 },
  });
  #control: ControlPoint | undefined;

  constructor() {
    cleanups.push(async () => {
      await this.#control?.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
    mkdirSync(this.path("store"));
    this.set("store", { path: this.path("store/sekisho.db"), budget_mib: 8 });
    this.set("control", { socket: this.path("control.sock") });
    // No interface: a file is played. Tests of interfaces set their own.
    this.set("capture", { file: "/dev/null" });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  set(section: string, value: unknown): void {
    this.settings[section] = value;
  }

  async runAgent(conditions: readonly Condition[] = []): Promise<this> {
    this.status = { ...this.status, conditions };
    this.#control = new ControlPoint(
      { socket: this.path("control.sock"), metricsPort: null },
      () => this.status,
    );
    expect(await this.#control.open()).toEqual([]);
    return this;
  }

  /** What the doctor finds, warnings about things that no test makes left out. */
  async examine(language: "en" | "ja" = "en"): Promise<Told> {
    const file = this.path("sekisho.yaml");
    writeFileSync(file, JSON.stringify(this.settings));
    let out = "";
    const code = await runCommandLine(["doctor", "--json", "--config", file, "--seconds", "1"], {
      language,
      out: (text) => {
        out += text;
      },
      err: () => undefined,
      environment: {},
      isTerminal: false,
    });
    const { findings } = JSON.parse(out) as { findings: { name: string; text: string }[] };
    const made = findings.filter(({ name }) => !["clock.free", "uplink.none"].includes(name));
    return { code, names: made.map(({ name }) => name), texts: made.map(({ text }) => text) };
  }
}
