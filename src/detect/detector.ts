/**
 * Detection as a pure step: inputs of the journal go in, transitions come out. It has no clock, no randomness, no input or output. The same
 * inputs give the same transitions: live, in tests and over the past. Checkpoints carry the state out and in again as bytes.
 */
import type { Episode, Transition } from '../event/alert.ts';
import type { Ruleset } from '../rule/ast.ts';
import { loadState, saveState, type DetectorState, type Checkpoint } from './checkpoint.ts';
import { beginsWithRule } from './forms/forms.ts';
import {
  rulesInput,
  type AnyBatch,
  type DetectInput,
  type DetectRule,
  type SourceTiming,
} from './input/input.ts';
import { takeIn } from './intake.ts';
import { createJudgedAside } from './judged-aside.ts';
import type { FiringEpisode } from './lifecycle/machine.ts';
import { createSamples } from './lifecycle/samples.ts';
import type { RuleReport } from './rule-report.ts';
import { createRuleRun, type RuleRun, type RuleRunContext } from './rule-run.ts';
import { RunsInForce } from './runs-in-force.ts';
import { createRecent } from './time/recent.ts';
import { newSharedWaiting } from './time/waiting-keys.ts';
import { createPartitions, type Uneven } from './time/watermarks.ts';
import { createWatermarkScheduler } from './watermark-scheduler.ts';

export interface DetectorOptions {
  /** The configured sources. */
  readonly sources: readonly SourceTiming[];
  /** True (default): announce early firings, before the watermark. False for backtests and tests, where nobody waits. */
  readonly provisional?: boolean;
}

export interface Detector {
  /** Applies one input of the journal. */
  step(input: DetectInput): readonly Transition[];
  /** The final episodes that are pending or firing now. */
  current(): readonly Episode[];
  /** The final episodes of a rule that are firing now. */
  firing(rule: string): readonly FiringEpisode[];
  report(): readonly RuleReport[];
  reportOf(rule: string): RuleReport | undefined;
  /** Matches in the event-time buffers of all rules. */
  waiting(): number;
  /** The next time at which a rule has something to do without an event; Infinity: never. */
  nextMs(): number;
  /** Partitions that hold back the matches of some rule (`behind`), and partitions that are ahead of those and hold back no rule (`ahead`). */
  uneven(): Uneven;
  /**
   * Begins a checkpoint of the whole state as it is now. The detector may be stepped between two parts. A new checkpoint ends the one
   * before it. Equal states give equal parts if no step comes between the parts.
   */
  checkpoint(): Checkpoint;
}

/** Creates a detector that has seen nothing, with these rules in force. */
export function createDetector(ruleset: Ruleset, options: DetectorOptions): Detector {
  const detector = emptyDetector(options.provisional ?? true);
  detector.step(rulesInput(ruleset, options.sources, 0));
  return detector;
}

/**
 * Restores the detector as it was when the checkpoint was taken, with the rules that were in force then. The caller then replays the inputs
 * that the journal holds after the checkpoint, and puts today's rules into force with a `rules` input. Throws FixableError.
 */
export function restoreDetector(
  parts: Iterable<Uint8Array>,
  options: Pick<DetectorOptions, 'provisional'> = {},
): Detector {
  return emptyDetector(options.provisional ?? true, parts);
}

function emptyDetector(provisional: boolean, parts?: Iterable<Uint8Array>): Detector {
  return new LiveDetector(provisional, parts);
}

class LiveDetector implements Detector {
  readonly #scheduler = createWatermarkScheduler();
  readonly #partitions = createPartitions();
  readonly #samples = createSamples();
  readonly #shared = newSharedWaiting();
  readonly #recent = createRecent();
  readonly #aside = createJudgedAside(this.#recent, (run) => this.#scheduler.upToDate(run));
  readonly #runs: RunsInForce;
  readonly #state: DetectorState;
  #checkpoint: Checkpoint | undefined;
  #transitions: Transition[] = [];

  constructor(provisional: boolean, parts: Iterable<Uint8Array> | undefined) {
    const context: RuleRunContext = {
      samples: this.#samples,
      shared: this.#shared,
      provisional,
      recent: this.#recent,
      emit: (transition) => void this.#transitions.push(transition),
    };
    const newRun = (rule: DetectRule): RuleRun => createRuleRun(rule, context);
    this.#runs = new RunsInForce({
      scheduler: this.#scheduler,
      aside: this.#aside,
      newRun,
      // A checkpoint under way is of no use once a run ends: the run's groups go.
      ending: () => this.#checkpoint?.end(),
    });
    this.#state = {
      partitions: this.#partitions,
      samples: this.#samples,
      newRun,
      runs: () => this.#runs.upToDate(),
      addRun: (run) => this.#runs.restore(run),
    };
    if (parts !== undefined) loadState(parts, this.#state);
  }

  step(input: DetectInput): readonly Transition[] {
    this.#transitions = [];
    switch (input.kind) {
      case 'batch':
        this.#read(input);
        break;
      case 'tick':
        this.#partitions.tick(input.clockMs, input.idle);
        if (input.wentBack === true) this.#runs.clockWentBack(input.clockMs);
        this.#finaliseAsRead();
        break;
      case 'partitions':
        this.#partitions.own(input.source, input.partitions);
        this.#finaliseAsRead();
        break;
      case 'partition_ended':
        this.#partitions.end(input.source, input.partition);
        this.#finaliseAsRead();
        break;
      case 'finalise': {
        const endMs = this.#endOf(input.untilMs);
        this.#runs.finalise(() => endMs);
        break;
      }
      case 'rules':
        this.#partitions.setSources(input.sources);
        this.#runs.change(input, this.#partitions.lastTimeMs());
        if (input.isLive === true) this.#runs.beginByClock(input.clockMs, beginsWithRule);
        break;
    }
    return this.#transitions;
  }

  current(): readonly Episode[] {
    return this.#runs.all().flatMap((run) => run.current());
  }

  firing(rule: string): readonly FiringEpisode[] {
    return this.#runs.get(rule)?.firing() ?? [];
  }

  report(): readonly RuleReport[] {
    this.#aside.look();
    return this.#runs.all().map((run) => this.#reportOf(run));
  }

  reportOf(rule: string): RuleReport | undefined {
    const run = this.#runs.get(rule);
    return run === undefined ? undefined : this.#reportOf(run);
  }

  waiting(): number {
    return this.#scheduler.waiting();
  }

  nextMs(): number {
    return this.#scheduler.nextMs();
  }

  uneven(): Uneven {
    const waitingFor = new Map<string, readonly string[]>();
    for (const run of this.#runs.all()) if (run.waiting() > 0) waitingFor.set(run.sourcesKey, run.rule.from);
    const found = [...waitingFor.values()].map((from) => this.#partitions.uneven(from));
    const behind = new Set(found.flatMap((each) => each.behind));
    const ahead = new Set(found.flatMap((each) => each.ahead).filter((one) => !behind.has(one)));
    return { behind: [...behind], ahead: [...ahead] };
  }

  checkpoint(): Checkpoint {
    this.#checkpoint?.end();
    this.#checkpoint = saveState(this.#state);
    return this.#checkpoint;
  }

  #read(batch: AnyBatch): void {
    const isLate = takeIn(batch, {
      runs: this.#runs,
      partitions: this.#partitions,
      samples: this.#samples,
      shared: this.#shared,
      scheduler: this.#scheduler,
      aside: this.#aside,
    });
    this.#runs.heard(batch);
    this.#finaliseAsRead();
    if (isLate) this.#aside.look();
  }

  #finaliseAsRead(): void {
    this.#runs.finalise((from) => this.#partitions.finalMs(from));
  }

  #endOf(untilMs: number | 'last' | 'end'): number {
    if (untilMs === 'end') return Infinity;
    return untilMs === 'last' ? this.#partitions.lastTimeMs() : untilMs;
  }

  #reportOf(run: RuleRun): RuleReport {
    const late = this.#aside.report(run);
    return { ...this.#scheduler.upToDate(run).report(), ...(late !== undefined && { late }) };
  }
}
