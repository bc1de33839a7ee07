/**
 * Compares decoding and matching by the line kernel with the plain way, and both with each condition evaluated alone: the same times, the
 * same counts and the same matches.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { SourceConfig } from '../../src/config/config.ts';
import type { Batch } from '../../src/event/batch.ts';
import type { LogEvent, Schema } from '../../src/event/event.ts';
import { ODD } from '../../src/event/kernel/tape.ts';
import type { Match } from '../../src/event/match.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import type { Matched } from '../../src/match/collector.ts';
import { compileCondition } from '../../src/match/condition.ts';
import { compileMatcher } from '../../src/match/matcher.ts';
import type { Rule } from '../../src/rule/ast.ts';
import { makeBatch } from './byte-batch.ts';
import type { Random } from './timelines.ts';

/** When the batches were read. */
export const READ_AT_MS = Date.UTC(2026, 10, 23, 9);

/** A source of JSON lines. */
export const source = (timestamp: Partial<SourceConfig['timestamp']> = {}): SourceConfig => ({
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 1 },
  decode: { steps: [{ kind: 'json' }] },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'Asia/Shanghai', ...timestamp },
  latenessMs: 30_000,
});

/** Compares both ways over batches of lines; returns the numbers of sound lines and of matches. */
export function compareWays(
  batches: readonly Batch[],
  rules: readonly Rule[],
  schema: Schema,
  from = source(),
): { sound: number; matches: number } {
  const [plain, byTape] = [createDecoder(from, schema), createDecoder(from, schema)];
  const [matcher, byLine] = [compileMatcher({ rules, schema }), compileMatcher({ rules, schema })];
  const judges = rules.map((rule) => judgeOf(rule, schema));
  let timing: string | undefined;
  const seen = { sound: 0, matches: 0 };
  for (const batch of batches) {
    const expected = plain.decode(batch, timing);
    const decoded = byTape.decode(batch, timing, byLine.kernel);
    expect(decoded.tape).toBeDefined();
    const { counts, timesMs, inferred, timeliness, watermarksMs } = expected;
    expect(decoded).toMatchObject({ timesMs, inferred, timeliness, watermarksMs, timing: expected.timing });
    expect(decoded.counts).toEqual(counts);
    const [want, got] = [matcher.match(expected.events), byLine.matchLines(decoded)];
    expect(selected(want)).toEqual(selectedBy(judges, expected.events));
    // To show the first difference alone is quicker by far, and says more.
    expect(got.matches).toHaveLength(want.matches.length);
    const at = want.matches.findIndex((match, i) => !isDeepStrictEqual(whole(match), whole(got.matches[i]!)));
    if (at >= 0) expect(whole(got.matches[at]!)).toEqual(whole(want.matches[at]!));
    expect([got.missed, got.late]).toEqual([want.missed, want.late]);
    seen.sound += decoded.tape!.states.filter((state) => state !== ODD).length;
    seen.matches += want.matches.length;
    timing = expected.timing;
  }
  return seen;
}

/** A match with the parts that are made when they are looked at. */
const whole = ({ shown: { excerpt, fields }, ...match }: Match) => ({ ...match, excerpt, fields });

type Judge = (event: LogEvent) => string | undefined;

/** Returns the rule and its conditions that an event satisfies, each condition evaluated alone. */
function judgeOf(rule: Rule, schema: Schema): Judge {
  const when = rule.when && compileCondition(rule.when, schema);
  const lets = [...rule.lets].map(([name, condition]) => ({
    name,
    holds: compileCondition(condition, schema),
  }));
  return (event) => {
    if (when?.(event) === false) return undefined;
    const held = lets.filter(({ holds }) => holds(event)).map(({ name }) => name);
    const conditions = when === undefined ? held : ['when', ...held];
    return conditions.length === 0 ? undefined : `${rule.name} ${conditions.join()}`;
  };
}

/** Returns what the events in time satisfy, in the order of events and rules. */
const selectedBy = (judges: readonly Judge[], events: readonly LogEvent[]): string[] =>
  events
    .filter(({ timeliness }) => timeliness === 'in_time')
    .flatMap((event) =>
      judges.flatMap((judge) => {
        const found = judge(event);
        return found === undefined ? [] : [`${event.position.offset} ${found}`];
      }),
    );

/** Returns what was matched, as texts: offset, rule and conditions. */
export const selected = ({ matches }: Pick<Matched, 'matches'>): string[] =>
  matches.map(({ position, rule, conditions }) => `${position.offset} ${rule} ${conditions.join()}`);

/** Returns the lines as batches of random sizes. */
export function batchesOf(lines: readonly (string | Uint8Array)[], random: Random): Batch[] {
  const batches: Batch[] = [];
  for (let from = 0; from < lines.length;) {
    const to = from + 1 + random.below(2 * Math.ceil(Math.sqrt(lines.length)));
    batches.push(makeBatch(lines.slice(from, to), { readAtMs: READ_AT_MS }, from));
    from = to;
  }
  return batches;
}
