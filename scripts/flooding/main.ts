/** `scripts/flood`: ten million 5-tuples past a sensor; ends with 1 where a planted request was missed or memory was exceeded. */
import yargs from "yargs";
import { readClassifications, readRuleFiles, shippedRulesFolder } from "#agent/config/rule-files.js";
import { runFlood } from "./flood.js";

const MIB = 2 ** 20;

const options = await yargs(process.argv.slice(2))
  .scriptName("scripts/flood")
  .usage(
    "$0 [options]\n\nA flood of new 5-tuples past a sensor, with requests in honest connections that must be found.",
  )
  .option("tuples", { type: "number", default: 1e7, describe: "5-tuples of the flood" })
  .option("planted", {
    type: "number",
    default: 1000,
    describe: "honest connections with a request to be found",
  })
  .option("rate", { type: "number", default: 100_000, describe: "5-tuples in a second of packet time" })
  .option("seed", { type: "number", default: 20_261_123, describe: "where the random numbers begin" })
  .option("rules", {
    type: "string",
    array: true,
    default: [shippedRulesFolder()],
    describe: "files or folders",
  })
  .option("rss-mib", { type: "number", default: 256, describe: "memory this process may use" })
  .strict()
  .locale("en")
  .parseAsync();

const { packets, tuples, found, otherDetections, counters } = runFlood({
  tuples: options.tuples,
  planted: options.planted,
  tuplesPerSecond: options.rate,
  seed: options.seed,
  rules: [...readRuleFiles(options.rules)],
  classifications: readClassifications(options.rules),
  onProgress: (done) => {
    if (process.stderr.isTTY)
      process.stderr.write(`\rflood: ${((100 * done) / options.tuples).toFixed(0)} %`);
  },
});
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const rssMib = maxRSS / 1024;
const microsPerPacket = (userCPUTime + systemCPUTime) / packets;
for (const [name, value] of Object.entries(counters)) {
  if (
    value > 0 &&
    /^(flow|stream|defrag|match\.\w+_evicted|proto\.\w+_(refused|reclaimed|used))/.test(name)
  ) {
    process.stdout.write(`${name} ${value}\n`);
  }
}
process.stdout.write(
  `flood: ${packets} packets, ${tuples} 5-tuples, ${found} of ${options.planted} planted requests found, ` +
    `${otherDetections} other detections, peak RSS ${rssMib.toFixed(0)} MiB (heap ${(process.memoryUsage().heapUsed / MIB).toFixed(0)}), ` +
    `${microsPerPacket.toFixed(1)} µs CPU a packet with start-up\n`,
);
process.exitCode = found === options.planted && rssMib <= options.rssMib ? 0 : 1;
