/** Says for people which step could not read a line, on which text it worked, and how far that text fits. It is slow, for a few lines. */
import { isOrigin } from '../../../config/decode/origins.ts';
import { ENVELOPES, type LineStep, type StepConfig } from '../../../config/decode/steps.ts';
import { withoutMark } from '../../../event/number-text.ts';
import { dissectPlace } from '../dissect.ts';
import { jsonPlace } from '../json-place.ts';
import { recordDecoding } from '../records.ts';
import { regexPlace } from '../regex-place.ts';
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
  const before = stepsBefore(steps, index);
  // Nothing of the line itself is wrong.
  if (own !== undefined && isOrigin(own)) return undefined;
  const field = own ?? (before.some(({ kind }) => ENVELOPES.has(kind)) ? 'message' : undefined);
  if (field === undefined || before.length === 0) return line;
  const decoded = compileSteps(before)(line);
  return typeof decoded === 'string' ? undefined : textReader(field)(decoded.document, {});
}

/** Returns the steps that a line has gone through before the one at `index`. Behind `each`, the line is that of a record. */
function stepsBefore(steps: readonly StepConfig[], index: number): readonly LineStep[] {
  return recordDecoding({ steps: steps.slice(0, index) }).steps as readonly LineStep[];
}

function placeIn(step: StepConfig, text: string): number | undefined {
  if (step.kind === 'json' || step.kind === 'docker' || step.kind === 'journald') return jsonPlace(text);
  if (step.kind === 'dissect') return furthest(step.patterns.map((pattern) => dissectPlace(pattern, text)));
  if (step.kind === 'regex') return furthest(step.patterns.map((pattern) => regexPlace(pattern, text)));
  return undefined;
}

const furthest = (places: readonly (number | undefined)[]): number | undefined =>
  places.reduce((far, at) => (far === undefined || (at !== undefined && at > far) ? at : far), undefined);
