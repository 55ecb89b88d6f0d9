/**
 * A process with devices that talk to a hostile broker and come back as soon as they are driven away. Every half second
 * a line of JSON says how it is.
 *
 * Arguments: URL of the broker, number of devices.
 */
import { startDevice } from "./uplink-bench.js";

const [url = "", count = "4"] = process.argv.slice(2);
const devices = Array.from({ length: Number(count) }, (_, i) =>
  startDevice(url, {
    device: `box-${i + 1}`,
    limits: { backoffFirstMs: 1, backoffLongestMs: 5, connectTimeoutMs: 500, healthEveryMs: 1_000 },
  }),
);
for (const { outbox } of devices) for (let i = 0; i < 20; i++) outbox.append();

setInterval(() => {
  let waiting = 0;
  let acknowledged = 0;
  let refused = 0;
  for (const { outbox, counters, lines } of devices) {
    waiting += outbox.size;
    acknowledged += outbox.acknowledged.length;
    refused += counters.get("uplink.down_refused");
    // What would go to the journal must not fill this process.
    lines.length = 0;
  }
  const rssBytes = process.memoryUsage.rss();
  process.stdout.write(`${JSON.stringify({ rssBytes, waiting, acknowledged, refused })}\n`);
}, 500);
