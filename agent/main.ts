#!/usr/bin/env node
/** Process entry: flags of the JavaScript engine, then the command line. */
import { setFlagsFromString } from "node:v8";
import { runCommandLine } from "./cli/command-line.js";

// A regular expression that backtracks too long goes on in linear time instead of blocking the sensor.
setFlagsFromString("--enable-experimental-regexp-engine-on-excessive-backtracks");

// Who reads only the first lines (`| head`) has what he wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await runCommandLine(process.argv.slice(2));
