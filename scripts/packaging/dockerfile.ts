/** Reads what the project's Dockerfile uses of the format: stages, continued lines, comments, the JSON form of commands. */

export interface Instruction {
  /** Upper case: `RUN`. */
  readonly name: string;
  /** All behind the name, continued lines joined by a blank. */
  readonly text: string;
  readonly line: number;
  /** Rules of hadolint that the comment before it takes back. */
  readonly ignored: readonly string[];
}

export interface Stage {
  /** As later stages call it; empty where it has no name. */
  readonly name: string;
  readonly image: string;
  readonly instructions: readonly Instruction[];
}

export function parseDockerfile(text: string): Stage[] {
  const stages: { name: string; image: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(text)) {
    if (instruction.name === "FROM") {
      const [, image = "", name = ""] = /^(\S+)(?: AS (\S+))?$/i.exec(instruction.text) ?? [];
      stages.push({ name, image, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
}

/** The words of a command in JSON form; undefined where it is in shell form. */
export function execForm(text: string): readonly string[] | undefined {
  return text.startsWith("[") ? (JSON.parse(text) as string[]) : undefined;
}

function instructionsOf(text: string): Instruction[] {
  const instructions: Instruction[] = [];
  let ignored: readonly string[] = [];
  let open: { name: string; text: string; line: number } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("#") || line.trim() === "") {
      const [, rules] = /^# hadolint ignore=(\S+)$/.exec(line) ?? [];
      if (rules) ignored = rules.split(",");
      continue;
    }
    const isContinued = line.endsWith("\\");
    const content = (isContinued ? line.slice(0, -1) : line).trim();
    if (open === undefined) {
      const [name = ""] = content.split(" ", 1);
      open = { name: name.toUpperCase(), text: content.slice(name.length).trim(), line: index + 1 };
    } else open.text += ` ${content}`;
    if (isContinued) continue;
    instructions.push({ ...open, ignored });
    open = undefined;
    ignored = [];
  }
  return instructions;
}
