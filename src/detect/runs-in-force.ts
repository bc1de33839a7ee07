/** The runs of the rules in force. It knows which runs exist and which are not armed yet. A change of rules begins, keeps or ends runs. */
import type { ResolveReason } from '../event/alert.ts';
import type { AnyBatch, DetectInput, DetectRule } from './input/input.ts';
import { underNamesOf } from './input/let-names.ts';
import type { JudgedAside } from './judged-aside.ts';
import type { RuleRun } from './rule-run.ts';
import type { WatermarkScheduler } from './watermark-scheduler.ts';

export interface RunsParts {
  readonly scheduler: WatermarkScheduler;
  readonly aside: Pick<JudgedAside, 'begin' | 'forget'>;
  /** Creates a run of the rule that has seen nothing. */
  readonly newRun: (rule: DetectRule) => RuleRun;
  /** Called before a run ends, and with it all its groups at once. */
  readonly ending: () => void;
}

type RulesInput = Extract<DetectInput, { kind: 'rules' }>;

export class RunsInForce {
  readonly #parts: RunsParts;
  readonly #runs = new Map<string, RuleRun>();
  /** Runs that wait for an event of any kind of their sources. */
  readonly #unarmed = new Set<RuleRun>();

  constructor(parts: RunsParts) {
    this.#parts = parts;
  }

  get(rule: string): RuleRun | undefined {
    return this.#runs.get(rule);
  }

  all(): readonly RuleRun[] {
    return [...this.#runs.values()];
  }

  /** All runs, with their `finalMs` brought up to date. */
  upToDate(): readonly RuleRun[] {
    return this.all().map((run) => this.#parts.scheduler.upToDate(run));
  }

  /** Adds a run that a checkpoint restored. */
  restore(run: RuleRun): void {
    this.#enter(run);
    this.#parts.scheduler.restore(run);
  }

  /** Puts a change of rules into force. `lastTimeMs`: greatest time of the events read before the change; −Infinity if there were none. */
  change({ rules, removed, clockMs }: RulesInput, lastTimeMs: number): void {
    const next = new Map(rules.map((rule) => [rule.name, rule]));
    const gone = removed === undefined ? undefined : new Set(removed);
    for (const [name, run] of this.#runs) {
      const rule = next.get(name);
      if (rule === undefined && gone?.has(name) === false) continue;
      if (rule?.meaning === run.rule.meaning) run.adopt(underNamesOf(run.rule, rule));
      else this.#end(run, clockMs, rule === undefined ? 'removed' : 'replaced');
    }
    for (const [name, rule] of next) {
      if (this.#runs.has(name)) continue;
      const run = this.#parts.newRun(rule);
      if (lastTimeMs > -Infinity) run.beginAfter(lastTimeMs);
      this.#enter(run);
      this.#parts.scheduler.add(run);
    }
  }

  /** Records events of a source, matching or not: they arm the runs that wait for an event. */
  heard({ source, firstTimeMs }: AnyBatch): void {
    if (firstTimeMs === undefined) return;
    for (const run of this.#unarmed)
      if (run.rule.from.length === 0 || run.rule.from.includes(source)) this.#saw(run, firstTimeMs);
  }

  /** Arms the runs that need no event, by the clock. */
  beginByClock(clockMs: number, begins: (rule: DetectRule) => boolean): void {
    for (const run of this.#unarmed) if (begins(run.rule)) this.#saw(run, clockMs);
  }

  clockWentBack(clockMs: number): void {
    const { scheduler } = this.#parts;
    for (const run of this.#unarmed) {
      scheduler.upToDate(run).clockWentBack(clockMs);
      scheduler.disturb(run);
    }
  }

  /** Makes each run final up to the time that `untilMs` gives for its sources. */
  finalise(untilMs: (from: readonly string[]) => number): void {
    this.#parts.scheduler.finalise(untilMs);
    for (const run of this.#unarmed) if (!run.isUnarmed) this.#unarmed.delete(run);
  }

  #saw(run: RuleRun, atMs: number): void {
    const { scheduler } = this.#parts;
    scheduler.upToDate(run).saw(atMs);
    scheduler.disturb(run);
  }

  /** Enters a run that has seen nothing, or that a checkpoint restored. */
  #enter(run: RuleRun): void {
    this.#runs.set(run.rule.name, run);
    this.#parts.aside.begin(run);
    if (run.isUnarmed) this.#unarmed.add(run);
  }

  #end(run: RuleRun, clockMs: number, reason: ResolveReason): void {
    const { scheduler, aside, ending } = this.#parts;
    ending();
    scheduler.upToDate(run).end(clockMs, reason);
    this.#runs.delete(run.rule.name);
    this.#unarmed.delete(run);
    aside.forget(run);
    scheduler.remove(run);
  }
}
