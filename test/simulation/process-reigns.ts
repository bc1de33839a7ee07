/**
 * What each rule had to judge, from the match log as it was committed: when it came into force and what it took in from there on, up to
 * what time that was settled when it was replaced or removed, and what the oracle makes of it.
 */
import type { Rule } from '../../src/rule/ast.ts';
import { Ground, type GroundSource } from '../support/ground.ts';
import { oracle, type OracleEpisode, type OracleEvent } from '../support/oracle.ts';
import type { Committed } from './process-disk.ts';
import { asSeenBy, type OrderEvent, type SimulatedRule } from './process-rules.ts';

/** A line that was in time. */
export interface Line {
  readonly event: OrderEvent;
  readonly place: Pick<OracleEvent, 'timeMs' | 'source' | 'partition' | 'offset'>;
}

/** A rule for as long as it was in force. */
export interface Reign {
  readonly rule: string;
  readonly meaning: string;
  readonly lines: Line[];
  /** Everything up to and including this was settled at its end. */
  finalMs: number;
  ended?: 'replaced' | 'removed';
}

/** In the place of its partitions. */
const AS_A_WHOLE = -1;

const keyOf = (source: string, partition: number, offset: number): string =>
  `${source}/${partition}/${offset}`;

/** In the order in which they began. `sources`: of the configuration, which stays as it is. */
export function reignsOf(
  committed: readonly Committed[],
  lines: readonly Line[],
  sources: readonly GroundSource[],
): readonly Reign[] {
  const ground = new Ground();
  const byName = new Map(sources.map((source) => [source.name, source]));
  const byKey = new Map(
    lines.map((line) => [keyOf(line.place.source, line.place.partition, line.place.offset), line]),
  );
  const read = new Map<string, number>();
  const from = new Map<Reign, readonly string[]>();
  const current = new Map<string, Reign>();
  const all: Reign[] = [];

  function end(name: string, ended: 'replaced' | 'removed'): void {
    const reign = current.get(name);
    if (reign === undefined) return;
    reign.ended = ended;
    current.delete(name);
  }

  // A source holds the time back as a whole before it has said which partitions it has, and while it has none.
  for (const source of sources) ground.own(source, [AS_A_WHOLE]);
  for (const { input, nextOffset = 0 } of committed) {
    if (input.kind === 'rules') {
      const names = new Set(input.rules.map(({ name }) => name));
      for (const name of input.removed ?? [...current.keys()].filter((known) => !names.has(known)))
        end(name, 'removed');
      for (const rule of input.rules) {
        if (current.get(rule.name)?.meaning === rule.meaning) continue;
        end(rule.name, 'replaced');
        const reign: Reign = { rule: rule.name, meaning: rule.meaning, lines: [], finalMs: -Infinity };
        current.set(rule.name, reign);
        from.set(reign, rule.from);
        all.push(reign);
      }
      continue;
    }
    if (input.kind === 'partitions') {
      ground.own(byName.get(input.source)!, input.partitions.length === 0 ? [AS_A_WHOLE] : input.partitions);
    } else if (input.kind === 'tick') {
      ground.tick(input.clockMs, ({ name }, partition) =>
        input.idle.some((one) => one.source === name && one.partition === partition),
      );
    } else if (input.kind === 'batch') {
      const source = byName.get(input.source)!;
      const standing = ground.at(source, input.partition);
      const at = `${input.source}/${input.partition}`;
      for (let offset = read.get(at) ?? 0; offset < nextOffset; offset++) {
        const line = byKey.get(keyOf(input.source, input.partition, offset));
        if (line === undefined) continue;
        for (const reign of current.values()) reign.lines.push(line);
      }
      read.set(at, nextOffset);
      ground.at(source, AS_A_WHOLE).counts = false;
      standing.counts = true;
      standing.isIdle = false;
      if (input.watermarkMs !== undefined)
        standing.greatestMs = Math.max(standing.greatestMs, input.watermarkMs + source.latenessMs);
    }
    for (const reign of current.values())
      reign.finalMs = Math.max(reign.finalMs, ground.finalMs(from.get(reign)!));
  }
  return all;
}

/** What became of a rule while it was in force; one that still is was final up to `finalMs`. */
export function episodesOf(
  reign: Reign,
  simulated: SimulatedRule,
  rule: Rule,
  finalMs: number,
): readonly OracleEpisode[] {
  const { ended } = reign;
  const endMs = ended === undefined ? finalMs : reign.finalMs;
  const seen = reign.lines
    .filter(({ place }) => place.timeMs <= endMs)
    .filter(({ place }) => rule.from.length === 0 || rule.from.includes(place.source))
    .map(({ event, place }) => asSeenBy(simulated, rule, event, place));
  const beganMs = seen.reduce((min, { timeMs }) => Math.min(min, timeMs), Infinity);
  return oracle(rule, seen, endMs, beganMs).flatMap((episode) => {
    if (episode.state === 'pending') return [];
    if (ended === undefined || episode.state === 'resolved') return [episode];
    const resolvedAtMs = Math.max(endMs, episode.firedAtMs!);
    return [{ ...episode, state: 'resolved' as const, resolvedAtMs, reason: ended }];
  });
}
