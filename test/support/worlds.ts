/**
 * Random worlds for the engine's property tests: sources of different lateness, each of several partitions, with or without a past
 * that is read first; hosts whose clocks run ahead; partitions that come later, fall idle, end; batches that are read twice; rules
 * that are edited, replaced and removed at any moment. Most are small, so that ties and exact ends are common; some have thousands
 * of groups. What the oracle needs to know of each rule that was in force is noted on the way.
 */
import { rulesInput, type BatchInput, type DetectInput } from '../../src/detect/input/input.ts';
import type { Value } from '../../src/event/event.ts';
import type { Match } from '../../src/event/match.ts';
import type { Rule } from '../../src/rule/ast.ts';
import { Ground, type GroundSource } from './ground.ts';
import type { OracleEvent } from './oracle.ts';
import { rulesetOf } from './rules-by-hand.ts';
import type { Random } from './timelines.ts';

export interface World {
  readonly sources: readonly GroundSource[];
  /** The first is in force from the beginning. */
  readonly reigns: readonly [Reign, ...Reign[]];
  /** Rows of a match log. */
  readonly inputs: readonly DetectInput[];
}

/** A rule for as long as it was in force. */
export interface Reign {
  readonly rule: Rule;
  /** What it took in: in time, of its sources, since it was in force. */
  readonly events: readonly OracleEvent[];
  /** The first event of any kind of its sources since then; Infinity before it. */
  readonly beganMs: number;
  /** Everything up to and including this was settled when it ended. */
  readonly endMs: number;
  /** Absent: it is in force at the end of the world. */
  readonly ended?: 'replaced' | 'removed';
}

/** How large a world is: drawn once, for its rules too. */
export interface Size {
  readonly groups: number;
  readonly events: number;
  /** Spans of the rules are up to fifteen times this. */
  readonly scaleMs: number;
}

export function randomSize(random: Random): Size {
  const kind = random.below(1_000);
  if (kind < 850) return { groups: random.pick([1, 1, 2, 4, 30]), events: 5 + random.below(35), scaleMs: 1 };
  if (kind < 980) return sized(random, 2 + random.below(100));
  return sized(random, kind < 995 ? 2 + random.below(1_000) : 1_000 + random.below(4_001));
}

/** So many groups, most of them alive together. */
function sized(random: Random, groups: number): Size {
  const events = groups + random.below(groups);
  return { groups, events, scaleMs: random.pick([1, Math.ceil(events / 10), events]) };
}

const START_MS = 100;

export function randomWorld(random: Random, size: Size, ruleOf: (random: Random) => Rule): World {
  return new Builder(random, size, ruleOf).build();
}

type Place = readonly [source: GroundSource, partition: number];

class Builder {
  readonly #random: Random;
  readonly #size: Size;
  readonly #ruleOf: () => Rule;
  readonly #ground = new Ground();
  readonly #sources: readonly GroundSource[];
  readonly #inputs: DetectInput[] = [];
  readonly #reigns: Reign[] = [];
  /** Where a group of a world of many is in what it goes through. */
  #journey: { readonly group: readonly Value[]; readonly step: number } | undefined;
  #reign: { rule: Rule; events: OracleEvent[]; beganMs: number; finalMs: number } | undefined;
  #nowMs = START_MS;
  #lastTimeMs = -Infinity;

  constructor(random: Random, size: Size, ruleOf: (random: Random) => Rule) {
    this.#random = random;
    this.#size = size;
    const names = ['orders', 'audit', 'payments', 'zoo', 'Events'].slice(0, random.pick([1, 1, 2, 3, 5]));
    this.#sources = names.map((name) => ({ name, latenessMs: random.pick([8, 8, 0, 1, 20]) }));
    const from = random.chance(60) ? [] : names.filter(() => random.chance(60));
    this.#ruleOf = () => {
      const rule = ruleOf(random);
      return { ...rule, from, meaning: `${rule.meaning} ${from.join()}` };
    };
  }

  build(): World {
    const random = this.#random;
    this.#enthrone(this.#ruleOf());
    for (const source of this.#sources) this.#own(source, [0, 1, 2].slice(0, 1 + random.below(3)));
    const isEdited = random.chance(25);
    const hasPast = random.chance(40);
    const past = hasPast ? random.below(this.#size.events) : 0;
    this.#readPast(past);
    let left = this.#size.events - past;
    while (left > 0) {
      const amount = Math.min(left, 1 + random.below(Math.max(6, this.#size.groups >> 4)));
      left -= amount;
      this.#read(this.#somewhere(), this.#arriving(amount));
      if (random.chance(12)) this.#turn();
      if (isEdited && random.chance(15)) this.#edit();
    }
    const isToTheEnd = random.chance(70);
    this.#inputs.push({ kind: 'finalise', untilMs: isToTheEnd ? 'end' : 'last' });
    this.#settled(isToTheEnd ? Infinity : this.#lastTimeMs);
    this.#dethrone(undefined);
    const [first, ...others] = this.#reigns;
    return { sources: this.#sources, reigns: [first!, ...others], inputs: this.#inputs };
  }

  #enthrone(rule: Rule): void {
    this.#journey = undefined;
    this.#reign = { rule, events: [], beganMs: Infinity, finalMs: -Infinity };
  }

  #dethrone(ended: Reign['ended']): void {
    if (this.#reign === undefined) return;
    const { rule, events, beganMs, finalMs: endMs } = this.#reign;
    this.#reigns.push({ rule, events, beganMs, endMs, ...(ended !== undefined && { ended }) });
    this.#reign = undefined;
  }

  /** After a row that settles. */
  #settled(untilMs: number): void {
    if (this.#reign !== undefined) this.#reign.finalMs = Math.max(this.#reign.finalMs, untilMs);
  }

  #row(input: DetectInput): void {
    this.#inputs.push(input);
    if (input.kind !== 'rules') this.#settled(this.#ground.finalMs(this.#reign?.rule.from ?? []));
  }

  #own(source: GroundSource, partitions: readonly number[]): void {
    this.#ground.own(source, partitions);
    this.#row({ kind: 'partitions', source: source.name, partitions });
  }

  #somewhere(): Place {
    const source = this.#random.pick(this.#sources);
    const owned = this.#ground.owned(source);
    return [source, owned.length === 0 ? 0 : this.#random.pick(owned)];
  }

  /** Times as they come now: some late, some of a host whose clock is ahead. */
  #arriving(amount: number): readonly number[] {
    const random = this.#random;
    const stepMs = random.pick([1, 2, 6]);
    return Array.from({ length: amount }, () => {
      this.#nowMs += random.below(stepMs + 1);
      if (random.chance(30)) return this.#nowMs - random.below(24);
      return this.#nowMs + (random.chance(8) ? random.below(30) : 0);
    });
  }

  /** What the partitions held before anything was read, in the order in which they happen to be read. */
  #readPast(amount: number): void {
    if (amount === 0) return;
    const random = this.#random;
    const places = this.#sources.flatMap((source) =>
      this.#ground.owned(source).map((partition): Place => [source, partition]),
    );
    const stepMs = random.pick([1, 3, 6]);
    const cursors = places.map(() => START_MS + random.below(amount));
    this.#nowMs = START_MS + amount * (stepMs + 1);
    for (let left = amount; left > 0;) {
      const at = random.below(places.length);
      const length = Math.min(left, 1 + random.below(Math.max(6, amount >> 2)));
      left -= length;
      const times = Array.from({ length }, () => {
        cursors[at] = Math.min(this.#nowMs, cursors[at]! + random.below(stepMs * places.length + 1));
        return cursors[at] - (random.chance(30) ? random.below(24) : 0);
      });
      this.#read(places[at]!, times);
    }
  }

  /** A batch of events at these times; those that are too late the decoder would not hand on. */
  #read([source, partition]: Place, times: readonly number[]): void {
    const standing = this.#ground.at(source, partition);
    const inTime: OracleEvent[] = [];
    for (const timeMs of times) {
      if (this.#ground.isLate(source, partition, timeMs)) continue;
      standing.greatestMs = Math.max(standing.greatestMs, Math.min(timeMs, this.#nowMs));
      inTime.push(this.#event({ source: source.name, partition, offset: standing.offset++, timeMs }));
    }
    if (inTime.length === 0) return;
    standing.counts = true;
    standing.isIdle = false;
    const all = inTime.map(({ timeMs }) => timeMs);
    this.#lastTimeMs = Math.max(this.#lastTimeMs, ...all);
    const matches = this.#taken(source, inTime, Math.min(...all));
    const input: BatchInput = {
      kind: 'batch',
      source: source.name,
      partition,
      clockMs: this.#nowMs,
      matches,
      watermarkMs: standing.greatestMs - source.latenessMs,
      firstTimeMs: Math.min(...all),
      lastTimeMs: Math.max(...all),
    };
    this.#row(input);
    // A batch that is read again after a restart.
    if (this.#random.chance(10)) this.#row(input);
  }

  /** What the rule in force makes of these events. */
  #taken(source: GroundSource, events: readonly OracleEvent[], firstMs: number): readonly Match[] {
    const reign = this.#reign;
    if (reign === undefined) return [];
    const { rule, finalMs } = reign;
    if (rule.from.length > 0 && !rule.from.includes(source.name)) return [];
    // One that comes after its time was settled begins what waits for the first event all the same.
    reign.beganMs = Math.min(reign.beganMs, Math.max(firstMs, finalMs + 1));
    reign.events.push(...events.filter(({ timeMs }) => timeMs > finalMs));
    return events.flatMap((event) => matchOf(rule, event));
  }

  #event(at: Pick<OracleEvent, 'source' | 'partition' | 'offset' | 'timeMs'>): OracleEvent {
    const random = this.#random;
    const rule = this.#reign?.rule;
    const isWide = this.#size.groups > 30;
    // Of many groups few would get anywhere if each event were of any of them.
    const journey = isWide && random.chance(50) ? this.#journey : undefined;
    const group = journey?.group ?? this.#group(rule);
    const steps = rule === undefined ? [] : stepsOf(rule);
    const step = journey === undefined ? 0 : journey.step + 1;
    this.#journey = group === undefined || group.length === 0 ? undefined : { group, step };
    return {
      ...at,
      isWhen: random.chance(90),
      lets: [
        ...new Set([...(isWide ? [steps[step % steps.length] ?? 'c'] : []), ...this.#lets(rule, isWide)]),
      ],
      group,
      values: {
        user: manyOf(random, ['ann', 'bob', 'cid']),
        amount: manyOf(random, [0, 1, 2, 3, 0.1, 0.7, -1]),
        state: manyOf(random, ['NEW', 'PAID', 'SENT']),
      },
    };
  }

  #lets(rule: Rule | undefined, isWide: boolean): readonly string[] {
    if (rule === undefined) return [];
    const names = letsOf(rule);
    const percent = names.length > 4 ? 20 : names.length > 1 ? 30 : 50;
    return names.filter(() => this.#random.chance(isWide ? percent / 8 : percent));
  }

  /** Some events lack a field of `by`. */
  #group(rule: Rule | undefined): OracleEvent['group'] {
    if (rule === undefined || rule.alert.by.length === 0) return [];
    if (this.#random.chance(5)) return undefined;
    return [`group${this.#random.below(this.#size.groups)}`];
  }

  /** Something happens to the partitions. */
  #turn(): void {
    const random = this.#random;
    const [source, partition] = this.#somewhere();
    const owned = this.#ground.owned(source);
    const kind = random.below(5);
    if (kind === 0) this.#own(source, [...new Set([...owned, owned.length, owned.length + 1])]);
    else if (kind === 1 && owned.length > 1) this.#own(source, owned.slice(1));
    else if (kind === 2 && owned.length > 1) {
      this.#ground.at(source, partition).counts = false;
      this.#row({ kind: 'partition_ended', source: source.name, partition });
    } else if (kind === 3) {
      const last = Math.max(0, ...owned) + 1;
      this.#read([source, last], this.#arriving(1 + random.below(3)));
    } else this.#fallIdle();
  }

  /** Some partitions are idle at this tick, or all of them for long enough to move the time. */
  #fallIdle(): void {
    const random = this.#random;
    const isAll = random.chance(30);
    if (isAll) this.#nowMs += 60_000 + random.below(40);
    const idle = this.#sources.flatMap((source) =>
      this.#ground
        .owned(source)
        .filter(() => isAll || random.chance(40))
        .map((partition) => ({ source: source.name, partition })),
    );
    const clockMs = this.#nowMs + (isAll ? random.below(20) : 0);
    this.#ground.tick(clockMs, (source, partition) =>
      idle.some((one) => one.source === source.name && one.partition === partition),
    );
    this.#row({ kind: 'tick', clockMs, idle });
  }

  /** The same meaning in other words, another meaning, or no rule any more. */
  #edit(): void {
    const random = this.#random;
    const now = this.#reign?.rule;
    const kind = random.below(10);
    if (kind < 6 && now !== undefined) {
      const rule = { ...now, severity: random.pick(['low', 'high'] as const), title: `edit ${this.#nowMs}` };
      this.#rules(rule);
      this.#reign!.rule = rule;
    } else if (kind === 6) {
      this.#dethrone('removed');
      this.#rules();
    } else {
      const rule = this.#ruleOf();
      if (rule.meaning === now?.meaning) return;
      this.#dethrone('replaced');
      this.#rules(rule);
      this.#enthrone(rule);
    }
  }

  #rules(...rules: readonly Rule[]): void {
    this.#row(rulesInput(rulesetOf(...rules), this.#sources, this.#nowMs));
  }
}

/** The conditions that bring a rule forward, in their order. */
function stepsOf({ alert }: Rule): readonly string[] {
  if (alert.kind === 'then' || alert.kind === 'all_of') return alert.steps.map(({ name }) => name);
  return alert.kind === 'not_followed_by' ? ['a', 'b'] : ['failed'];
}

/** The conditions of a rule. */
function letsOf(rule: Rule): readonly string[] {
  const { kind } = rule.alert;
  if (kind === 'stays' || kind === 'changes' || kind === 'new' || kind === 'nothing') return [];
  return [...new Set(stepsOf(rule)), ...(kind === 'aggregate' ? [] : ['c', 'u'])];
}

function manyOf(random: Random, values: readonly Value[]): readonly Value[] {
  return Array.from({ length: random.pick([0, 1, 1, 1, 2]) }, () => random.pick(values));
}

function matchOf(rule: Rule, event: OracleEvent): readonly Match[] {
  const conditions = [...(event.isWhen && rule.when !== undefined ? ['when'] : []), ...event.lets];
  const { source, partition, offset, timeMs, group, values } = event;
  if (conditions.length === 0 || group === undefined) return [];
  return [
    {
      rule: rule.name,
      conditions,
      group,
      timeMs,
      position: { source, partition, offset },
      shown: { excerpt: `${offset}`, fields: {} },
      values,
    },
  ];
}
