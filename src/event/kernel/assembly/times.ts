/** Reads `2026-11-23T08:00:00.123Z`, which nearly every log writes. Other times are read by event/iso8601.ts. */

const DAY_MS: f64 = 86_400_000;
const TEXT_LENGTH: u32 = 24;

/** The first 16 bytes of the last time, which are its minute: lines that follow each other mostly have the same. */
const MINUTE: usize = memory.data(16, 16);
let minuteMs: f64 = NaN;

/** Returns the time in ms since epoch; NaN if the text [at, at + length) is no such time, or no time at all. */
export function readTime(at: usize, length: u32): f64 {
  if (length !== TEXT_LENGTH) return NaN;
  const minute = v128.load(at);
  if (v128.any_true(v128.xor(minute, v128.load(MINUTE)))) {
    v128.store(MINUTE, minute);
    minuteMs = readMinute(at);
  }
  if (load<u8>(at, 16) !== 0x3a || load<u8>(at, 19) !== 0x2e || load<u8>(at, 23) !== 0x5a) return NaN;
  wrong = 0;
  const second = two(at + 17);
  const ms = one(at + 20) * 100 + two(at + 21);
  return wrong !== 0 || second > 60 ? NaN : minuteMs + <f64>(second * 1000 + ms);
}

function readMinute(at: usize): f64 {
  if (load<u8>(at, 4) !== 0x2d || load<u8>(at, 7) !== 0x2d) return NaN;
  if (load<u8>(at, 10) !== 0x54 || load<u8>(at, 13) !== 0x3a) return NaN;
  wrong = 0;
  const year = two(at) * 100 + two(at + 2);
  const month = two(at + 5);
  const day = two(at + 8);
  const hour = two(at + 11);
  const minute = two(at + 14);
  if (wrong !== 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23) return NaN;
  if (minute > 59) return NaN;
  return <f64>daysSinceEpoch(year, month, day) * DAY_MS + <f64>((hour * 60 + minute) * 60_000);
}

let wrong: i32 = 0;

function one(at: usize): i32 {
  const digit = <i32>load<u8>(at) - 0x30;
  if (<u32>digit > 9) wrong = 1;
  return digit;
}

function two(at: usize): i32 {
  return one(at) * 10 + one(at + 1);
}

function daysIn(year: i32, month: i32): i32 {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Howard Hinnant's `days_from_civil`, for years from 0 on: years begin in March, so that leap days end them. */
function daysSinceEpoch(year: i32, month: i32, day: i32): i32 {
  const from = month <= 2 ? year + 399 : year + 400;
  const era = from / 400;
  const yearOfEra = from - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return (era - 1) * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468;
}
