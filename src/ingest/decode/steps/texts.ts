/** The steps that make keys of a text: of the line, or of a field. */
import { ENVELOPES, type TextStep } from '../../../config/decode/steps.ts';
import { parseToExactValues } from '../../../event/number-text.ts';
import { Pattern } from '../../../event/pattern.ts';
import { dissectDecoder } from '../dissect.ts';
import { decodeLogfmt } from '../logfmt.ts';
import { parseCri, parseDocker, parseJournald, parseKlog, parseSyslog } from './envelopes.ts';
import { textReader } from './fields.ts';
import { grokParser } from './grok.ts';
import type { Draft } from '../line-decoder.ts';
import { groupsOf, join, parserOf, type Step, type TextParser } from './step.ts';

/** Throws RangeError for a pattern that cannot be used. */
export function textStep(config: TextStep): Step {
  const { field, optional = false } = config;
  const parse = parserFor(config);
  const read = field === undefined ? undefined : textReader(field);
  // Keys that came out of a text stand for it; a pattern mostly takes only some of its words.
  const isConsumed = ['json', 'logfmt', ...ENVELOPES].includes(config.kind);
  return (line, document, origin) => {
    const text = read === undefined ? line : read(document, origin);
    if (text === undefined) return optional ? undefined : `no text in ${field!}`;
    const keys = parse(text);
    if (typeof keys === 'string') return optional ? undefined : keys;
    if (isConsumed && field !== undefined) Reflect.deleteProperty(document, field);
    join(document, keys);
    return undefined;
  };
}

/** Returns the parser of a step; the object that it returns is a new one. Throws RangeError for a pattern that cannot be used. */
export function parserFor(config: TextStep): TextParser {
  if (config.kind === 'dissect')
    return firstOf(config.patterns.map((pattern) => parserOf(dissectDecoder(pattern))));
  if (config.kind === 'regex') return firstOf(config.patterns.map(regexParser));
  if (config.kind === 'grok')
    return firstOf(config.patterns.map((pattern) => grokParser(pattern, config.own)));
  return parsers[config.kind];
}

const parsers: Readonly<Record<Exclude<TextStep['kind'], 'dissect' | 'regex' | 'grok'>, TextParser>> = {
  json: parseJson,
  logfmt: parserOf(decodeLogfmt),
  cri: parseCri,
  docker: parseDocker,
  syslog: parseSyslog,
  klog: parseKlog,
  journald: parseJournald,
};

function parseJson(text: string): Draft | string {
  try {
    const value = parseToExactValues(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Draft;
    return 'not a JSON object';
  } catch {
    return text.trim() === '' ? 'the text is empty' : 'not valid JSON';
  }
}

/** Returns a parser that takes the keys of the first that fits; with several, the reason is that of all. */
function firstOf(parsers: readonly TextParser[]): TextParser {
  const [only, second] = parsers;
  if (second === undefined) return only!;
  return (text) => {
    for (const parse of parsers) {
      const keys = parse(text);
      if (typeof keys !== 'string') return keys;
    }
    return `none of ${parsers.length} patterns fits`;
  };
}

function regexParser(source: string): TextParser {
  const pattern = new Pattern(source);
  if (pattern.groupNames.includes('__proto__'))
    throw new RangeError(`regex "${source}" names a part \`__proto__\`, which no field can be`);
  if (pattern.groupNames.length === 0)
    throw new RangeError(`regex "${source}" names no part: write (?<name>…) around each that you want`);
  return (text) => groupsOf(pattern, text);
}
