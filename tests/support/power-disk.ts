/**
 * A file system of its own whose power can be cut: an ext4 image mounted through a loop device. A cut is the ioctl
 * FS_IOC_SHUTDOWN with NOLOGFLUSH: nothing that was not synchronised reaches the image any more, not even the journal,
 * and every later call fails. Mounting again replays the journal, as after a real cut. Needs root.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
/** How long others may hold a disk whose power was cut. */
const HELD_MS = 60_000;

/** FS_IOC_SHUTDOWN is _IOR('X', 125, __u32); 2 is FSOP_GOING_FLAGS_NOLOGFLUSH. */
const CUT = `import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack("I", 2))`;

/** Cut the power of the file system mounted at `path`, from within a process that works on it. */
export function cutPower(path: string): void {
  execFileSync("python3", ["-c", CUT, path]);
}

/**
 * A mount namespace made meanwhile (a container, a sandbox) has a mount of its own, and as long as it lives a new mount would be
 * of the file system that was cut off.
 */
async function gone(path: string): Promise<void> {
  const endMs = performance.now() + HELD_MS;
  while (existsSync(path)) {
    if (performance.now() > endMs)
      throw new Error(`${path} is still there: a mount namespace holds the disk`);
    await setTimeout(20);
  }
}

export class PowerDisk {
  readonly #image: string;
  readonly path: string;

  private constructor(image: string, path: string) {
    this.#image = image;
    this.path = path;
  }

  /** Undefined where mounting is not allowed. */
  static make(directory: string, bytes: number): PowerDisk | undefined {
    const image = join(directory, "image");
    const path = join(directory, "mounted");
    mkdirSync(path);
    writeFileSync(image, "");
    truncateSync(image, bytes);
    try {
      execFileSync("mkfs.ext4", ["-q", "-F", image], { stdio: "ignore" });
      execFileSync("mount", ["-o", "loop", image, path], { stdio: "ignore" });
    } catch {
      return undefined;
    }
    return new PowerDisk(image, path);
  }

  /** From here on nothing more reaches the disk. */
  async cut(): Promise<void> {
    await run("python3", ["-c", CUT, this.path]);
  }

  /** Power is back: unmount what is left and mount it again. */
  async restore(): Promise<void> {
    const { stdout } = await run("findmnt", ["--noheadings", "--output", "SOURCE", this.path]);
    await run("umount", [this.path]);
    await gone(join("/sys/fs/ext4", basename(stdout.trim())));
    await run("mount", ["-o", "loop", this.#image, this.path]);
  }

  remove(): void {
    execFileSync("umount", ["--lazy", this.path], { stdio: "ignore" });
  }
}
