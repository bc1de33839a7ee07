/**
 * What happens around the simulated process, drawn at random from a seed: orders and silence, partitions that come, cannot be reached or
 * wait for a transaction, crashes, restarts and standstills, a clock that is set, a disk that is full, rules that are edited.
 */
import type { Random } from '../support/timelines.ts';
import type { Rule, Ruleset } from '../../src/rule/ast.ts';
import type { Committed } from './process-disk.ts';
import { Life, BEHIND_MAX_MS } from './process-life.ts';
import { createWriters, type Place, type Writers } from './process-lines.ts';
import { createReceivers, type Arrived, type Receivers } from './process-receivers.ts';
import type { Line } from './process-reigns.ts';
import { randomRule, rulesetOfText, type SimulatedRule, type Sources } from './process-rules.ts';
import { virtualTime, type VirtualTime } from '../support/virtual-time.ts';

export const TARGETS = ['first', 'second'] as const;
const START_MS = Date.parse('2026-03-28T12:00:00Z');
const DAY_MS = 86_400_000;
const LONG_MS = 30 * DAY_MS;
/** After so long everything is over that does not wait for days. */
const REST_MS = 1_200_000;
/** A clock that is wrong for less than ten minutes must do no harm. */
const WRONG_MAX_MS = 590_000;
/** A new partition is known this long after it appeared, at most, and at the next look. */
const UNKNOWN_MAX_MS = 3_000;
const IDLE_MS = 64_000;
/** After this what was read before is settled. */
const QUIET_MS = 132_000;
const PARTITIONS_MAX = 10;

export interface Simulated {
  /** Every rule that was ever on the disk, by name and meaning. */
  readonly rules: ReadonlyMap<string, { readonly simulated: SimulatedRule; readonly rule: Rule }>;
  readonly sources: Sources;
  readonly lines: readonly Line[];
  readonly committed: readonly Committed[];
  readonly arrived: readonly Arrived[];
  /** Everything up to this time was settled. */
  readonly finalMs: number;
  /** For people who look for the fault. */
  readonly story: readonly string[];
}

export const ruleKey = ({ name, meaning }: Pick<Rule, 'name' | 'meaning'>): string => `${name} ${meaning}`;

export function describeRun({ story, rules }: Simulated): string {
  const texts = [...rules.values()].map(({ simulated }) => simulated.text('low'));
  return `${story.join('; ')}\n${texts.join('')}`;
}

/** Throws where the process breaks in a way that is neither a crash nor an end. */
export async function simulate(random: Random, dir: string): Promise<Simulated> {
  return await new World(random, dir, virtualTime(START_MS)).run();
}

/** Most have few groups, so that much happens to each of them. */
function randomGroups(random: Random): number {
  const kind = random.below(1_000);
  return kind < 970 ? random.pick([1, 2, 2, 3, 5]) : 10 + random.below(kind < 997 ? 50 : 400);
}

class World {
  readonly #random: Random;
  readonly #time: VirtualTime;
  readonly #groups: number;
  readonly #writers: Writers;
  readonly #receivers: Receivers;
  readonly #life: Life;
  readonly #sources: Sources;
  readonly #rules = new Map<string, { readonly simulated: SimulatedRule; readonly rule: Rule }>();
  readonly #committed: Committed[] = [];
  /** The rules on the disk, by name. */
  readonly #files = new Map<string, SimulatedRule>();
  #ruleset!: Ruleset;
  /** Percent of writes that find no room. */
  #fullPercent = 0;
  /** The partitions that say something at the moment; undefined: all of them. */
  #speaking: ReadonlySet<string> | undefined;

  constructor(random: Random, dir: string, time: VirtualTime) {
    this.#random = random;
    this.#time = time;
    this.#groups = randomGroups(random);
    this.#writers = createWriters({
      random,
      time,
      behindMaxMs: BEHIND_MAX_MS,
      groups: this.#groups,
      sources: random.pick([1, 1, 2, 2, 3, 5]),
    });
    this.#sources = this.#writers.sources.map(({ config: { name, latenessMs } }) => ({ name, latenessMs }));
    this.#receivers = createReceivers(random, time, this.#groups > 10 ? 6 : 60);
    this.#receivers.setTrouble(random.pick([0, 10, 50, 80]));
    const machine = {
      dir,
      random,
      time,
      sources: this.#writers.sources,
      receivers: this.#receivers,
      targets: TARGETS,
      ruleset: () => this.#ruleset,
      disk: {
        committed: this.#committed,
        hasRoom: () => this.#fullPercent === 0 || !random.chance(this.#fullPercent),
      },
    };
    this.#life = new Life(machine, START_MS - random.pick([0, 300_000, LONG_MS, LONG_MS]));
    for (let i = random.below(3); i >= 0; i--) this.#files.set(`rule_${i}`, this.#newRule(`rule_${i}`));
    this.#writeRules();
  }

  async run(): Promise<Simulated> {
    const random = this.#random;
    // Some have written for long before anybody reads.
    const past = random.chance(40) ? 5 + random.below(10) : 0;
    for (let i = 0; i < past; i++) await this.#someLines();
    await this.#life.revive();
    const happenings = this.#happenings();
    for (let i = 10 + random.below(30); i >= 0; i--) await random.pick(happenings)();
    const finalMs = await this.#end();
    return {
      rules: this.#rules,
      sources: this.#sources,
      lines: this.#writers.lines,
      committed: this.#committed,
      arrived: this.#receivers.arrived,
      story: this.#life.story,
      finalMs,
    };
  }

  #write(): void {
    const random = this.#random;
    const places = this.#writers.places().filter((place) => this.#speaking?.has(nameOf(place)) ?? true);
    if (places.length === 0) return;
    const place = random.pick(places);
    const most = this.#groups > 10 ? this.#groups : 1;
    for (let i = 1 + random.below(most); i > 0; i--) this.#writers.write(place, this.#life.hasTime);
  }

  async #someLines(): Promise<void> {
    const random = this.#random;
    for (let i = random.below(4); i >= 0; i--) {
      await this.#life.pass(random.below(random.pick([1, 1_000, 20_000])));
      this.#write();
      if (random.chance(70)) await this.#life.live();
    }
  }

  /** Lines come while it stands still. */
  async #standStill(): Promise<void> {
    const random = this.#random;
    if (random.chance(30)) await this.#life.pass(IDLE_MS);
    const ms = random.pick([6_000, 70_000, 70_000, 200_000, 200_000, 900_000]);
    this.#life.note(`stands still for ${ms} ms`);
    const known = this.#writers.places();
    const pieces = 1 + random.below(5);
    for (let i = 0; i < pieces; i++) {
      this.#life.standStill(Math.ceil(ms / pieces));
      if (random.chance(15)) this.#addPartition();
      if (random.chance(60)) this.#write();
    }
    // Everybody speaks again before anybody has looked.
    if (random.chance(25)) for (const place of known) this.#writers.write(place, this.#life.hasTime);
    await this.#life.beat();
    if (random.chance(50)) await this.#life.pass(QUIET_MS);
  }

  #addPartition(): void {
    const random = this.#random;
    const { source } = random.pick(this.#writers.sources);
    if (this.#writers.places().length >= PARTITIONS_MAX) return;
    const partition = source.addPartition(random.below(UNKNOWN_MAX_MS));
    this.#life.note(`${nameOf({ source, partition })} appears`);
    if (random.chance(30)) source.setTransaction(partition, true);
    for (let i = random.below(3); i > 0; i--) this.#writers.write({ source, partition }, false);
    if (random.chance(70)) this.#speaking = undefined;
  }

  #changePlace(): void {
    const random = this.#random;
    const places = this.#writers.places();
    if (places.length === 0) return;
    const place = random.pick(places);
    const { source, partition } = place;
    const isWell = random.chance(50);
    const isReach = random.chance(50);
    this.#life.note(`${isReach ? 'reach' : 'no transaction'} of ${nameOf(place)}: ${isWell}`);
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
    this.#life.note(kind < 2 ? `without ${name}` : kind < 5 ? `another ${name}` : 'other words');
    this.#writeRules();
    this.#life.reload();
  }

  async #fillDisk(): Promise<void> {
    const random = this.#random;
    this.#fullPercent = random.pick([50, 100, 100]);
    this.#life.note(`disk ${this.#fullPercent} % full`);
    await this.#someLines();
    await this.#life.pass(random.pick([1_000, 10_000, 100_000]));
    if (random.chance(80)) this.#fullPercent = 0;
  }

  #happenings(): readonly (() => Promise<void> | void)[] {
    const random = this.#random;
    return [
      ...Array.from({ length: 12 }, () => () => this.#someLines()),
      () => this.#life.pass(random.below(100_000)),
      () => this.#life.pass(QUIET_MS),
      () => this.#standStill(),
      () => this.#standStill(),
      () => {
        const names = this.#writers.places().map(nameOf);
        this.#speaking = random.chance(40) ? undefined : new Set(names.filter(() => random.chance(50)));
      },
      () => this.#changePlace(),
      () => this.#changePlace(),
      () => this.#addPartition(),
      () => this.#editRules(),
      () => {
        const behindMs = random.pick([random.below(BEHIND_MAX_MS), random.below(2 * DAY_MS) - DAY_MS]);
        this.#life.setClock(behindMs, random.below(WRONG_MAX_MS));
        return this.#life.live();
      },
      () => this.#fillDisk(),
      () => void (this.#fullPercent = 0),
      () => this.#receivers.setTrouble(random.pick([0, 10, 50, 80, 100])),
      () => this.#life.stop(),
      () => this.#life.revive(),
      () => this.#life.revive(),
    ];
  }

  /** All is well again, nothing more comes, and time goes on until deadlines have run out. Gives up to when everything is settled. */
  async #end(): Promise<number> {
    this.#fullPercent = 0;
    for (const { source, partition } of this.#writers.places()) {
      source.setReachable(partition, true);
      source.setTransaction(partition, false);
    }
    this.#receivers.setTrouble(0);
    await this.#life.recover();
    await this.#life.pass(IDLE_MS);
    const untilMs = this.#time.nowMs() + (this.#random.chance(10) ? LONG_MS : REST_MS);
    this.#time.jump(untilMs - this.#time.nowMs());
    await this.#life.pass(QUIET_MS);
    // What is held back for a quiet partition is read when that is idle, and idle a minute later.
    const most = 2 * this.#writers.places().length;
    for (let i = 0; i < most && !this.#isQuiet(); i++) await this.#life.pass(IDLE_MS);
    await this.#life.finish();
    return untilMs - QUIET_MS;
  }

  /** Every partition is idle, as the process sees it. */
  #isQuiet(): boolean {
    const last = this.#committed.at(-1)?.input;
    const { sources } = this.#writers;
    const none = sources.filter(({ source }) => source.partitions().length === 0).length;
    return last?.kind === 'tick' && last.idle.length === this.#writers.places().length + none;
  }
}

const nameOf = ({ source, partition }: Place): string => `${source.name}/${partition}`;
