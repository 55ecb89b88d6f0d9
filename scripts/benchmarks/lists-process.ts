/** What a list of many names costs: node lists-process.js JSON. Part of `bench rules`. */

import { Endpoints } from "#agent/sensor/match/endpoints.js";
import { IndicatorMatcher } from "#agent/sensor/match/indicator-matcher.js";
import { Field } from "#agent/sensor/proto/fields.js";
import { MessageView, STAGE_HEAD } from "#agent/sensor/proto/message-view.js";
import { Protocol, TO_SERVER } from "#agent/sensor/proto/protocols.js";
import { compileIndicators } from "#agent/signature/indicators/indicator-set.js";

export interface ListsRun {
  readonly names: number;
  readonly lookups: number;
}

export interface ListsFigures {
  readonly values: number;
  readonly compileCpuMs: number;
  readonly tableMiB: number;
  /** A name of three labels, with all names above it, that is not listed. */
  readonly missNs: number;
  readonly hitNs: number;
  readonly hits: number;
}

function measure({ names, lookups }: ListsRun): ListsFigures {
  const lines: string[] = [];
  // Half of them with everything below, so that every label of a name is looked up.
  for (let i = 0; i < names; i++)
    lines.push(`${i % 2 === 0 ? "." : ""}host-${(i * 7919) % 1e7}.evil-${i}.example`);
  const bytes = Buffer.from(lines.join("\n"));
  const cpu = process.cpuUsage();
  const { image } = compileIndicators([{ path: "big.domains.txt", bytes }], () => "");
  const { user, system } = process.cpuUsage(cpu);
  const { table } = image;
  const tableBytes = [table.rows, table.index, table.filter].reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );
  let hits = 0;
  const count = () => void hits++;
  const withNames = new IndicatorMatcher(image, count);
  // What it costs to fill the message is no part of a look-up.
  const without = new IndicatorMatcher(compileIndicators([], () => "").image, count);
  const run = (make: (i: number) => string, matcher = withNames): number => {
    const many = Array.from({ length: 4096 }, (_, i) => Buffer.from(make(i * 37)));
    const message = new MessageView();
    const endpoints = new Endpoints();
    const begin = process.cpuUsage();
    for (let i = 0; i < lookups; i++) {
      const name = many[i & 4095]!;
      message.begin(Protocol.DNS, TO_SERVER, STAGE_HEAD, 0);
      message.add(Field.DNS_QUERY, name, 0, name.length);
      matcher.inspectMessage(message, endpoints);
    }
    const spent = process.cpuUsage(begin);
    return ((spent.user + spent.system) * 1000) / lookups;
  };
  const miss = (i: number): string => `www-${i}.harmless-${i}.example`;
  const listed = (i: number): string => lines[i % names]!.replace(/^\./, "");
  // The first round of each is for the compiler.
  for (const make of [miss, listed]) for (const matcher of [withNames, without]) run(make, matcher);
  const emptyNs = run(miss, without);
  const missNs = run(miss) - emptyNs;
  hits = 0;
  return {
    values: table.count,
    compileCpuMs: (user + system) / 1000,
    tableMiB: tableBytes / 1024 / 1024,
    missNs,
    hitNs: run(listed) - emptyNs,
    hits,
  };
}

process.stdout.write(`${JSON.stringify(measure(JSON.parse(process.argv[2]!) as ListsRun))}\n`);
