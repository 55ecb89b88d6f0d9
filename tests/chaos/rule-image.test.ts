/**
 * An image that went to the disk and came back judges as the one that was compiled: the same bytes when it is written again, the
 * same alerts in the same order on captures. Small: the shipped rules on their own captures. Full: all of ET Open on its captures.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { shippedRulesFolder } from "../../agent/config/rule-files.js";
import { readVariablesFile } from "../../agent/config/variables-file.js";
import { loadRulesHere } from "../../agent/rule-compiling.js";
import { readCaptureFile } from "../../agent/sensor/capture/capture-file.js";
import type { Detection } from "../../agent/sensor/detection.js";
import { DEFAULT_FLOW_LIMITS } from "../../agent/sensor/flow/flow-limits.js";
import { registeredParsers } from "../../agent/sensor/registered-parsers.js";
import { Sensor } from "../../agent/sensor/sensor.js";
import type { RuleImage } from "../../agent/signature/image.js";
import { decodeImage, encodeImage, KEY_BYTES } from "../../agent/signature/image-file.js";
import { chaosSize, chaosTimeoutMs, report } from "../support/chaos.js";

const CORPUS = "../shared/corpus";
const KEY = new Uint8Array(KEY_BYTES);
const isFull = chaosSize(1, 0) === 1;
const [rules, folder] = isFull
  ? [join(CORPUS, "et/rules"), join(CORPUS, "et")]
  : [shippedRulesFolder(), join(shippedRulesFolder(), "tests")];
const variables = join(CORPUS, "vars.json");

function captures(): string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name, "input.pcap"))
    .filter(existsSync);
}

/** Everything that is told of a run over all captures, a line each. */
function alertsOf(image: RuleImage): string[] {
  const alerts: string[] = [];
  const tell = ({ observedMs: _, ...detection }: Detection): void =>
    void alerts.push(JSON.stringify(detection));
  const sensor = new Sensor({
    image,
    interfaceName: "proof",
    flowLimits: { ...DEFAULT_FLOW_LIMITS, maxFlows: 4096 },
    makeParsers: registeredParsers,
    onDetection: tell,
    wallMs: () => 0,
  });
  for (const path of captures()) {
    readCaptureFile(path, sensor);
    sensor.finish();
    sensor.reset();
  }
  return alerts;
}

test.skipIf(!existsSync(folder))(
  "rules judge the same before they were written and after they were read",
  () => {
    const groups = isFull && existsSync(variables) ? readVariablesFile(variables) : undefined;
    const { image } = loadRulesHere({ paths: [rules], homeNet: undefined, groups, policy: {} });
    const scratch = mkdtempSync(join(tmpdir(), "sekisho-image-"));
    try {
      const path = join(scratch, "image");
      writeFileSync(path, new Uint8Array(encodeImage({ image, report: "" }, KEY)));
      const written = readFileSync(path);
      const shared = new SharedArrayBuffer(written.length);
      new Uint8Array(shared).set(written);
      const read = decodeImage(shared, KEY).image;
      expect(Buffer.compare(Buffer.from(encodeImage({ image: read, report: "" }, KEY)), written)).toBe(0);
      const [before, after] = [alertsOf(image), alertsOf(read)];
      expect(before.length).toBeGreaterThan(0);
      expect(after).toEqual(before);
      report(`rule image: ${read.ruleCount} rules, ${written.length} bytes, ${after.length} alerts twice`);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  },
  chaosTimeoutMs(),
);
