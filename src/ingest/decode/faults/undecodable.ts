/** Says why lines cannot be decoded: the step, the place in a line, and a preset that would read them. */
import { buildSteps, stepsSchema } from '../../../config/decode/schema.ts';
import { PRESET_NAMES, presets } from '../../../config/decode/presets.ts';
import type { StepConfig } from '../../../config/decode/steps.ts';
import { compileEvents, recordReader } from '../records.ts';
import { likelyEncoding } from '../../encoding/likely.ts';
import { failedStep } from '../steps/failed-step.ts';
import { mostOften, shownPart, type ReadingFault, type SeenLine, type SeenLines } from './fault.ts';

/** Lines that presets are tried on. */
const TRIED_MAX = 20;
/** One in so many lines may be something else, such as the first line of a stack trace. */
const READ_SHARE = 0.8;

/** `bad`: the lines that cannot be decoded; at least one. */
export function undecodableFault(bad: readonly SeenLine[], { source }: SeenLines): ReadingFault {
  const wide = wideEncoding(bad);
  if (wide !== undefined) return encodingFault(wide);
  const { steps } = source.decode;
  const why = mostOften(bad.map(({ event }) => event.undecodable!))!.value;
  const { line } = bad.find(({ event }) => event.undecodable === why)!.event;
  const at = placeOf(steps, why, line);
  const preset = presetFor(bad);
  return {
    cause: at === undefined || at === 0 ? why : `${why} beyond ${MARK} in the line`,
    example: at === undefined || at === 0 ? shownPart(line) : marked(line, at),
    fix: fixFor(preset, bad, source.decode.multiline !== undefined),
  };
}

export const encodingFault = (label: string): ReadingFault => ({
  cause: `the bytes look like ${label}`,
  fix: `write \`encoding: ${label}\` at the source, or let the program write UTF-8`,
});

/** Returns an encoding of two bytes a character, in which a line is no text at all. */
function wideEncoding(bad: readonly SeenLine[]): string | undefined {
  const guess = likelyEncoding(Buffer.concat(bad.map(({ bytes }) => firstPairs(bytes))));
  return guess?.startsWith('utf-16') === true ? guess : undefined;
}

/** Returns the pairs of bytes of a first line. Lines of UTF-16 that were joined as bytes are one byte off each other. */
function firstPairs(bytes: Uint8Array): Uint8Array {
  const lf = bytes.indexOf(0x0a);
  const end = lf < 0 ? bytes.length : lf;
  return bytes.subarray(0, end - (end % 2));
}

/** Lines that belong to the one before them. */
const CONTINUES = /^(?:\s|Caused by: |\.\.\. \d+ more|[}\])])/u;

function fixFor(preset: string | undefined, bad: readonly SeenLine[], isJoined: boolean): string {
  if (preset !== undefined) return `write \`decode: ${preset}\`, which reads these lines`;
  const behind = bad.filter(({ event }) => CONTINUES.test(event.line)).length;
  if (!isJoined && 2 * behind > bad.length)
    return 'most of them are the rest of an event that began above: say where one begins with `multiline: { start: PATTERN }`';
  return 'mend `decode` of the source (docs/reading.md)';
}

/** Returns the preset that reads most of the lines, where it reads enough of them. */
function presetFor(bad: readonly SeenLine[]): string | undefined {
  const lines = bad.slice(0, TRIED_MAX).map(({ event }) => event.line);
  const read = PRESET_NAMES.map((name) => {
    const steps = buildSteps(stepsSchema.parse(presets[name].decode));
    const read = recordReader(steps) ?? compileEvents({ steps });
    return { name, count: lines.filter((line) => typeof read(line) !== 'string').length };
  });
  const [best] = read.sort((a, b) => b.count - a.count);
  return best !== undefined && best.count >= READ_SHARE * lines.length ? best.name : undefined;
}

/** Stands in a line that is shown where a step stopped. */
const MARK = '>>>';
const BEFORE_UNITS = 100;

function marked(line: string, at: number): string {
  const from = Math.max(0, at - BEFORE_UNITS);
  return `${from > 0 ? '…' : ''}${line.slice(from, at).toWellFormed()}${MARK}${shownPart(line.slice(at))}`;
}

/** Returns how far in the line the step that failed came; undefined where that is not known. */
function placeOf(steps: readonly StepConfig[], why: string, line: string): number | undefined {
  const { text, at } = failedStep(steps, line, why);
  return text === line ? at : undefined;
}
