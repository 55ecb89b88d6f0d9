import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { readPasswordFile, readPublicFile, readSecretFile } from "../../../agent/config/secret-file.js";
import { editDistance, nearestWord } from "../../../agent/config/suggestion.js";

describe("did you mean", () => {
  it("knows a slip of the fingers", () => {
    expect(nearestWord("uplnik", ["uplink", "store"])).toBe("uplink");
    expect(nearestWord("Rules", ["rules", "rule_files"])).toBe("rules");
    expect(nearestWord("usrname", ["url", "username"])).toBe("username");
  });

  it("is silent where nothing is near", () => {
    expect(nearestWord("password", ["url", "username"])).toBeUndefined();
    expect(nearestWord("password", ["url", "password_file"])).toBe("password_file");
    expect(nearestWord("id", ["url"])).toBeUndefined();
    expect(nearestWord("x", [])).toBeUndefined();
  });

  it("measures a distance: symmetric, zero only between equals, at most the longer word", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});

describe("secret files", () => {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-secret-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: string, mode: number): string => {
    const file = join(folder, name);
    writeFileSync(file, content);
    chmodSync(file, mode);
    return file;
  };

  it("give the first line as password", async () => {
    expect(await readPasswordFile(write("a", "correct horse\r\nsecond", 0o600))).toBe("correct horse");
    expect(await readPasswordFile(write("b", "関所", 0o640))).toBe("関所");
  });

  it.each([0o604, 0o644, 0o602, 0o666])(
    "are refused with mode %o, with the command that helps",
    async (mode) => {
      const file = write("c", "x", mode);
      await expect(readSecretFile(file)).rejects.toMatchObject({ code: "error.secret.exposed" });
      await expect(readSecretFile(file)).rejects.toThrow(`chmod o-rwx ${file}`);
    },
  );

  it("may be open where they are no secret", async () => {
    expect((await readPublicFile(write("d", "PEM", 0o644))).toString()).toBe("PEM");
  });

  it("are refused where they are empty, missing, too large, or no file", async () => {
    mkdirSync(join(folder, "e"));
    await expect(readPasswordFile(write("f", "\nx", 0o600))).rejects.toMatchObject({
      code: "error.secret.empty",
    });
    await expect(readSecretFile(join(folder, "g"))).rejects.toMatchObject({
      code: "error.secret.unreadable",
    });
    await expect(readSecretFile(join(folder, "e"))).rejects.toMatchObject({
      code: "error.secret.not_usable",
    });
    const large = write("h", "x".repeat(65 * 1024), 0o600);
    await expect(readSecretFile(large)).rejects.toMatchObject({ code: "error.secret.not_usable" });
  });
});
