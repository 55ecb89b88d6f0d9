/**
 * Owns the number of an incident: short enough to be read over the phone, and wrong when misheard.
 *
 * Six characters and a check character, `K7-4F3-9M`, of an alphabet without those that look or sound alike (0 O, 1 I
 * L, 2 Z, 5 S, 8 B, 6 G, M N, U V). The alphabet has 23 characters, a prime: the check character, a weighted sum,
 * finds every single wrong character and every two that were exchanged.
 */
const ALPHABET = "23456789ACDEFHJKMPRTWXY";
const SIZE = ALPHABET.length;
const LENGTH = 6;

/** The id that belongs to a text; another `salt` gives another one. 148 million are possible. */
export function incidentIdOf(text: string, salt = 0): string {
  let number = hash53(text, salt);
  let data = "";
  for (let i = 0; i < LENGTH; i++) {
    data += ALPHABET[number % SIZE];
    number = Math.floor(number / SIZE);
  }
  return format(data + checkCharacter(data));
}

/**
 * The id somebody typed or spelled, or undefined where it is none: lower case, full-width characters, missing or
 * other hyphens and spaces are understood.
 */
export function parseIncidentId(text: string): string | undefined {
  const characters = text
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\-‐‑‒–—―−ーｰ]/g, "");
  if (characters.length !== LENGTH + 1) return undefined;
  for (const character of characters) if (!ALPHABET.includes(character)) return undefined;
  const data = characters.slice(0, LENGTH);
  return checkCharacter(data) === characters[LENGTH] ? format(characters) : undefined;
}

function format(characters: string): string {
  return `${characters.slice(0, 2)}-${characters.slice(2, 5)}-${characters.slice(5)}`;
}

function checkCharacter(data: string): string {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += (i + 1) * ALPHABET.indexOf(data[i]!);
  return ALPHABET[sum % SIZE]!;
}

/** 53 well-mixed bits of a text: two 32-bit FNV-1a-like lanes, mixed as in MurmurHash3's finish. Not cryptographic. */
export function hash53(text: string, seed = 0): number {
  let low = 0xdeadbeef ^ seed;
  let high = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x9e3779b1);
    high = Math.imul(high ^ unit, 0x5f356495);
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return (high >>> 0) * 0x200000 + (low >>> 11);
}
