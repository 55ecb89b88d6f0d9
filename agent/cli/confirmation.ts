/** Asks a person at the terminal for a yes; everything else is a no. */
import { createInterface } from "node:readline/promises";

export async function agrees(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(?:y|yes|はい)$/i.test((await lines.question(`${question} `)).trim());
  } finally {
    lines.close();
  }
}
