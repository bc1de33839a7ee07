/** What a block of the archive has of each line, read from its pages, and what it is to have by the events. */
import { tokenTexts } from '../../src/event/analysis/analyze.ts';
import type { LogEvent, Schema } from '../../src/event/event.ts';
import type { BlockBuilder } from '../../src/archive/sqlite/blocks/block-builder.ts';
import { PageReader } from '../../src/archive/sqlite/blocks/term-pages.ts';
import { OWNER_BYTES } from '../../src/archive/sqlite/blocks/term-table.ts';

/** The terms of each line in order, as `owner:text`. */
export function termsByLine(builder: BlockBuilder): readonly (readonly string[])[] {
  const terms = Array.from({ length: builder.lineCount }, (): string[] => []);
  builder.build(({ page }) => {
    for (const reader = new PageReader(page); reader.next();) {
      const term = Buffer.from(reader.term);
      const name = `${term.readUInt16BE()}:${term.toString('utf8', OWNER_BYTES)}`;
      reader.eachLine((line) => terms[line]!.push(name));
    }
  });
  return terms.map((each) => each.sort());
}

/** The terms of an event, made from its values one by one. */
export function termsOfEvent(event: Pick<LogEvent, 'values'>, schema: Schema): readonly string[] {
  const terms = schema.fields.flatMap((field, i) => {
    const isExact = field.type === 'keyword' || field.type === 'long';
    if (field.type !== 'text' && !isExact) return [];
    const values = event.values(field).map(String);
    return isExact
      ? values.map((value) => `${i + 1}:${firstBytes(value)}`)
      : values.flatMap(tokenTexts).map((word) => `0:${word}`);
  });
  return [...new Set(terms)].sort();
}

/** The characters of a text that lie in its first 64 bytes. */
function firstBytes(text: string): string {
  let kept = '';
  for (const char of text.toWellFormed()) {
    if (Buffer.byteLength(kept + char) > 64) break;
    kept += char;
  }
  return kept;
}
