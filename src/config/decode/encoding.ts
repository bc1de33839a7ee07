/** The encodings of sources: the labels of the WHATWG Encoding Standard, and the code pages that Windows calls by number. */
import { nearest } from '../../event/did-you-mean.ts';

/** `encoding` of a source that says nothing. */
export const UTF_8 = 'utf-8';
/** UTF-16 whose byte order the mark at the beginning says; little endian without a mark. */
export const UTF_16 = 'utf-16';

const CODE_PAGES: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
};

/** The names that a message offers. */
const ENCODING_NAMES = [
  ...[UTF_8, 'gb18030', 'gbk', 'gb2312', 'big5', 'shift_jis', 'euc-jp', 'iso-2022-jp', 'euc-kr'],
  ...[UTF_16, 'utf-16le', 'utf-16be', 'latin1', 'windows-1252', 'windows-1251', 'koi8-r', 'iso-8859-15'],
] as const;

/** Returns the name of the encoding that a label means, in any case of letters. Throws RangeError for any other text. */
export function encodingNamed(label: string): string {
  const plain = label.trim().toLowerCase();
  if (plain === UTF_16) return UTF_16;
  try {
    return new TextDecoder(CODE_PAGES[plain] ?? plain).encoding;
  } catch {
    const meant = nearest(plain, ENCODING_NAMES);
    throw new RangeError(
      meant === undefined ? 'no encoding of the WHATWG has this label' : `did you mean \`${meant}\`?`,
    );
  }
}
