/** A real small disk: full, read-only and back. Needs root to mount a tmpfs; skipped without. */
import { execFileSync } from "node:child_process";
import { mkdir, open, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { idsOf, MEBIBYTE, message, openStore, readOutbox, until } from "../support/store.js";
import { temporaryDirectory } from "../support/temporary-directory.js";

/** A file system of so many bytes, unmounted when the test ends; undefined where that is not allowed. */
async function smallDisk(bytes: number): Promise<string | undefined> {
  const path = join(await temporaryDirectory(), "disk");
  await mkdir(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", ["--lazy", path], { stdio: "ignore" }));
  return path;
}

describe("a store on a small disk", () => {
  it("survives others filling it, and goes on when there is room again", async (context) => {
    const disk = await smallDisk(4 * MEBIBYTE);
    if (!disk) return context.skip("mounting a tmpfs is not allowed here");
    const store = await openStore(join(disk, "store"));
    await store.append([message("before")]);
    const free = 4 * MEBIBYTE - 100 * 1024;
    await writeFile(join(disk, "others"), Buffer.alloc(free)).catch(() => undefined);
    const appended: Promise<unknown>[] = [];
    for (let i = 0; store.status().state === "ready"; i++) {
      appended.push(store.append([message(i, "normal", 5_000)]));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(store.status().error?.code).toBe("error.store.disk_full");
    await rm(join(disk, "others"));
    const results = await Promise.all(appended);
    expect(results).toEqual(results.map(() => expect.objectContaining({ committed: 1 })));
    const ids = idsOf(await readOutbox(store));
    const expected = ["before", ...results.keys()];
    expect(ids.filter((id) => id !== "store.recovered")).toEqual(expected);
  });

  it("starts degraded on a disk that is full from the first, and opens when there is room", async (context) => {
    const disk = await smallDisk(2 * MEBIBYTE);
    if (!disk) return context.skip("mounting a tmpfs is not allowed here");
    await writeFile(join(disk, "others"), Buffer.alloc(3 * MEBIBYTE)).catch(() => undefined);
    const store = await openStore(disk);
    expect(store.status()).toMatchObject({ state: "degraded", error: { code: "error.store.disk_full" } });
    const appended = store.append([message("a")]);
    await rm(join(disk, "others"));
    expect(await appended).toMatchObject({ committed: 1 });
  });

  it("survives a disk that turns read-only", async (context) => {
    const disk = await smallDisk(4 * MEBIBYTE);
    if (!disk) return context.skip("mounting a tmpfs is not allowed here");
    const first = await openStore(disk);
    await first.append([message("before")]);
    await first.close();
    execFileSync("mount", ["-o", "remount,ro", disk]);
    const store = await openStore(disk);
    expect(store.status()).toMatchObject({ state: "degraded", error: { code: "error.store.read_only" } });
    const appended = store.append([message("after")]);
    execFileSync("mount", ["-o", "remount,rw", disk]);
    expect(await appended).toMatchObject({ committed: 1 });
    expect(idsOf(await readOutbox(store))).toEqual(["store.recovered", "before", "after"]);
  });

  it("waits for a read-only disk before it sets a corrupt database aside", async (context) => {
    const disk = await smallDisk(4 * MEBIBYTE);
    if (!disk) return context.skip("mounting a tmpfs is not allowed here");
    const first = await openStore(disk);
    await first.append([message("before")]);
    await first.close();
    const file = await open(join(disk, "store.db"), "r+");
    await file.write(Buffer.alloc(100, 0xff), 0, 100, 0);
    await file.close();
    execFileSync("mount", ["-o", "remount,ro", disk]);
    const store = await openStore(disk);
    expect(store.status()).toMatchObject({ state: "degraded", error: { code: "error.store.read_only" } });
    execFileSync("mount", ["-o", "remount,rw", disk]);
    await until(() => store.status().state === "ready");
    expect(idsOf(await readOutbox(store))).toEqual(["store.salvaged", "store.recovered", "before"]);
  });
});

describe("a store under load", () => {
  it("never takes more disk than its budget, and never more than its log may be", async () => {
    const directory = await temporaryDirectory();
    const store = await openStore(directory, {
      limits: { maxQueueRecords: 50_000, maxQueueBytes: 64 * MEBIBYTE },
    });
    const path = join(directory, "store.db");
    let highest = 0;
    let isDone = false;
    const watching = until(async () => {
      const [database, log] = await Promise.all([path, `${path}-wal`].map((file) => stat(file)));
      highest = Math.max(highest, database!.size + log!.size);
      expect(log!.size).toBeLessThanOrEqual(MEBIBYTE);
      return isDone;
    });
    for (let round = 0; round < 60; round++) {
      const entries = Array.from({ length: 100 }, (_, n) =>
        message(
          n,
          (["low", "normal", "high", "critical"] as const)[n % 4],
          n % 10 === 0 ? 50_000 : (n * 37) % 2_000,
        ),
      );
      const { sequences } = await store.append(entries);
      if (round % 7 === 0) await store.outbox.acknowledge(0, sequences);
    }
    isDone = true;
    await watching;
    expect(store.status().state).toBe("ready");
    expect(highest).toBeGreaterThan(3.5 * MEBIBYTE);
    expect(highest).toBeLessThanOrEqual(8 * MEBIBYTE);
  });
});
