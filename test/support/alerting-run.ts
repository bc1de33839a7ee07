/** The alerting pipeline on a real source in a temporary folder, by the clock of a machine that a test sets: only its time is simulated. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { startAlerting, type Alerting, type AlertingOptions } from '../../src/app/pipeline/alerting.ts';
import { createEngine } from '../../src/app/pipeline/committer.ts';
import { restored } from '../../src/app/pipeline/restore.ts';
import type { SourceConfig } from '../../src/config/config.ts';
import { rulesInput } from '../../src/detect/input/input.ts';
import type { Engine } from '../../src/app/types.ts';
import { openStateStore, type StateStore } from '../../src/detect/store/store.ts';
import type { Transition } from '../../src/event/alert.ts';
import type { Clock } from '../../src/event/clock.ts';
import { silent } from '../../src/event/telemetry.ts';
import { openFileSource } from '../../src/ingest/file/source.ts';
import type { LogSource } from '../../src/ingest/source.ts';
import { openStdinSource } from '../../src/ingest/stdin/source.ts';
import { compileMatcher } from '../../src/match/matcher.ts';
import { openOutbox } from '../../src/notify/outbox/outbox.ts';
import type { Ruleset } from '../../src/rule/ast.ts';
import { loadRuleTexts } from '../../src/rule/load.ts';
import type { SettableMachine } from './clock.ts';
import { orderContext } from './rule-context.ts';
import { until } from './tocsin-process.ts';

export interface AlertingRun {
  readonly alerting: Alerting;
  /** `rule kind` of every transition, in order. */
  readonly told: readonly string[];
  /** Appends lines with these fields; a line without a time has that of the machine. Gives when they are read. */
  write(...lines: readonly Readonly<Record<string, string>>[]): void;
  /** Everything written has been read, and its end has been looked at since now. */
  read(): Promise<void>;
  /** The process is awake while time passes: it looks at the source and ticks. */
  awake(ms: number): Promise<void>;
  stop(): Promise<void>;
}

export const LATENESS_MS = 1_000;
const TICK_MS = 4_000;

const timing = {
  decode: { steps: [{ kind: 'json' }] },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
  latenessMs: LATENESS_MS,
} as const;

/** A folder for runs: what one run leaves the next finds. */
export function alertingFolder(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-alerting-'));
  mkdirSync(join(dir, 'logs'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Alerting over one source, with the rules in force by the clock. */
export async function startAlertingOver({
  config,
  source,
  ruleset,
  store,
  engine,
  clock,
  onRead,
}: {
  readonly config: SourceConfig;
  readonly source: LogSource;
  readonly ruleset: Ruleset;
  readonly store: StateStore;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly onRead?: AlertingOptions['onRead'];
}): ReturnType<typeof startAlerting> {
  await engine.take(rulesInput(ruleset, [config], clock.nowMs(), true));
  const matcher = compileMatcher(ruleset);
  return await startAlerting({
    sources: [{ config, source }],
    schema: ruleset.schema,
    store,
    engine,
    telemetry: silent,
    clock,
    matcher: () => matcher,
    ...(onRead !== undefined && { onRead }),
  });
}

export async function startAlertingRun(
  dir: string,
  machine: SettableMachine,
  ruleText: string,
  kind: 'file' | 'stdin' | LogSource = 'file',
): Promise<AlertingRun> {
  const { clock } = machine;
  const { ruleset } = loadRuleTexts([{ file: 'r.rule', text: ruleText }], orderContext);
  if (ruleset === undefined) throw new Error(`the rule is wrong: ${ruleText}`);
  const input = new PassThrough();
  const log = join(dir, 'logs', 'a.log');
  appendFileSync(log, '');
  const { config, source } = await openSource(dir, kind, machine, input);
  const store = openStateStore(join(dir, 'state.db'));
  const told: string[] = [];
  const engine = createEngine({
    clock,
    detector: restored(store),
    store,
    outbox: openOutbox(store.tables, () => clock.nowMs()),
    telemetry: silent,
    planner: () => () => [],
    onTransitions: (transitions: readonly Transition[]) =>
      void told.push(...transitions.map(({ kind, episode }) => `${episode.rule} ${kind}`)),
  });
  const alerting = await startAlertingOver({ config, source, ruleset, store, engine, clock });
  const { reader } = alerting.loops[0]!;

  const read = (): Promise<unknown> => {
    const sinceMs = clock.steadyMs();
    return until(
      () =>
        reader.partitions().every(({ atEnd, lookedAtMs = Infinity }) => atEnd && lookedAtMs >= sinceMs) &&
        reader.partitions().length > 0,
      60_000,
      () => JSON.stringify(reader.partitions()),
    );
  };
  return {
    alerting,
    told,
    write(...lines) {
      const time = new Date(clock.wallMs()).toISOString();
      const text = lines.map((line) => `${JSON.stringify({ '@timestamp': time, ...line })}\n`).join('');
      if (kind === 'stdin') input.write(text);
      else appendFileSync(log, text);
    },
    async read() {
      await read();
    },
    async awake(ms) {
      for (let left = ms; left > 0; left -= TICK_MS) {
        machine.pass(Math.min(left, TICK_MS));
        await read();
        await alerting.tick();
      }
    },
    async stop() {
      for (const loop of alerting.loops) loop.stop();
      await Promise.allSettled(alerting.loops.map(({ ended }) => ended));
      await engine.close();
      await source.close();
      store.close();
    },
  };
}

async function openSource(
  dir: string,
  kind: 'file' | 'stdin' | LogSource,
  { clock }: SettableMachine,
  input: PassThrough,
): Promise<{ readonly config: SourceConfig; readonly source: LogSource }> {
  if (kind === 'stdin') {
    const config = { name: 'orders', kind: { kind, spoolBytes: 1 << 26 }, ...timing };
    return { config, source: await openStdinSource(config, dir, silent, clock, input) };
  }
  const files = { kind: 'file', paths: [join(dir, 'logs', '*.log')] } as const;
  const config = { name: 'orders', kind: files, ...timing };
  if (kind !== 'file') return { config, source: kind };
  return { config, source: await openFileSource(config, dir, silent, { clock, pollMs: 10, graceMs: 50 }) };
}
