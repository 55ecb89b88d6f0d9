import { describe, expect, it } from "vitest";
import { hash53, incidentIdOf, parseIncidentId } from "../../../agent/incident/incident-id.js";

const ALPHABET = "23456789ACDEFHJKMPRTWXY";

describe("an incident's number", () => {
  it("is short, the same for the same incident, and another with a salt", () => {
    const id = incidentIdOf("1:2000001 outbound 192.168.1.20 bad.example 1790000000000000");
    expect(id).toMatch(/^[2-9A-Y]{2}-[2-9A-Y]{3}-[2-9A-Y]{2}$/);
    expect(incidentIdOf("1:2000001 outbound 192.168.1.20 bad.example 1790000000000000")).toBe(id);
    expect(incidentIdOf("1:2000001 outbound 192.168.1.20 bad.example 1790000000000000", 1)).not.toBe(id);
  });

  it("is understood however it was typed", () => {
    const id = incidentIdOf("x");
    const compact = id.replaceAll("-", "");
    const fullWidth = [...compact]
      .map((character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0))
      .join("");
    for (const text of [id, id.toLowerCase(), compact, ` ${compact} `, fullWidth, id.replaceAll("-", "ー")]) {
      expect(parseIncidentId(text)).toBe(id);
    }
  });

  it("is refused with any single wrong character and with any two exchanged", () => {
    for (let n = 0; n < 20; n++) {
      const characters = [...incidentIdOf(`${n}`).replaceAll("-", "")];
      for (let i = 0; i < characters.length; i++) {
        for (const other of ALPHABET) {
          const wrong = characters.with(i, other).join("");
          if (other !== characters[i]) expect(parseIncidentId(wrong)).toBeUndefined();
        }
        for (let j = i + 1; j < characters.length - 1; j++) {
          if (characters[i] === characters[j]) continue;
          const exchanged = characters.with(i, characters[j]!).with(j, characters[i]!).join("");
          expect(parseIncidentId(exchanged)).toBeUndefined();
        }
      }
    }
  });

  it("is refused when it is none", () => {
    for (const text of ["", "K7", "00-000-00", "K7-4F2-9MX", "<script>"])
      expect(parseIncidentId(text)).toBeUndefined();
  });

  it("spreads: ten thousand similar texts give hardly any number twice", () => {
    const ids = new Set(
      Array.from({ length: 10_000 }, (_, i) => incidentIdOf(`1:2000001 outbound 10.0.0.${i}`)),
    );
    expect(ids.size).toBeGreaterThan(9_995);
    expect(Number.isSafeInteger(hash53("a"))).toBe(true);
  });
});
