/** Where a passphrase comes from: a file, the environment, or a person at a terminal, in that order. */

import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { OperatorError } from "./operator-error.js";

export const PASSPHRASE_VARIABLE = "SEKISHO_KEY_PASSPHRASE";

/** Asks at most once; `file` is read to its first line's end. */
export function passphraseSource(file: string | undefined, question: string): () => string {
  let known: string | undefined;
  return () => {
    known ??= find(file, question);
    return known;
  };
}

function find(file: string | undefined, question: string): string {
  if (file !== undefined) {
    try {
      return nonEmpty(readFileSync(file, "utf8").split(/\r?\n/)[0]!);
    } catch (error) {
      if (error instanceof OperatorError) throw error;
      throw new OperatorError(`${file} cannot be read: ${(error as Error).message}`);
    }
  }
  const variable = process.env[PASSPHRASE_VARIABLE];
  if (variable !== undefined) return nonEmpty(variable);
  return nonEmpty(ask(question));
}

function nonEmpty(passphrase: string): string {
  if (passphrase === "") throw new OperatorError("The passphrase is empty.");
  return passphrase;
}

/** From the terminal, not shown. */
function ask(question: string): string {
  let terminal: number;
  try {
    terminal = openSync("/dev/tty", "r+");
  } catch {
    throw new OperatorError(
      `A passphrase is needed: --passphrase-file FILE, or the variable ${PASSPHRASE_VARIABLE}.`,
    );
  }
  const setEcho = (mode: "echo" | "-echo") =>
    spawnSync("stty", [mode], { stdio: [terminal, "ignore", "ignore"] });
  setEcho("-echo");
  try {
    writeSync(terminal, question);
    const byte = Buffer.alloc(1);
    let line = "";
    while (readSync(terminal, byte, 0, 1, null) === 1 && byte[0] !== 10) line += byte.toString("latin1");
    return Buffer.from(line, "latin1").toString("utf8");
  } finally {
    setEcho("echo");
    writeSync(terminal, "\n");
    closeSync(terminal);
  }
}
