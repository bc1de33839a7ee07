/**
 * The demo: a simulated order service beside the pipeline of `tocsin run`. Everything is in a temporary folder that is removed afterwards.
 * The demo has no alerts of its own: other rules in the folder give other alerts.
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Writable } from 'node:stream';
import { runPipelines } from '../app.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../event/clock.ts';
import { joined, shown, shownLines, type Paint, type Shown } from '../event/shown.ts';
import { visibleLine } from '../event/visible.ts';
import type { Log } from '../event/telemetry.ts';
import { createHistory, type History } from './history.ts';
import { createOrderService, type Fault } from './orders.ts';
import { faultAt, faultRate, planFaults } from './plan.ts';
import { createScreen, type Screen } from './screen.ts';
import { createTally, type DemoTally } from './tally.ts';
import { demoTexts, type DemoTexts } from './texts.ts';

export interface DemoOptions {
  /** Only its fields, rules and language are used. Sources, archive and channels are those of the demo. */
  readonly config: Config;
  readonly clock: Clock;
  readonly durationMs: number;
  readonly seed: number;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly paint: Paint;
  readonly log: Log;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
}

/** The pause between two appends to the log. */
const TICK_MS = 100;
/** How long after the last line the pipeline may take to read everything. Then the summary is written anyway. */
const LINGER_MS = 5_000;

/** Runs the demo to its end. Returns false if it was ended early. Rejects with StartError when the rules do not allow a start. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { clock, durationMs, stdout, stderr } = options;
  const startMs = clock.nowMs();
  const history = createHistory({ seed: options.seed, startMs, durationMs });
  const tally = createTally(options.log, planFaults(startMs, durationMs), history.stories);
  const onShown = (text: string): void => {
    tally.onShown(text, clock.nowMs());
  };
  const screen = createScreen({ stdout, stderr, totalMs: durationMs, onShown });
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-demo-'));
  // This also runs when the process is ended at once: no folder stays behind, and the cursor is shown again.
  const cleanUp = (): void => {
    screen.restore();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', cleanUp);
  try {
    const texts = demoTexts[options.config.language];
    return await play(options, { folder, startMs, history, tally, screen, texts });
  } finally {
    cleanUp();
    process.off('exit', cleanUp);
  }
}

/** The parts that one run of the demo works with. */
interface Stage {
  readonly folder: string;
  readonly startMs: number;
  readonly history: History;
  readonly tally: DemoTally;
  readonly screen: Screen;
  readonly texts: DemoTexts;
}

async function play(options: DemoOptions, stage: Stage): Promise<boolean> {
  const { config, clock, durationMs, signal, paint } = options;
  const { folder, startMs, tally, screen, texts } = stage;
  const logFile = join(folder, 'logs', 'orders.log');
  mkdirSync(join(folder, 'logs'));
  appendFileSync(logFile, '');
  const intro = texts.intro(Math.round(durationMs / 1_000), visibleLine(shortPath(config.rulesDir)));
  screen.say(shown`${shownLines(intro)}\n`);
  const running = await runPipelines(embedded(config, folder, logFile), {
    clock,
    telemetry: tally.telemetry,
    onTransition: tally.onTransition,
    terminal: screen.alerts,
  });
  const written = await simulate(options, stage, logFile)
    .then((lines) => allRead(tally, lines, options))
    .finally(() => running.stop());
  screen.restore();
  screen.say(summaryText(tally, written, clock.nowMs() - startMs, texts, paint));
  return !signal.aborted;
}

/** Returns the configuration of the demo: the given fields, rules and language, with a file, SQLite and the terminal, all in the folder. */
function embedded(config: Config, folder: string, logFile: string): Config {
  const template = config.sources[0]!;
  return {
    ...config,
    dataDir: join(folder, 'data'),
    sources: [
      {
        name: template.name,
        kind: { kind: 'file', paths: [logFile] },
        decode: { steps: [{ kind: 'json' }] },
        timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
        latenessMs: template.latenessMs,
      },
    ],
    archive: {
      kind: 'sqlite',
      path: join(folder, 'data', 'archive.db'),
      retentionMs: config.archive.retentionMs,
    },
    channels: { terminal: {} },
    routes: [{ labels: {}, to: [{ channel: 'terminal', target: '' }] }],
  };
}

/**
 * Appends the history, then lines as a service writes them. Tells people when something goes wrong in the service. Returns the number of
 * lines.
 */
async function simulate(
  { clock, durationMs, seed, signal, paint }: DemoOptions,
  { startMs, history, tally, screen, texts }: Stage,
  logFile: string,
): Promise<number> {
  const service = createOrderService({ seed, startMs: clock.nowMs(), ordersPerSecond: 40 });
  appendFileSync(logFile, `${history.lines.join('\n')}\n`);
  screen.say(shown`${texts.history(history.lines.length)}`);
  let written = history.lines.length;
  let before: Fault | undefined;
  let lastMs = startMs;
  for (let nowMs = clock.nowMs(); nowMs - startMs < durationMs && !signal.aborted; nowMs = clock.nowMs()) {
    const planned = faultAt(tally.plan, nowMs);
    const fault = planned?.fault;
    const at = clockText(nowMs - startMs);
    if (fault !== before && before !== undefined) {
      screen.say(paint.green(`${at} ${texts.faultEnds}: ${texts.faults[before]}`));
    }
    if (fault !== before && fault !== undefined) {
      screen.say(paint.yellow(`${at} ${texts.faultBegins}: ${texts.faults[fault]}`));
    }
    before = fault;
    for (const { kind, dueMs } of history.stories) {
      if (dueMs > lastMs && dueMs <= nowMs) {
        screen.say(paint.yellow(`${at} ${texts.faultBegins}: ${texts.faults[kind]}`));
      }
    }
    const told = history.later(lastMs, nowMs);
    lastMs = nowMs;
    const served = service.lines(
      nowMs,
      planned && { fault: planned.fault, linesPerSecond: faultRate(planned) },
    );
    // Each line begins with its time, so sorting the texts sorts by time.
    const lines = told.length > 0 ? [...served, ...told].sort() : served;
    if (lines.length > 0) appendFileSync(logFile, `${lines.join('\n')}\n`);
    written += lines.length;
    screen.progress(nowMs - startMs, texts.progress(tally.events().alerted, tally.alerts().length));
    await clock.sleep(TICK_MS, signal);
  }
  return written;
}

/** Waits until both readers have had every line, or until LINGER_MS are over. Returns the number of lines. */
async function allRead(
  tally: DemoTally,
  written: number,
  { clock, signal }: Pick<DemoOptions, 'clock' | 'signal'>,
): Promise<number> {
  const untilMs = clock.steadyMs() + LINGER_MS;
  const done = (): boolean => Math.min(tally.events().alerted, tally.events().archived) >= written;
  while (!done() && clock.steadyMs() < untilMs && !signal.aborted) await clock.sleep(TICK_MS, signal);
  return written;
}

function summaryText(
  tally: DemoTally,
  written: number,
  elapsedMs: number,
  texts: DemoTexts,
  paint: Paint,
): Shown {
  const { alerted, archived } = tally.events();
  const alerts = tally.alerts();
  const width = Math.max(0, ...alerts.map(({ rule }) => rule.length));
  const rows = alerts.map(({ rule, severity, group, cause, afterMs }) => {
    const after =
      cause === undefined ? '' : texts.after(((afterMs ?? 0) / 1_000).toFixed(1), texts.faults[cause]);
    return `  ${rule.padEnd(width)}  ${severity.padEnd(8)}  ${group.padEnd(21)}  ${after}`.trimEnd();
  });
  const lines = [
    '',
    paint.bold(texts.summary),
    texts.written(written, alerted, archived),
    texts.rate(Math.round(written / (elapsedMs / 1_000))),
    texts.alerts(alerts.length),
    ...rows,
    '',
    texts.next,
  ];
  return joined(lines, shown`\n`);
}

const clockText = (elapsedMs: number): string => `${(elapsedMs / 1_000).toFixed(0).padStart(3)} s `;

function shortPath(path: string): string {
  const inside = relative('', path);
  return inside === '' || inside.startsWith('..') ? path : inside;
}
