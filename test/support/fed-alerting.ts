/** Alerting over fake sources whose partitions are lists of lines, and a detector that is fed without a disk. */
import type { Config, SourceConfig } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import { createDetector, type Detector } from '../../src/detect/detector.ts';
import { rulesInput, type DetectInput } from '../../src/detect/input/input.ts';
import type { StateStore, StoredPosition } from '../../src/detect/store/store.ts';
import type { Transition } from '../../src/event/alert.ts';
import { UNKNOWN_PARTITION, type LogReader, type LogSource } from '../../src/ingest/source.ts';
import type { Ruleset } from '../../src/rule/ast.ts';
import type { Alerting } from '../../src/app/pipeline/alerting.ts';
import type { Engine } from '../../src/app/types.ts';
import { readRuleTexts } from '../../src/app/rulebook.ts';
import type { OpenSource } from '../../src/app/pipeline/sources.ts';
import { batchOf } from './batches.ts';
import type { Random } from './timelines.ts';

export const NOW_MS = Date.parse('2026-11-27T12:00:00Z');

const RULES = `rule unshipped {
  let paid = "payment succeeded"
  let shipped = "order shipped"
  alert paid not followed by shipped within 2h by order_id
}
rule silent {
  when heartbeat
  alert nothing for 2m by order_id
}
rule waits {
  when "lost"
  alert count >= 1 within 1m by order_id
}`;

export function configOf(names: readonly string[]): { config: Config; ruleset: Ruleset } {
  const sources = names.map((name) => `  ${name}: { file: { path: 'logs/${name}.log' }, lateness: 5s }\n`);
  const text = `data_dir: ./data
sources:
${sources.join('')}fields: { order_id: { type: keyword }, message: { type: text } }
rules: ./rules
channels: { terminal: {} }
routes: [{ to: [terminal] }]
`;
  const { config } = parseConfig(text, '/tocsin.yaml', {});
  const { ruleset } = readRuleTexts(config!, [{ file: 'a.rule', text: RULES }]);
  return { config: config!, ruleset: ruleset! };
}

/** What is told of the detector as the engine feeds it; nothing is kept on a disk. */
export interface Fed {
  readonly detector: Detector;
  readonly transitions: Transition[];
  readonly engine: Engine;
  readonly store: StateStore;
}

export function feed({ config, ruleset }: ReturnType<typeof configOf>): Fed {
  const detector = createDetector({ ...ruleset, rules: [] }, { sources: [] });
  const transitions: Transition[] = [...detector.step(rulesInput(ruleset, config.sources, NOW_MS, true))];
  const positions = new Map<string, StoredPosition>();
  const engine = {
    async take(input: DetectInput, moved?: Parameters<Engine['take']>[1]): Promise<void> {
      await Promise.resolve();
      transitions.push(...detector.step(input));
      if (moved !== undefined) positions.set(`${moved.source}/${moved.partition}`, moved.position);
    },
    buffered: detector,
  } as unknown as Engine;
  const store = {
    position: (source: string, partition: number) => positions.get(`${source}/${partition}`),
  } as unknown as StateStore;
  return { detector, transitions, engine, store };
}

export interface FakeSource {
  /** Lines of each partition. */
  readonly partitions: readonly (readonly string[])[];
  /** Turns of the event loop until it is open, and further ones until its partitions are known. */
  readonly opensAfter: number;
  readonly knowsAfter: number;
  readonly mayHaveNone?: boolean;
  /** There may be partitions that it cannot see. */
  readonly isHidden?: boolean;
  /** When each line of a single partition is read; by default all are read in one go. */
  readonly clocks?: readonly number[];
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function fakeSource(config: SourceConfig, fake: FakeSource, random: Random): OpenSource {
  const source: LogSource = {
    name: config.name,
    finite: false,
    ...(fake.mayHaveNone !== undefined && { mayHaveNone: fake.mayHaveNone }),
    async open() {
      for (let i = 0; i < fake.opensAfter; i++) await turn();
      return fakeReader(config.name, fake, random);
    },
    close: () => Promise.resolve(),
  };
  return { config, source };
}

function fakeReader(source: string, fake: FakeSource, random: Random): LogReader {
  const read = fake.partitions.map(() => 0);
  let turns = 0;
  const isKnown = (): boolean => turns >= fake.knowsAfter;
  return {
    async next() {
      await turn();
      turns += 1;
      const ready = fake.partitions.flatMap((lines, i) => (read[i]! < lines.length ? [i] : []));
      if (!isKnown() || ready.length === 0) return undefined;
      const partition = random.pick(ready);
      const from = read[partition]!;
      const many = fake.clocks === undefined ? 1 + random.below(400) : 1;
      const lines = fake.partitions[partition]!.slice(from, from + many);
      read[partition] = from + lines.length;
      return batchOf(lines, 0, {
        source,
        partition,
        offsets: Float64Array.from(lines, (_, i) => from + i),
        readAtMs: fake.clocks?.[from] ?? NOW_MS,
        next: { offset: from + lines.length, proof: '' },
      });
    },
    partitions: () => {
      const hidden = { partition: UNKNOWN_PARTITION, label: source, atEnd: false, unreachable: 'not now' };
      if (fake.isHidden === true) return [hidden];
      return isKnown()
        ? fake.partitions.map((lines, partition) => ({
            partition,
            label: `${source}-${partition}`,
            atEnd: read[partition] === lines.length,
          }))
        : [];
    },
    durable: () => undefined,
    hold: () => undefined,
    close: () => Promise.resolve(),
  };
}

export const line = (ms: number, message: string, orderId: string): string =>
  JSON.stringify({ '@timestamp': new Date(ms).toISOString(), message, order_id: orderId });

export async function stop(alerting: Alerting): Promise<void> {
  for (const loop of alerting.loops) loop.stop();
  await Promise.all(alerting.loops.map(({ ended }) => ended));
}
