/** Reads the escapes of a JSON text. All of them are known to be sound. Half a surrogate pair becomes U+FFFD, as in every text of a field. */
import { SCRATCH } from './layout';
import { encode } from './unicode';

const REPLACEMENT: u32 = 0xfffd;

/** Writes the text [from, to) without escapes to `SCRATCH`, as UTF-8; returns its end. The text is at most `LINE_MAX` bytes long. */
export function unescape(from: usize, to: usize): usize {
  let out = SCRATCH;
  let at = from;
  while (at < to) {
    const byte = load<u8>(at);
    if (byte !== 0x5c) {
      store<u8>(out, byte);
      out++;
      at++;
      continue;
    }
    const escaped = load<u8>(at, 1);
    at += 2;
    if (escaped !== 0x75) {
      store<u8>(out, controlOf(escaped));
      out++;
      continue;
    }
    let code = hexAt(at);
    at += 4;
    if (code >= 0xd800 && code < 0xe000) {
      const low = code < 0xdc00 && at + 6 <= to && load<u16>(at) === 0x755c ? hexAt(at + 2) : 0;
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      } else code = REPLACEMENT;
    }
    out = encode(code, out);
  }
  return out;
}

function controlOf(escaped: u8): u8 {
  if (escaped === 0x6e) return 0x0a;
  if (escaped === 0x74) return 0x09;
  if (escaped === 0x72) return 0x0d;
  if (escaped === 0x62) return 0x08;
  if (escaped === 0x66) return 0x0c;
  return escaped;
}

function hexAt(at: usize): u32 {
  let code: u32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const byte = <u32>load<u8>(at + i);
    code = (code << 4) | (byte < 0x40 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10);
  }
  return code;
}
