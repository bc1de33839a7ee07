/** Says for people which step could not read a line, on which text it worked, and how far that text fits. It is slow, for a few lines. */
import { ENVELOPES, type StepConfig } from '../../../config/decode/steps.ts';
import { withoutMark } from '../../../event/number-text.ts';
import { Pattern } from '../../../event/pattern.ts';
import { dissectPlace } from '../dissect.ts';
import { jsonPlace } from '../json-place.ts';
import { compileSteps } from './compile.ts';
import { textReader } from './fields.ts';

export interface FailedStep {
  /** The text that the step worked on; undefined where there was none. */
  readonly text?: string;
  /** The index in the text up to which it fits; absent where the step cannot say. */
  readonly at?: number;
}

/** `line`: one that the steps cannot decode, for `reason`. */
export function failedStep(steps: readonly StepConfig[], line: string, reason: string): FailedStep {
  const index = Number(/^step (\d+) /u.exec(reason)?.[1] ?? 1) - 1;
  const step = steps[index];
  if (step === undefined) return { text: line };
  const text = textOf(steps, index, withoutMark(line));
  if (text === undefined) return {};
  const at = placeIn(step, text);
  return at === undefined ? { text } : { text, at };
}

function textOf(steps: readonly StepConfig[], index: number, line: string): string | undefined {
  const own = (steps[index] as { readonly field?: string }).field;
  const before = steps.slice(0, index);
  const field = own ?? (before.some(({ kind }) => ENVELOPES.has(kind)) ? 'message' : undefined);
  if (field === undefined || index === 0) return line;
  const decoded = compileSteps(before)(line);
  return typeof decoded === 'string' ? undefined : textReader(field)(decoded.document);
}

function placeIn(step: StepConfig, text: string): number | undefined {
  if (step.kind === 'json' || step.kind === 'docker' || step.kind === 'journald') return jsonPlace(text);
  if (step.kind === 'dissect') return furthest(step.patterns.map((pattern) => dissectPlace(pattern, text)));
  if (step.kind === 'regex') return furthest(step.patterns.map((pattern) => regexPlace(pattern, text)));
  return undefined;
}

const furthest = (places: readonly (number | undefined)[]): number | undefined =>
  places.reduce((far, at) => (far === undefined || (at !== undefined && at > far) ? at : far), undefined);

const PREFIX = 'fits';
/** Compiled beginnings of patterns, by their text: each line of a log tries the same ones. */
const beginnings = new Map<string, Pattern | undefined>();
const BEGINNINGS_MAX = 1_000;

/** Returns the end of the longest match that a beginning of the pattern has; undefined for a pattern that has no beginnings. */
function regexPlace(source: string, text: string): number | undefined {
  const cuts = topLevelCuts(source);
  if (cuts === undefined) return undefined;
  let fits = 0;
  let at: number | undefined;
  // A longer beginning fits only where a shorter one does.
  for (let low = 0, high = cuts.length - 1; low <= high;) {
    const middle = (low + high) >> 1;
    const end = endOfMatch(source.slice(0, cuts[middle]), text);
    if (end === undefined) high = middle - 1;
    else {
      low = middle + 1;
      if (middle >= fits) at = end;
      fits = middle;
    }
  }
  return at ?? 0;
}

function endOfMatch(source: string, text: string): number | undefined {
  if (!beginnings.has(source)) {
    if (beginnings.size >= BEGINNINGS_MAX) beginnings.clear();
    beginnings.set(source, compiled(`(?<${PREFIX}>${source})`));
  }
  const found = beginnings.get(source)?.groups(text)?.[PREFIX];
  return found === undefined ? undefined : text.indexOf(found) + found.length;
}

function compiled(source: string): Pattern | undefined {
  try {
    return new Pattern(source);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Pieces of a pattern that stand for themselves: an escape, a class, a bracket of a group, a repeat, a character. */
const PIECES =
  /\\(?:p\{[^}]*\}|x\{[^}]*\}|x[0-9a-fA-F]{2}|[^])|\[\^?\]?(?:\\[^]|[^\]\\])*\]|[*+?]\??|\{[\d,]+\}\??|[^]/gu;

/** Returns the ends of the pieces that stand in no group, in order; undefined where one of several choices may fit. */
function topLevelCuts(source: string): readonly number[] | undefined {
  const cuts: number[] = [];
  let depth = 0;
  for (const { 0: piece, index } of source.matchAll(PIECES)) {
    if (piece === '(') depth += 1;
    if (piece === ')') depth -= 1;
    if (depth > 0) continue;
    if (piece === '|') return undefined;
    // A repeat belongs to the piece before it.
    if (/^(?:[*+?]\??|\{[\d,]+\}\??)$/u.test(piece)) cuts.pop();
    cuts.push(index + piece.length);
  }
  return cuts;
}
