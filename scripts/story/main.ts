/** Writes the demo's capture: node dist/scripts/story/main.js FILE. Prints what is in it as JSON. */

import { writeStory } from "./story.js";

const path = process.argv[2];
if (path === undefined || process.argv.length > 3) {
  process.stderr.write("usage: story FILE   (a pcap file is written there)\n");
  process.exitCode = 2;
} else {
  process.stdout.write(`${JSON.stringify(writeStory(path), undefined, 2)}\n`);
}
