/** Makes one line decoder of the steps of a source. */
import { ENVELOPES, type LineStep, type StepConfig, type TextStep } from '../../../config/decode/steps.ts';
import { decodeJson } from '../json.ts';
import type { LineDecoder } from '../line-decoder.ts';
import type { Step, TextParser } from './step.ts';
import { parserFor, textStep } from './texts.ts';
import { valueStep } from './values.ts';

/** Returns true where a document is the JSON of its line, so that the line has the exact text of each number. */
export function isPlainJson(steps: readonly StepConfig[]): boolean {
  const [only, second] = steps;
  if (only?.kind !== 'json' || second !== undefined) return false;
  return only.field === undefined && only.optional !== true;
}

/** `before`: how many steps stand before these. Throws RangeError for a pattern that cannot be used. */
export function compileSteps(configs: readonly LineStep[], before = 0): LineDecoder {
  if (isPlainJson(configs)) return decodeJson;
  const placed = onMessages(configs);
  const [first, ...rest] = placed;
  const begin = beginning(first!);
  const later = begin === undefined ? placed : rest;
  const names = configs.map((_, i) => nameOf(configs, i, before));
  const steps = later.map((config, i) => ({
    step: compileStep(config),
    name: names[configs.length - later.length + i],
  }));
  return (line, origin = {}) => {
    const document = begin === undefined ? {} : begin(line);
    if (typeof document === 'string') return names[0] === undefined ? document : `${names[0]}: ${document}`;
    for (const { step, name } of steps) {
      const reason = step(line, document, origin);
      if (reason !== undefined) return name === undefined ? reason : `${name}: ${reason}`;
    }
    return { document, json: false };
  };
}

/** Behind an envelope, steps on texts work on the text that was wrapped, unless they name another. */
function onMessages(configs: readonly LineStep[]): readonly LineStep[] {
  const envelope = configs.findIndex(({ kind }) => ENVELOPES.has(kind));
  if (envelope < 0) return configs;
  return configs.map((config, i) =>
    i > envelope && isTextStep(config) ? { ...config, field: config.field ?? 'message' } : config,
  );
}

/** Returns the parser of a first step that makes the document of the whole line. Nothing is copied then. */
function beginning(first: LineStep): TextParser | undefined {
  if (!isTextStep(first)) return undefined;
  return first.field === undefined && first.optional !== true ? parserFor(first) : undefined;
}

const compileStep = (config: LineStep): Step => (isTextStep(config) ? textStep(config) : valueStep(config));

export const isTextStep = (config: LineStep): config is TextStep =>
  !['kv', 'w3c', 'set', 'map', 'levels', 'replace', 'trim', 'strip_ansi', 'otel'].includes(config.kind);

/** Returns what a reason begins with: nothing where there is one step. */
function nameOf(configs: readonly LineStep[], i: number, before: number): string | undefined {
  return configs.length === 1 ? undefined : `step ${before + i + 1} (${configs[i]!.kind})`;
}
