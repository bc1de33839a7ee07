/** The words of `tocsin decode` for people: an event with its fields and flaws, and a summary of all. */
import { failureOf, otherValues, type DecodedFileEvent } from '../app/past/decoded-file.ts';
import { countEvent, noSample, type SampleEvent } from '../app/past/sample-reading.ts';
import type { Config, SourceConfig } from '../config/config.ts';
import type { JsonValue, Value } from '../event/event.ts';
import { localIso } from '../event/local-time.ts';
import { joined, shown, type Paint, type Shown } from '../event/shown.ts';
import { jsonText, shorten, visibleLine } from '../event/visible.ts';

export interface DecodedFileText {
  event(event: DecodedFileEvent): Shown;
  count(event: DecodedFileEvent): void;
  /** `isCut`: the file has more events than were read. */
  summary(shownEvents: number, isCut: boolean): Shown;
  /** True where every event that was counted is read whole. */
  isWhole(): boolean;
}

/** Longest text of a value. */
const VALUE_MAX = 200;
/** So much of a text is shown before the place up to which it fits, and behind it. */
const AROUND = 60;
/** Kinds of flaws that the summary lists. */
const KINDS_MAX = 20;

export function createDecodedText(source: SourceConfig, config: Config, paint: Paint): DecodedFileText {
  const counts = noSample();
  const flawsByKind = new Map<string, { count: number; readonly line: number }>();
  return {
    event: (event) => joined(linesOf(event, source, config, paint), shown`\n`),
    count(event) {
      countEvent(counts, event);
      for (const { kind } of event.flaws) {
        const known = flawsByKind.get(kind);
        if (known !== undefined) known.count += 1;
        else if (flawsByKind.size < KINDS_MAX) flawsByKind.set(kind, { count: 1, line: event.line });
      }
    },
    isWhole: () => counts.whole === counts.events,
    summary(shownEvents, isCut) {
      const { events, lines, whole, untimed, undecodable } = counts;
      if (events === 0) return shown`there is no line to read\n`;
      const share = (count: number): string => `${count} (${((100 * count) / events).toFixed(1)} %)`;
      const read = `${isCut ? 'the first ' : ''}${events} ${events === 1 ? 'event' : 'events'} of ${lines} ${lines === 1 ? 'line' : 'lines'}`;
      const head = shown`${read}: read whole ${share(whole)}, without a time ${share(untimed)}, undecodable ${share(undecodable)}\n`;
      const kinds = [...flawsByKind].map(
        ([kind, { count, line }]) => shown`  ${count} × ${kind}, first in line ${line}\n`,
      );
      const rest = shownEvents < events ? shown`${shownEvents} of them shown; -n shows more\n` : shown``;
      return joined([head, ...kinds, rest], shown``);
    },
  };
}

function linesOf(
  event: DecodedFileEvent,
  source: SourceConfig,
  config: Config,
  paint: Paint,
): readonly Shown[] {
  const others = [...otherValues(event, config.schema)];
  return [
    headOf(event, config, paint),
    ...event.flaws.map(({ kind, detail }) => {
      const more = detail === undefined ? '' : `: ${visibleLine(detail, VALUE_MAX)}`;
      return shown`  ${paint.red(`${kind}${more}`)}`;
    }),
    ...failureLines(event, source, paint),
    ...fieldLines(event, paint),
    ...(others.length === 0
      ? []
      : [shown`  ${paint.dim(others.map(([path, value]) => `${path}=${otherText(value)}`).join(' '))}`]),
    shown``,
  ];
}

function headOf({ line, lines, event }: DecodedFileEvent, { timezone }: Config, paint: Paint): Shown {
  const number = lines === 1 ? `line ${line}` : `line ${line}, ${lines} lines joined`;
  const time = localIso(event.timeMs, timezone);
  const said = event.timeInferred ? paint.yellow(`${time} (inferred: not its own)`) : shown`${time}`;
  return shown`${paint.bold(number)}  ${said}`;
}

function fieldLines({ fields }: SampleEvent, paint: Paint): readonly Shown[] {
  const width = Math.max(0, ...fields.map(({ name }) => name.length));
  return fields.map(({ name, type, values, unfit }) => {
    const texts = values.map((value) => valueText(value, type)).join(' | ');
    const wrong =
      unfit === 0 ? shown`` : paint.red(` ${unfit} ${unfit === 1 ? 'value does' : 'values do'} not fit`);
    return shown`  ${name.padEnd(width)}  ${paint.dim(type.padEnd(7))}  ${texts}${wrong}`;
  });
}

function valueText(value: Value, type: string): string {
  if (type === 'date' && typeof value === 'number') return new Date(value).toISOString();
  return visibleLine(String(value), VALUE_MAX);
}

function otherText(value: JsonValue): string {
  const text = typeof value === 'string' && /^[^\s=]+$/u.test(value) ? value : jsonText(value);
  return shorten(text, VALUE_MAX);
}

/** Shows the text that a step could not read, with a caret under the place up to which it fits. */
function failureLines(event: DecodedFileEvent, source: SourceConfig, paint: Paint): readonly Shown[] {
  const failed = failureOf(event, source);
  if (failed?.text === undefined) return [];
  const { text, at } = failed;
  if (at === undefined) return [shown`  | ${visibleLine(text, VALUE_MAX)}`];
  const begin = Math.max(0, at - AROUND);
  // Parts are cut between characters.
  const before = visibleLine(text.slice(begin, at).toWellFormed());
  const behind = visibleLine(text.slice(at, at + AROUND).toWellFormed());
  const lead = begin > 0 ? '…' : '';
  const tail = at + AROUND < text.length ? '…' : '';
  const blanks = ' '.repeat(lead.length + columnsOf(before));
  return [shown`  | ${lead}${before}${behind}${tail}`, shown`  | ${blanks}${paint.red('^ fits up to here')}`];
}

/** Characters of East Asian scripts and emoji take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/gu;

const columnsOf = (text: string): number => Array.from(text).length + (text.match(WIDE) ?? []).length;
