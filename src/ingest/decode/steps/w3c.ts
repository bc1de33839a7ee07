/**
 * Lines of the W3C's extended log format, as IIS writes it: https://www.w3.org/TR/WD-logfile. The columns are named by a `#Fields:` line,
 * which the reader has taken out (header-lines.ts).
 */
import { ORIGIN_HEADER_LINE } from '../../../config/decode/origins.ts';
import { put } from '../line-decoder.ts';
import type { Step } from './step.ts';

const HEADER_UNITS_MAX = 4_000;
/** A value in quotes may have blanks; a quote in it is written twice. IIS writes `+` for a blank instead. */
const VALUE = /"(?:[^"]|"")*"|[^ ]+/gu;

/** `given`: the columns of lines before the first `#Fields:` line. */
export function w3cStep(given: string | undefined): Step {
  let header: string | undefined;
  let names: readonly string[] = [];
  return (line, document, origin) => {
    const fields = origin[ORIGIN_HEADER_LINE] ?? given;
    if (fields === undefined) return 'no `#Fields:` line before it says what its columns are';
    if (fields.length > HEADER_UNITS_MAX)
      return `its \`#Fields:\` line has more than ${HEADER_UNITS_MAX} characters`;
    if (fields !== header) [header, names] = [fields, fields.split(/\s+/u)];
    const values = line.includes('\t') ? line.split('\t') : (line.match(VALUE) ?? []);
    if (values.length !== names.length)
      return `it has ${values.length} columns, and its \`#Fields:\` line ${names.length}`;
    for (const [i, name] of names.entries()) {
      const value = values[i]!;
      // A hyphen stands for a value that is not there.
      if (value !== '-') put(document, name, value.startsWith('"') ? unquoted(value) : value);
    }
    const { date, time } = document;
    if (typeof date === 'string' && typeof time === 'string') {
      Reflect.deleteProperty(document, 'date');
      // Both are in UTC, whatever the zone of the machine.
      document['time'] = `${date}T${time}Z`;
    }
    return undefined;
  };
}

const unquoted = (value: string): string => value.replaceAll(/^"|"$/gu, '').replaceAll('""', '"');
