import { DerTag } from "./der.js";

/** What `readTime` returns for a text that is no time. */
export const NO_TIME = Number.NaN;

/**
 * The instant of a UTCTime or GeneralizedTime (X.690, 11.7 and 11.8; RFC 5280, 4.1.2.5) in milliseconds since the
 * Unix epoch, `NO_TIME` if the content is malformed. Seconds may be missing; a UTCTime ends in `Z` or `±hhmm`, a
 * GeneralizedTime in `Z`; fractions of a second are dropped. Two-digit years from 50 on are of the 20th century.
 */
export function readTime(bytes: Uint8Array, offset: number, end: number, tag: number): number {
  let at = offset;
  let year: number;
  if (tag === DerTag.UTC_TIME) {
    year = twoDigits(bytes, at, end);
    if (year < 0) return NO_TIME;
    year += year >= 50 ? 1900 : 2000;
    at += 2;
  } else if (tag === DerTag.GENERALIZED_TIME) {
    const century = twoDigits(bytes, at, end);
    const rest = twoDigits(bytes, at + 2, end);
    if (century < 0 || rest < 0) return NO_TIME;
    year = century * 100 + rest;
    at += 4;
  } else return NO_TIME;

  const month = twoDigits(bytes, at, end);
  const day = twoDigits(bytes, at + 2, end);
  const hour = twoDigits(bytes, at + 4, end);
  const minute = twoDigits(bytes, at + 6, end);
  at += 8;
  let second = twoDigits(bytes, at, end);
  if (second >= 0) at += 2;
  else second = 0;
  if (month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return NO_TIME;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second > 59) return NO_TIME;

  if (tag === DerTag.GENERALIZED_TIME && at < end && (bytes[at] === 0x2e || bytes[at] === 0x2c)) {
    at++;
    while (at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) at++;
  }
  let offsetMinutes = 0;
  if (at < end && bytes[at] === 0x5a) at++;
  else if (tag === DerTag.UTC_TIME && at < end && (bytes[at] === 0x2b || bytes[at] === 0x2d)) {
    const hours = twoDigits(bytes, at + 1, end);
    const minutes = twoDigits(bytes, at + 3, end);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return NO_TIME;
    offsetMinutes = (bytes[at] === 0x2d ? -1 : 1) * (hours * 60 + minutes);
    at += 5;
  } else return NO_TIME;
  if (at !== end) return NO_TIME;
  const days = daysSinceEpoch(year, month, day);
  return (((days * 24 + hour) * 60 + minute - offsetMinutes) * 60 + second) * 1000;
}

/** The number at two decimal digits, −1 where they are missing. */
function twoDigits(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const tens = bytes[at]! - 0x30;
  const ones = bytes[at + 1]! - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 to a Gregorian date (years counted from March, so that leap days come last). */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}
