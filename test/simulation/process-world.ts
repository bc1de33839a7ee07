/**
 * What happens around the simulated process, drawn at random from a seed: orders and silence, partitions that come, cannot be reached or
 * wait for a transaction, crashes, restarts and standstills, a clock that is set, a disk that is full, rules that are edited.
 */
import type { Random } from '../support/timelines.ts';
import type { Rule, Ruleset } from '../../src/rule/ast.ts';
import type { Committed } from './process-disk.ts';
import { createWriters, type Place, type Writers } from './process-lines.ts';
import { startProcess, type MachineOptions, type Process } from './process-machine.ts';
import { createReceivers, type Arrived, type Receivers } from './process-receivers.ts';
import type { Line } from './process-reigns.ts';
import { randomRule, rulesetOfText, type SimulatedRule, type Sources } from './process-rules.ts';
import { virtualTime, type VirtualTime } from './virtual-time.ts';

export const targets = ['first', 'second'] as const;
const startMs = Date.parse('2026-03-28T12:00:00Z');
const dayMs = 86_400_000;
const longMs = 30 * dayMs;
/** The clock of a machine on which a process starts. */
const mostBehindMs = 120_000;
/** A clock that is wrong for less than ten minutes must do no harm. */
const mostWrongMs = 590_000;
/** A process looks and ticks this often at least, or it stands still. */
const beatMs = 4_000;
/** A new partition is known this long after it appeared, at most, and at the next look. */
const mostUnknownMs = 3_000;
const idleMs = 64_000;
/** After this what was read before is settled. */
const quietMs = 132_000;
const mostCrashes = 8;
const mostPartitions = 12;

export interface Simulated {
  /** Every rule that was ever on the disk, by name and meaning. */
  readonly rules: ReadonlyMap<string, { readonly simulated: SimulatedRule; readonly rule: Rule }>;
  readonly sources: Sources;
  readonly lines: readonly Line[];
  readonly committed: readonly Committed[];
  readonly arrived: readonly Arrived[];
  /** Everything up to this time was settled. */
  readonly settledMs: number;
  /** For people who look for the fault. */
  readonly story: readonly string[];
}

export const ruleKey = ({ name, meaning }: Pick<Rule, 'name' | 'meaning'>): string => `${name} ${meaning}`;

export function describeRun({ story, rules }: Simulated): string {
  const texts = [...rules.values()].map(({ simulated }) => simulated.text('low'));
  return `${story.join('; ')}\n${texts.join('')}`;
}

export async function simulate(random: Random, dir: string): Promise<Simulated> {
  const time = virtualTime(startMs);
  try {
    return await new World(random, dir, time).run();
  } finally {
    time.end();
  }
}

class World {
  readonly #random: Random;
  readonly #time: VirtualTime;
  readonly #groups: number;
  readonly #writers: Writers;
  readonly #receivers: Receivers;
  readonly #machine: MachineOptions;
  readonly #sources: Sources;
  readonly #rules = new Map<string, { readonly simulated: SimulatedRule; readonly rule: Rule }>();
  readonly #committed: Committed[] = [];
  readonly #story: string[] = [];
  /** The rules on the disk, by name. */
  readonly #files = new Map<string, SimulatedRule>();
  #ruleset!: Ruleset;
  #running: Process | undefined;
  #crashes = 0;
  /** Percent of writes that find no room. */
  #fullPercent = 0;
  /** How far the machine's clock is behind the true time, and for how long it will be wrong by more than that of a machine can be. */
  #behindMs = 0;
  #wrongMs = 0;
  #wasWrong = false;
  /** The partitions that say something at the moment; undefined: all of them. */
  #speaking: ReadonlySet<string> | undefined;

  constructor(random: Random, dir: string, time: VirtualTime) {
    this.#random = random;
    this.#time = time;
    const trueMs = (): number => time.nowMs();
    const size = random.below(100);
    this.#groups = size < 93 ? random.pick([1, 2, 2, 3, 5]) : 10 + random.below(size < 98 ? 50 : 400);
    this.#writers = createWriters({
      ...{ random, trueMs, mostBehindMs, groups: this.#groups },
      sources: random.pick([1, 1, 2, 2, 3, 5]),
    });
    this.#sources = this.#writers.sources.map(({ config: { name, latenessMs } }) => ({ name, latenessMs }));
    this.#receivers = createReceivers(random);
    this.#receivers.setTrouble(random.pick([0, 10, 50, 80]));
    const bootedMs = startMs - random.pick([0, 300_000, longMs, longMs]);
    this.#machine = {
      ...{ dir, random, time, sources: this.#writers.sources, receivers: this.#receivers, targets },
      ruleset: () => this.#ruleset,
      clocks: { wallMs: () => trueMs() - this.#behindMs, steadyMs: trueMs, upMs: () => trueMs() - bootedMs },
      disk: {
        committed: this.#committed,
        hasRoom: () => this.#fullPercent === 0 || !random.chance(this.#fullPercent),
      },
    };
    for (let i = random.below(3); i >= 0; i--) this.#files.set(`rule_${i}`, this.#newRule(`rule_${i}`));
    this.#writeRules();
  }

  async run(): Promise<Simulated> {
    const random = this.#random;
    // Some have written for long before anybody reads.
    const past = random.chance(40) ? 5 + random.below(10) : 0;
    for (let i = 0; i < past; i++) await this.#someLines();
    this.#start();
    await this.#live();
    const happenings = this.#happenings();
    for (let i = 10 + random.below(30); i >= 0; i--) await random.pick(happenings)();
    await this.#end();
    return {
      ...{ rules: this.#rules, sources: this.#sources, lines: this.#writers.lines },
      ...{ committed: this.#committed, arrived: this.#receivers.arrived, story: this.#story },
      settledMs: startMs + longMs,
    };
  }

  #note(what: string): void {
    this.#story.push(`${what} at ${this.#time.nowMs() - startMs}`);
  }

  // The process.

  #start(): void {
    this.#mendClock();
    this.#running = startProcess(this.#machine, this.#fatal());
  }

  #fatal(): number {
    const random = this.#random;
    return this.#crashes < mostCrashes && random.chance(85) ? 1 + random.below(150) : Infinity;
  }

  /** Lets it work; if it died, starts it again, at once or after a while. */
  async #live(): Promise<void> {
    for (;;) {
      await this.#time.settle();
      const running = this.#running;
      if (running === undefined) return;
      const fault = running.fault();
      if (fault !== undefined) throw new Error(`It broke. ${this.#story.join('; ')}`, { cause: fault });
      if (!running.isOver()) return;
      running.bury();
      this.#running = undefined;
      this.#crashes += 1;
      this.#note('crash');
      if (this.#random.chance(60)) this.#start();
    }
  }

  /** It looks and ticks, in some order. */
  async #beat(): Promise<void> {
    const works = [
      () => this.#running?.tick(),
      ...this.#writers.sources.map(
        ({ source }) =>
          () =>
            source.look(),
      ),
    ];
    if (this.#random.chance(50)) works.push(works.shift()!);
    const isTogether = this.#random.chance(50);
    for (const work of works) {
      work();
      if (!isTogether) await this.#time.settle();
    }
    await this.#live();
  }

  /** Time in which it works. */
  async #pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= beatMs) {
      this.#wears(Math.min(left, beatMs));
      await this.#time.advance(Math.min(left, beatMs));
      await this.#beat();
    }
  }

  /** Time in which nothing of it runs; then all that has come due is done, before or after it looks and ticks. */
  #standStill(ms: number): void {
    this.#wears(ms);
    this.#time.jump(ms);
  }

  async #revive(): Promise<void> {
    if (this.#running === undefined) this.#start();
    await this.#live();
  }

  // The clock.

  #setClock(toBehindMs: number): void {
    this.#behindMs = toBehindMs;
  }

  #wears(ms: number): void {
    this.#wrongMs -= ms;
    if (this.#wrongMs < 0) this.#mendClock();
  }

  #mendClock(): void {
    if (this.#behindMs < 0 || this.#behindMs > mostBehindMs) this.#setClock(0);
  }

  // Lines.

  #somewhere(): Place | undefined {
    const places = this.#writers
      .places()
      .filter(({ source, partition }) => this.#speaking?.has(`${source.name}/${partition}`) ?? true);
    return places.length === 0 ? undefined : this.#random.pick(places);
  }

  #write(): void {
    const random = this.#random;
    const place = this.#somewhere();
    if (place === undefined) return;
    const most = this.#groups > 10 ? this.#groups : 1;
    for (let i = 1 + random.below(most); i > 0; i--) this.#writers.write(place, !this.#wasWrong);
  }

  async #someLines(): Promise<void> {
    const random = this.#random;
    for (let i = random.below(4); i >= 0; i--) {
      await this.#pass(random.below(random.pick([1, 1_000, 20_000])));
      this.#write();
      if (random.chance(70)) await this.#live();
    }
  }

  /** Lines come while it stands still. */
  async #standStillAmongLines(): Promise<void> {
    const random = this.#random;
    const ms = random.pick([6_000, 70_000, 200_000, 3_600_000]);
    this.#note(`stands still for ${ms} ms`);
    const pieces = 1 + random.below(5);
    for (let i = 0; i < pieces; i++) {
      this.#standStill(Math.ceil(ms / pieces));
      if (random.chance(60)) this.#write();
      if (random.chance(10)) this.#addPartition();
    }
    await this.#beat();
    if (random.chance(50)) await this.#pass(quietMs);
  }

  // What else happens.

  #addPartition(): void {
    const random = this.#random;
    const { source } = random.pick(this.#writers.sources);
    if (this.#writers.places().length >= mostPartitions) return;
    const partition = source.addPartition(random.below(mostUnknownMs));
    this.#note(`${source.name}/${partition} appears`);
    if (random.chance(70)) this.#speaking = undefined;
  }

  #changePlace(): void {
    const random = this.#random;
    const places = this.#writers.places();
    if (places.length === 0) return;
    const { source, partition } = random.pick(places);
    const isWell = random.chance(50);
    const isReach = random.chance(50);
    this.#note(`${isReach ? 'reach' : 'no transaction'} of ${source.name}/${partition}: ${isWell}`);
    if (isReach) source.setReachable(partition, isWell);
    else source.setTransaction(partition, !isWell);
  }

  #newRule(name: string): SimulatedRule {
    return randomRule(this.#random, name, this.#sources);
  }

  #writeRules(): void {
    const random = this.#random;
    const text = [...this.#files.values()].map((file) => file.text(random.pick(['low', 'high', 'critical'])));
    if (random.chance(50))
      text.push('rule bystander { when level:GONE  alert count >= 1 within 1m by service }\n');
    this.#ruleset = rulesetOfText(text.join(''), this.#sources);
    for (const rule of this.#ruleset.rules) {
      const simulated = this.#files.get(rule.name);
      if (simulated !== undefined) this.#rules.set(ruleKey(rule), { simulated, rule });
    }
  }

  /** Other words, another meaning, one less, one more. */
  #editRules(): void {
    const random = this.#random;
    const kind = random.below(10);
    const name = `rule_${random.below(3)}`;
    if (kind < 2) this.#files.delete(name);
    else if (kind < 5) this.#files.set(name, this.#newRule(name));
    this.#note(kind < 2 ? `without ${name}` : kind < 5 ? `another ${name}` : 'other words');
    this.#writeRules();
    this.#running?.reload();
  }

  #happenings(): readonly (() => Promise<void> | void)[] {
    const random = this.#random;
    return [
      ...Array.from({ length: 12 }, () => () => this.#someLines()),
      () => this.#pass(random.below(100_000)),
      () => this.#pass(quietMs),
      () => this.#standStillAmongLines(),
      () => this.#standStillAmongLines(),
      () => {
        const places = this.#writers.places().map(({ source, partition }) => `${source.name}/${partition}`);
        this.#speaking = random.chance(40) ? undefined : new Set(places.filter(() => random.chance(50)));
      },
      () => this.#changePlace(),
      () => this.#changePlace(),
      () => this.#addPartition(),
      () => this.#editRules(),
      () => {
        this.#setClock(random.pick([random.below(mostBehindMs), random.below(2 * dayMs) - dayMs]));
        this.#wrongMs = random.below(mostWrongMs);
        this.#wasWrong = true;
        this.#note(`clock ${this.#behindMs} ms behind`);
        return this.#live();
      },
      async () => {
        this.#fullPercent = random.pick([50, 100, 100]);
        this.#note(`disk ${this.#fullPercent} % full`);
        await this.#someLines();
        await this.#pass(random.pick([1_000, 10_000, 100_000]));
        if (random.chance(80)) this.#fullPercent = 0;
      },
      () => void (this.#fullPercent = 0),
      () => this.#receivers.setTrouble(random.pick([0, 10, 50, 80, 100])),
      async () => {
        await this.#running?.stop();
        this.#note('stop');
        await this.#live();
      },
      () => this.#revive(),
      () => this.#revive(),
    ];
  }

  /** All is well again, nothing more comes, and time goes on until every deadline has run out. */
  async #end(): Promise<void> {
    this.#crashes = mostCrashes;
    this.#fullPercent = 0;
    for (const { source, partition } of this.#writers.places()) {
      source.setReachable(partition, true);
      source.setTransaction(partition, false);
    }
    this.#receivers.setTrouble(0);
    this.#setClock(0);
    await this.#alive();
    await this.#running?.stop();
    await this.#live();
    for (const ms of [1_000, longMs]) {
      this.#time.jump(ms);
      await this.#alive();
      await this.#pass(quietMs);
    }
    // What is held back for a quiet partition is read when that is idle, and idle a minute later.
    for (let i = 0; i < mostPartitions && !this.#isQuiet(); i++) await this.#pass(idleMs);
    for (let i = 0; i < 2_000 && this.#running?.pending() !== 0; i++) {
      await this.#time.advance(10_000);
      await this.#alive();
    }
    this.#running?.bury();
  }

  /** Every partition is idle, as the process sees it. */
  #isQuiet(): boolean {
    const last = this.#committed.at(-1)?.input;
    const { sources } = this.#writers;
    const none = sources.filter(({ source }) => source.partitions().length === 0).length;
    return last?.kind === 'tick' && last.idle.length === this.#writers.places().length + none;
  }

  async #alive(): Promise<void> {
    do await this.#revive();
    while (this.#running === undefined);
  }
}
