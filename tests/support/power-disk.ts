/**
 * A file system of its own whose power can be cut: an ext4 image mounted through a loop device. A cut is the ioctl
 * FS_IOC_SHUTDOWN with NOLOGFLUSH: nothing that was not synchronised reaches the image any more, not even the journal,
 * and every later call fails. Mounting again replays the journal, as after a real cut. Needs root.
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { poll } from "./poll.js";

const run = promisify(execFile);

/** FS_IOC_SHUTDOWN is _IOR('X', 125, __u32); 2 is FSOP_GOING_FLAGS_NOLOGFLUSH. */
const CUT = `import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack("I", 2))`;

/** Cut the power of the file system mounted at `path`, from within a process that works on it. */
export function cutPower(path: string): void {
  execFileSync("python3", ["-c", CUT, path]);
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

  /**
   * Power is back: unmount what is left and mount it again. Who wrote when it went may not have closed its files yet; and a mount
   * namespace made meanwhile (a container, a sandbox) has a mount of its own: as long as it lives a new one would be of the file
   * system that was cut off.
   */
  async restore(): Promise<void> {
    const { stdout } = await run("findmnt", ["--noheadings", "--output", "SOURCE", this.path]);
    const held = join("/sys/fs/ext4", basename(stdout.trim()));
    await poll(`nobody to hold ${this.path}`, () => isUnmounted(this.path));
    await poll(`no mount namespace to hold ${held}`, () => !existsSync(held));
    await run("mount", ["-o", "loop", this.#image, this.path]);
  }

  remove(): void {
    execFileSync("umount", ["--lazy", this.path], { stdio: "ignore" });
  }
}

async function isUnmounted(path: string): Promise<boolean> {
  try {
    await run("umount", [path]);
    return true;
  } catch (error) {
    if (String(error).includes("busy")) return false;
    throw error;
  }
}
