/** Says why lines have no time, in words without text of the log (that is the example): which field is asked, what it holds, and which fields look like times. */
import { presets } from '../../../config/decode/presets.ts';
import type { TimePath } from '../../../config/config.ts';
import { namesOfTime } from '../../../config/time-path.ts';
import { documentLeaves } from '../../../event/document-leaves.ts';
import type { JsonObject, JsonValue } from '../../../event/event.ts';
import { timestampParser, type TimestampParser } from '../../../event/timestamp.ts';
import { textReader } from '../steps/fields.ts';
import { mostOften, shownPart, type ReadingFault, type SeenLine, type SeenLines } from './fault.ts';

/** Lines of which fields are looked through, and fields of a line. */
const LOOKED_AT_MAX = 50;
const FIELDS_MAX = 200;
const YEAR_MS = 365 * 86_400_000;
/** A time of a log is no older, and no more than a zone ahead. */
const OLDEST_MS = 20 * YEAR_MS;
const AHEAD_MAX_MS = 2 * 86_400_000;

/** `bad`: lines that were decoded and have no time; at least one. */
export function untimedFault(bad: readonly SeenLine[], { source, decoded }: SeenLines): ReadingFault {
  const { path, format } = source.timestamp;
  const asked = path.map((each) => namesOfTime(each).join(' and ')).join(', ');
  const given = bad.flatMap(({ event }) => valuesAt(path, event.document));
  const nowMs = Math.max(...decoded.map(({ batch }) => batch.readAtMs));
  const found = timeFieldOf(bad, source.timestamp.timezone, nowMs);
  const example = shownPart(bad[0]!.event.line);
  if (2 * given.length <= bad.length)
    return { cause: `there is no \`${asked}\` in these lines`, example, fix: fixFor(found) };
  const slips = given.map((value) => ({ value, slip: hourSlip([format].flat(), value) }));
  const { value, slip } = slips.find((each) => each.slip !== undefined) ?? slips[0]!;
  return {
    cause: slip?.cause ?? `\`${asked}\` holds no time of the format ${[format].flat().join(', ')}`,
    example: shownPart(value),
    fix: slip?.fix ?? fixFor(found),
  };
}

/** Returns the lines whose hour cannot be meant: read by a wrong kind of hours, they would be 12 hours wrong. */
export function hourSlips(lines: readonly SeenLine[], { source }: SeenLines): readonly SeenLine[] {
  const formats = [source.timestamp.format].flat();
  return lines.filter(({ event }) =>
    valuesAt(source.timestamp.path, event.document).some((value) => hourSlip(formats, value) !== undefined),
  );
}

const HALF = /[AaPp]\.?[Mm]\.?(?![A-Za-z])|上午|下午|午前|午後/u;
const HOUR = /(?<!\d)(\d{1,2}):\d{2}/u;

function hourSlip(
  formats: readonly string[],
  value: string,
): Pick<ReadingFault, 'cause' | 'fix'> | undefined {
  if (!HALF.test(value)) return undefined;
  const unquoted = formats.map((format) => format.replaceAll(/'[^']*'/gu, ''));
  if (unquoted.some((format) => /h/u.test(format)))
    return Number(HOUR.exec(value)?.[1] ?? 0) <= 12
      ? undefined
      : {
          cause: 'an hour above 12 has AM or PM behind it',
          fix: 'let the program write hours up to 23 without AM and PM, and read them with HH, or up to 12 with them',
        };
  return unquoted.some((format) => /H/u.test(format))
    ? {
        cause: 'AM or PM stands behind an hour that is read with H, up to 23',
        fix: 'write hh and a in `timestamp.format`, in place of HH',
      }
    : undefined;
}

function fixFor(found: { readonly field: string; readonly format: string } | undefined): string {
  if (found === undefined)
    return 'say where the time stands with `timestamp: { field, format }` (docs/configuration.md); `field: arrival` where lines have none';
  const { field, format } = found;
  const more = format === 'iso8601' ? '' : `, format: ${yamlText(format)}`;
  return `\`${field}\` looks like the time: write \`timestamp: { field: ${yamlText(field)}${more} }\``;
}

const yamlText = (text: string): string => (/^[A-Za-z][\w.]*$/u.test(text) ? text : JSON.stringify(text));

/** Returns what stands at the first of the places, as one text. */
function valuesAt(paths: readonly TimePath[], document: JsonObject): readonly string[] {
  for (const path of paths) {
    const texts = namesOfTime(path).flatMap((name) => textReader(name)(document, {}) ?? []);
    if (texts.length > 0) return [texts.join(' ')];
  }
  return [];
}

/** Formats that are tried, the most common first. */
const FORMATS: readonly string[] = [
  ...new Set([
    ...[
      'iso8601',
      'epoch_ms',
      'epoch_s',
      'epoch_us',
      'epoch_ns',
      'yyyy/MM/dd HH:mm:ss',
      'yyyy/MM/dd HH:mm:ss.SSS',
    ],
    ...Object.values(presets).flatMap(({ timestamp: { format = [] } }) => format),
    ...['dd.MM.yyyy HH:mm:ss', 'dd.MM.yyyy HH:mm:ss,SSS', 'dd/MM/yyyy HH:mm:ss', 'MM/dd/yyyy HH:mm:ss'],
    ...[
      'MM/dd/yyyy hh:mm:ss a',
      'yyyy年MM月dd日 HH:mm:ss',
      'yyyyMMdd HH:mm:ss',
      'EEE, dd MMM yyyy HH:mm:ss Z',
    ],
  ]),
];

const TIME_NAME = /time|date|stamp|^@?ts$|^@?t$|when|logged|created/iu;

/** Returns the field of most lines that holds times, with their format. */
function timeFieldOf(
  bad: readonly SeenLine[],
  timezone: string,
  nowMs: number,
): { readonly field: string; readonly format: string } | undefined {
  const parsers = FORMATS.map((format) => ({ format, parse: timestampParser({ format, timezone }) }));
  const some = bad.slice(0, LOOKED_AT_MAX);
  const found = some.flatMap(({ event }) =>
    [...documentLeaves(event.document, FIELDS_MAX)].flatMap(([field, value]) => {
      const fitting = parsers.find(({ parse }) => isTime(parse, value, nowMs));
      // A number may be anything: its name must speak for it.
      const isClear = fitting !== undefined && (!fitting.format.startsWith('epoch') || TIME_NAME.test(field));
      return isClear ? [JSON.stringify({ field, format: fitting.format })] : [];
    }),
  );
  const named = found.filter((each) => TIME_NAME.test((JSON.parse(each) as { field: string }).field));
  const best = mostOften(named.length > 0 ? named : found);
  if (best === undefined || 2 * best.count <= some.length) return undefined;
  return JSON.parse(best.value) as { field: string; format: string };
}

function isTime(parse: TimestampParser, value: JsonValue, nowMs: number): boolean {
  const time = parse(value, { nearMs: nowMs });
  if (time === undefined) return false;
  const ms = typeof time === 'number' ? time : time.ms;
  return ms > nowMs - OLDEST_MS && ms < nowMs + AHEAD_MAX_MS;
}
