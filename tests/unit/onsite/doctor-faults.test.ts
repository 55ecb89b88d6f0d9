/** How many of the doctor's findings are proved by a fault that was really made. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FINDING_NAMES } from "#agent/onsite/doctor/finding.js";

/** Where faults are made: a namespace, a full disk, a wrong certificate, a dead broker …, and the first finding is compared. */
const PROOFS = ["doctor.test.ts", "doctor-uplink.test.ts"];
/** Faults that cannot be made on a test machine, which is root's, has one clock and one disk, or that are no fault. */
const NOT_MADE = [
  "capture.forbidden",
  "clock.free",
  "clock.unset",
  "disk.worn",
  "memory.low",
  "service.forbidden",
  "service.restarting",
  "uplink.none",
  "uplink.unreachable",
];

test("all findings but nine are named first in the ranking of a fault that was really made, and they are 25 at least", () => {
  const proofs = PROOFS.map((file) =>
    readFileSync(new URL(`../../integration/${file}`, import.meta.url), "utf8"),
  ).join("\n");
  const made = FINDING_NAMES.filter((name) => proofs.includes(`"${name}"`));
  expect(FINDING_NAMES.filter((name) => !made.includes(name)).toSorted()).toEqual(NOT_MADE);
  expect(made.length).toBeGreaterThanOrEqual(25);
});
