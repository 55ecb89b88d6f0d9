import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { APP_LAYER_EVENT_NAMES, AppLayerEvent } from "../../../agent/sensor/proto/app-layer-events.js";
import { SILENT_EVENTS } from "../../../agent/signature/keywords/silent-events.js";
import { parseRules } from "../../support/rules.js";

const PARSERS = join(import.meta.dirname, "../../../agent/sensor/proto");

/** The constants of events that the sources of the parsers name, outside of the list of all. */
function raisedEvents(): Set<string> {
  const names = readdirSync(PARSERS, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.endsWith("app-layer-events.ts"))
    .flatMap((path) => readFileSync(join(PARSERS, path), "utf8").match(/AppLayerEvent\.[A-Z0-9_]+/g) ?? []);
  return new Set(names.map((name) => name.slice(name.indexOf(".") + 1)));
}

test("every event is raised by a parser, or its rules are told why it never fires", () => {
  const raised = raisedEvents();
  // Where the events of SMB begin is named without raising the first.
  raised.delete("SMB_INTERNAL_PARSER_ERROR");
  const wrong = Object.entries(AppLayerEvent)
    .map(([constant, number]) => ({ constant, name: APP_LAYER_EVENT_NAMES[number]! }))
    .filter(({ constant, name }) => raised.has(constant) === SILENT_EVENTS.has(name));
  expect(wrong).toEqual([]);
});

test("a rule on an event that never comes loads and says why it never fires", () => {
  const rule = (event: string): string =>
    `alert http any any -> any any (msg:"x"; app-layer-event:${event}; sid:1;)`;
  const { signatures, refused } = parseRules(rule("http.request_line_invalid"));
  expect(refused).toEqual([]);
  expect(signatures[0]!.notes).toEqual([
    'never fires: there is no "http.request_line_invalid" here: told by what is wrong with the line',
  ]);
  expect(parseRules(rule("http.range_invalid")).signatures[0]!.notes).toEqual([]);
});
