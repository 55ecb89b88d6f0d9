/**
 * Owns the count of datagrams that the kernel threw away because nobody read them in time: the last column of
 * `/proc/self/net/udp` and `udp6` (proc(5)), by local port. Node does not tell it.
 */
import { readFileSync } from "node:fs";

/** Since the sockets were opened; undefined where the system does not say. */
export function kernelDrops(port: number): number | undefined {
  let drops: number | undefined;
  for (const file of ["/proc/self/net/udp", "/proc/self/net/udp6"]) {
    try {
      const found = dropsIn(readFileSync(file, "latin1"), port);
      if (found !== undefined) drops = (drops ?? 0) + found;
    } catch {
      // Without IPv6 there is no such file.
    }
  }
  return drops;
}

/** The drops of all sockets on a local port in such a table. */
export function dropsIn(table: string, port: number): number | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  let drops: number | undefined;
  for (const line of table.split("\n").slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (columns.length < 13 || !columns[1]!.endsWith(`:${hex}`)) continue;
    drops = (drops ?? 0) + Number(columns[12]);
  }
  return drops;
}
