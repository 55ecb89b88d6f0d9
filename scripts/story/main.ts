/**
 * Writes captures that are made up, the same bytes every time:
 *
 * node dist/scripts/story/main.js FILE               the demo's capture; prints what is in it as JSON
 * node dist/scripts/story/main.js --rule-tests DIR   the tests of the shipped rules (rules/tests)
 */
import { writeRuleTests } from "./rule-tests.js";
import { writeStory } from "./story.js";

const [first, second, ...rest] = process.argv.slice(2);
if (first === "--rule-tests" && second !== undefined && rest.length === 0) writeRuleTests(second);
else if (first !== undefined && !first.startsWith("-") && second === undefined) {
  process.stdout.write(`${JSON.stringify(writeStory(first), undefined, 2)}\n`);
} else {
  process.stderr.write("usage: story FILE | story --rule-tests DIR\n");
  process.exitCode = 2;
}
