/** Texts in the encodings of the WHATWG, for tests: Node decodes them, but encodes none of them. */

/** Encodings of characters of up to two bytes. */
export const TWO_BYTES = ['gbk', 'gb18030', 'big5', 'shift_jis', 'euc-jp', 'euc-kr'] as const;
export const ONE_BYTE = ['windows-1252', 'windows-1251', 'koi8-r', 'iso-8859-15'] as const;
export const UTF_16S = ['utf-16le', 'utf-16be'] as const;
export const ENCODINGS = [...TWO_BYTES, ...ONE_BYTE, ...UTF_16S, 'utf-8'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const tables = new Map<string, ReadonlyMap<string, Buffer>>();

/** Every character of the encoding that has up to two bytes, with its bytes. */
export function tableOf(encoding: Encoding): ReadonlyMap<string, Buffer> {
  const known = tables.get(encoding);
  if (known !== undefined) return known;
  const decoder = new TextDecoder(encoding, { fatal: true });
  const table = new Map<string, Buffer>();
  const add = (bytes: Buffer): void => {
    try {
      const text = decoder.decode(bytes);
      // Control characters of C1 stand for bytes that are no part of any character.
      if (Array.from(text).length === 1 && !/[\x80-\x9f\ufffd]/u.test(text) && !table.has(text))
        table.set(text, bytes);
    } catch {
      // No character.
    }
  };
  for (let byte = 0; byte < 0x80; byte += 1) table.set(String.fromCharCode(byte), Buffer.of(byte));
  for (let byte = 0x80; byte < 0x100; byte += 1) add(Buffer.of(byte));
  if ((TWO_BYTES as readonly string[]).includes(encoding))
    for (let lead = 0x81; lead < 0xff; lead += 1)
      for (let trail = 0x40; trail < 0xff; trail += 1) add(Buffer.of(lead, trail));
  tables.set(encoding, table);
  return table;
}

/** Encodes a text. Fails for a character that the encoding does not have. */
export function encoded(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16();
  const table = tableOf(encoding);
  return Buffer.concat(
    Array.from(text).map((character) => {
      const bytes = table.get(character);
      if (bytes === undefined) throw new Error(`${encoding} has no ${character}`);
      return bytes;
    }),
  );
}
