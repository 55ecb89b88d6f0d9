import { test } from "vitest";
import { Mosquitto } from "../support/mosquitto.js";
import { poll } from "../support/poll.js";
import { startDevice, startMonitor, temporaryFolder } from "../support/uplink-bench.js";
import { MemoryOutbox } from "../support/memory-outbox.js";

for (const w of [64, 256]) for (const ackWindowLargest of [512, 1000])
test(`x ${w} ${ackWindowLargest}`, async () => {
  const broker = await Mosquitto.start();
  const folder = temporaryFolder();
  const monitor = await startMonitor(broker.url, folder.file);
  const outbox = new MemoryOutbox();
  const N = 60000;
  for (let i = 0; i < N; i++) outbox.append("normal", { i, x: "y".repeat(400) });
  global.gc?.();
  const t0 = performance.now(), r0 = process.memoryUsage().rss;
  let rmax = 0; const iv = setInterval(() => { rmax = Math.max(rmax, process.memoryUsage().rss) }, 20);
  const d = startDevice(broker.url, { outbox, config: { receive_window: w }, limits: {ackWindowLargest, ackTimeoutMs: 3000} });
  await poll("all", () => d.outbox.size === 0, 40000).catch((e) => console.log(e.message));
  clearInterval(iv);
  const dt = performance.now() - t0;
  console.log(w, ackWindowLargest, (N / dt * 1000).toFixed(), "msg/s", ((rmax - r0) / 1e6).toFixed(1), "MB", d.counters.snapshot(), monitor.totals());
  await d.uplink.stop(1000);
  await monitor.stop();
  await broker.stop();
}, 60000);
