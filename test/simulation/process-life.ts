/** A machine and the processes that live on it, one after the other: how they start, work, stand still and die, by a clock that may be wrong. */
import type { MachineClocks } from '../../src/app/clock.ts';
import type { Random } from '../support/timelines.ts';
import { startProcess, type MachineOptions, type Process } from './process-machine.ts';

/** The clock of a machine on which a process starts. */
export const BEHIND_MAX_MS = 120_000;
/** A process looks and ticks this often at least, or it stands still. */
const BEAT_MS = 4_000;
const CRASHES_MAX = 8;
const STOP_STEP_MS = 500;
/** A process has 10 s for its end; each part of it may come to its limit. */
const STOP_STEPS_MAX = 30_000 / STOP_STEP_MS;

export class Life {
  readonly story: string[] = [];
  readonly #random: Random;
  readonly #machine: MachineOptions;
  readonly #beganMs: number;
  #running: Process | undefined;
  #crashes = 0;
  /** Whatever ends is started again at once. */
  #isWatched = false;
  /** How far the machine's clock is behind the true time, and for how long it will be wrong by more than that of a machine can be. */
  #behindMs = 0;
  #wrongMs = 0;
  #wasWrong = false;

  constructor(machine: Omit<MachineOptions, 'clocks'>, bootedMs: number) {
    const { random, time } = machine;
    const trueMs = (): number => time.nowMs();
    const clocks: MachineClocks = {
      wallMs: () => trueMs() - this.#behindMs,
      steadyMs: trueMs,
      upMs: () => trueMs() - bootedMs,
    };
    this.#random = random;
    this.#machine = { ...machine, clocks };
    this.#beganMs = trueMs();
  }

  /** For people who look for a fault. */
  note(what: string): void {
    this.story.push(`${what} at ${this.#machine.time.nowMs() - this.#beganMs}`);
  }

  /** Lets it work; if it died, starts it again, at once or after a while. */
  async live(): Promise<void> {
    for (;;) {
      await this.#machine.time.finalise();
      const running = this.#running;
      if (running === undefined) return;
      const fault = running.fault();
      if (fault !== undefined) throw new Error(`It broke. ${this.story.join('; ')}`, { cause: fault });
      if (!running.isOver()) return;
      running.bury();
      this.#running = undefined;
      this.#crashes += 1;
      this.note('crash');
      if (this.#isWatched || this.#random.chance(60)) this.#start();
    }
  }

  /** Time in which it works. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= BEAT_MS) {
      this.#wears(Math.min(left, BEAT_MS));
      await this.#machine.time.advance(Math.min(left, BEAT_MS));
      await this.beat();
    }
  }

  /** Time in which nothing of it runs; what has come due meanwhile is done with the next step. */
  standStill(ms: number): void {
    this.#wears(ms);
    this.#machine.time.jump(ms);
  }

  /** It looks, and does what is to be done by the clock, in some order. */
  async beat(): Promise<void> {
    const { sources, time } = this.#machine;
    const looks = sources.map(
      ({ source }) =>
        () =>
          source.look(),
    );
    const due = time.due();
    const works = this.#random.chance(50) ? [...due, ...looks] : [...looks, ...due];
    const isTogether = this.#random.chance(50);
    for (const work of works) {
      work();
      if (!isTogether) await this.#machine.time.finalise();
    }
    await this.live();
  }

  async revive(): Promise<void> {
    if (this.#running === undefined) this.#start();
    await this.live();
  }

  reload(): void {
    this.#running?.reload();
  }

  async stop(): Promise<void> {
    let hasStopped = this.#running === undefined;
    void this.#running?.stop().then(() => (hasStopped = true));
    for (let i = 0; !hasStopped; i++) {
      if (i === STOP_STEPS_MAX) throw new Error(`It does not stop. ${this.story.join('; ')}`);
      for (const { source } of this.#machine.sources) source.look();
      await this.#machine.time.advance(STOP_STEP_MS);
    }
    this.note('stop');
    await this.live();
  }

  /** The clock is set, and wrong for this long at the most. */
  setClock(behindMs: number, forMs: number): void {
    this.#behindMs = behindMs;
    this.#wrongMs = forMs;
    this.#wasWrong = true;
    this.note(`clock ${behindMs} ms behind`);
  }

  /** Its clock was never wrong so far. */
  get hasTime(): boolean {
    return !this.#wasWrong;
  }

  /** From now on there is always a process, and the clock is right; one that runs may go on. */
  async recover(): Promise<void> {
    this.#crashes = CRASHES_MAX;
    this.#isWatched = true;
    this.#behindMs = 0;
    await this.alive();
    if (this.#random.chance(30)) await this.stop();
    await this.alive();
  }

  async alive(): Promise<void> {
    do await this.revive();
    while (this.#running === undefined);
  }

  /** Delivers what waits, and ends it. */
  async finish(): Promise<void> {
    for (let i = 0; i < 2_000 && this.#running?.pending() !== 0; i++) {
      await this.#machine.time.advance(10_000);
      await this.beat();
      await this.alive();
    }
    this.#running?.bury();
  }

  #start(): void {
    this.#mendClock();
    this.#running = startProcess(this.#machine, this.#fatal());
  }

  #fatal(): number {
    const random = this.#random;
    return this.#crashes < CRASHES_MAX && random.chance(85) ? 1 + random.below(150) : Infinity;
  }

  #wears(ms: number): void {
    this.#wrongMs -= ms;
    if (this.#wrongMs < 0) this.#mendClock();
  }

  #mendClock(): void {
    if (this.#behindMs < 0 || this.#behindMs > BEHIND_MAX_MS) this.#behindMs = 0;
  }
}
