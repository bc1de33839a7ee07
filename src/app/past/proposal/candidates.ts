/** The ways to read a log that are tried on a sample of it. */
import { presets, PRESET_NAMES, type PresetName } from '../../../config/decode/presets.ts';
import { buildSteps, stepsSchema } from '../../../config/decode/schema.ts';
import { ENVELOPES } from '../../../config/decode/steps.ts';
import { criLine, dockerLine, objectOf } from '../../../ingest/decode/container-lines.ts';
import { decodeLogfmt } from '../../../ingest/decode/logfmt.ts';
import { documentsOf, type SampleDocuments } from './documents.ts';
import { guessLevel } from './level-guess.ts';
import type { SourceKeys } from '../../../config/decode/source-keys.ts';
import { guessText } from './text-guess.ts';
import { guessTime } from './time-guess.ts';

/** A runtime or JSON that wraps fewer of the lines is none. */
const WRAPPED_MIN = 0.5;

/** `lines`: some of the log. Earlier candidates are preferred where two read it equally well. */
export function candidatesFor(lines: readonly string[]): readonly SourceKeys[] {
  const isMostly = (test: (line: string) => boolean): boolean =>
    lines.filter(test).length >= lines.length * WRAPPED_MIN;
  if (isMostly((line) => criLine(line) !== undefined))
    return inEnvelope(
      'cri',
      lines.flatMap((line) => criLine(line)?.text ?? []),
    );
  if (isMostly((line) => dockerLine(line) !== undefined))
    return inEnvelope(
      'docker',
      lines.flatMap((line) => dockerLine(line)?.log.trimEnd() ?? []),
    );
  const [plain, ...levelled] = [...jsonCandidates(lines), ...logfmtCandidates(lines)];
  return [
    ...(plain === undefined ? [] : [plain]),
    ...PRESET_NAMES.map((name) => ({ decode: name })),
    ...levelled,
    ...(lines.some((line) => WRAPPED_JSON.test(line)) ? [syslogWithJson] : []),
    ...guessText(lines),
    ...withoutTime(lines),
  ];
}

/** Inner presets may have a time of their own; without one they are out. */
function inEnvelope(envelope: 'cri' | 'docker', texts: readonly string[]): readonly SourceKeys[] {
  const inner = PRESET_NAMES.filter((name) => !isOutermost(name)).map((name) => ({
    decode: [envelope, name],
  }));
  const guessed = guessText(texts).map(({ decode, ...keys }) => ({
    decode: [envelope, ...(decode as readonly unknown[])],
    ...keys,
  }));
  return [{ decode: envelope }, ...inner, ...guessed];
}

/** Returns true for a preset that reads nothing within another: an envelope, and a log with a header. */
function isOutermost(name: PresetName): boolean {
  const [first] = buildSteps(stepsSchema.parse(presets[name].decode));
  return first !== undefined && (ENVELOPES.has(first.kind) || first.kind === 'w3c');
}

function jsonCandidates(lines: readonly string[]): readonly SourceKeys[] {
  const documents = documentsOf(lines.map(objectOf).filter((document) => Object.keys(document).length > 0));
  return documents.count < lines.length * WRAPPED_MIN ? [] : guessed('json', documents);
}

function logfmtCandidates(lines: readonly string[]): readonly SourceKeys[] {
  const decoded = lines
    .map(decodeLogfmt)
    .flatMap((each) => (typeof each === 'string' ? [] : [each.document]));
  const documents = documentsOf(decoded);
  return documents.count < lines.length * WRAPPED_MIN ? [] : guessed('logfmt', documents);
}

function guessed(step: 'json' | 'logfmt', documents: SampleDocuments): readonly SourceKeys[] {
  const time = guessTime(documents);
  if (time === undefined) return [];
  const level = guessLevel(documents);
  if (level?.names === undefined) return [{ decode: step, timestamp: time }];
  const { names, path } = level;
  const levels = { levels: names, ...(path !== 'level' && { field: path }) };
  return [
    { decode: step, timestamp: time },
    { decode: [step, levels], timestamp: time },
  ];
}

const WRAPPED_JSON = /[\]:-] \ufeff?\{"/u;

/** The text behind the header of syslog may be JSON with a time of its own, which may be none that can be read. */
const syslogWithJson: SourceKeys = {
  decode: [
    'syslog',
    { levels: 'syslog', field: 'severity' },
    { set: { level: '{severity}', 'syslog.time': '{time}' } },
    { json: { optional: true } },
    { levels: 'words' },
  ],
  timestamp: { field: ['time', 'syslog.time'], format: ['iso8601', 'syslog'] },
};

/** The last resort: lines are read at the time at which they arrive. */
function withoutTime(lines: readonly string[]): readonly SourceKeys[] {
  const isJson =
    lines.filter((line) => Object.keys(objectOf(line)).length > 0).length >= lines.length * WRAPPED_MIN;
  const decode = isJson ? 'json' : [{ regex: '^(?<message>[\\s\\S]*)$' }];
  return [{ decode, timestamp: { field: 'arrival' } }];
}
