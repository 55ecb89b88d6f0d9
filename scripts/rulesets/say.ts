/** What a command of `scripts/rules` says: lines for a person, or one JSON value for a machine; progress goes to standard error. */
export interface Say {
  /** The result. */
  done(value: object, lines: readonly string[]): void;
  /** A line about work that goes on. */
  progress(line: string): void;
}

export function saying(isJson: boolean): Say {
  return {
    done(value, lines) {
      const text = isJson ? JSON.stringify(value, undefined, 2) : lines.join("\n");
      process.stdout.write(`${text}\n`);
    },
    progress(line) {
      if (!isJson) process.stderr.write(`${line}\n`);
    },
  };
}

export function devicesText(count: number): string {
  return count === 1 ? "1 device" : `${count} devices`;
}
