import { describe, expect, it } from 'vitest';
import { countRule } from '../../../test/support/rules-by-hand.ts';
import { detectRule } from '../input/input.ts';
import { notHeld, onlyHealed, plainForm, type Judgement } from '../operator.ts';
import type { FormTraits, LifeStep, Subject } from './episode.ts';
import { complete, eventInstant } from './event.ts';
import type { Life } from './life.ts';
import { endState, lifeDueMs, stateInstant } from './state.ts';

const schema = { fields: [], byName: new Map(), searchFields: [] };

/** A group of a rule whose firings end 10 s after they became quiet. */
function subjectOf(clauses: Parameters<typeof countRule>[2] = {}, form: FormTraits = plainForm): Subject {
  const rule = detectRule(countRule(2, 10_000, clauses), schema);
  return {
    slot: 3,
    rule,
    form,
    shown: { group: () => ['pay'], sample: (event) => ({ ...event, excerpt: '', fields: {} }) },
  };
}

function held(offset: number, size = 1, completions = 0): Judgement {
  const first = { timeMs: offset, position: { source: 'orders', partition: 0, offset } };
  return { holds: true, completions, healed: false, size, evidence: () => ({ first, latest: [first] }) };
}

/** What is told on the way through these instants, and the life at its end. */
function lived(
  live: (life: Life | undefined, judgement: Judgement, atMs: number) => LifeStep | undefined,
  instants: readonly (readonly [atMs: number, judgement: Judgement])[],
): { life: Life | undefined; outcomes: readonly string[] } {
  let life: Life | undefined;
  const outcomes: string[] = [];
  for (const [atMs, judgement] of instants) {
    const step = live(life, judgement, atMs);
    life = step?.life ?? life;
    for (const { kind, episode } of step?.outcomes ?? [])
      outcomes.push(
        `${kind} at ${atMs}, ${episode.count} of ${episode.firstEvent.position.offset}, ${episode.reason ?? 'open'}`,
      );
  }
  return { life, outcomes };
}

const asState =
  (subject: Subject) =>
  (life: Life | undefined, judgement: Judgement, atMs: number): LifeStep | undefined =>
    stateInstant(life, judgement, atMs, subject);

describe('an alert as a state', () => {
  it('has no life before the form holds, and none changes what does not', () => {
    const { life, outcomes } = lived(asState(subjectOf()), [[0, notHeld]]);
    expect(life).toBeUndefined();
    expect(outcomes).toEqual([]);
    const firing = lived(asState(subjectOf()), [[1, held(7, 2)]]).life!;
    expect(stateInstant(firing, held(7, 2), 2, subjectOf())).toBeUndefined();
  });

  it('fires at once, counts its largest size, and ends so long after it became quiet', () => {
    const { life, outcomes } = lived(asState(subjectOf()), [
      [1, held(7, 2)],
      [2, held(7, 5)],
      [3, held(7, 4)],
      [4, notHeld],
      [10_003, notHeld],
      [10_004, notHeld],
    ]);
    expect(outcomes).toEqual(['fired at 1, 2 of 7, open', 'resolved at 10004, 5 of 7, quiet']);
    expect(life!.phase).toBe('idle');
  });

  it('is pending for as long as the rule says, and forgotten where it stops holding before', () => {
    const live = asState(subjectOf({ forMs: 1_000 }));
    const { life, outcomes } = lived(live, [
      [0, held(1)],
      [500, notHeld],
      [600, held(2)],
      [1_599, held(2)],
    ]);
    expect(outcomes).toEqual([]);
    const { rule, form } = subjectOf({ forMs: 1_000 });
    expect(lifeDueMs(life!, rule, form)).toBe(1_600);
    expect(live(life, held(2), 1_600)!.outcomes.map(({ kind }) => kind)).toEqual(['fired']);
  });

  it('adds up where the form holds at instants, and ends when it heals', () => {
    const subject = subjectOf({}, { ...plainForm, isMomentary: true });
    const { outcomes } = lived(asState(subject), [
      [1, held(7, 1)],
      [2, held(8, 2)],
      [3, onlyHealed],
    ]);
    expect(outcomes).toEqual(['fired at 1, 1 of 7, open', 'resolved at 3, 3 of 7, healed']);
  });

  it('counts in the cooldown how often it would have begun', () => {
    const { life, outcomes } = lived(asState(subjectOf({ cooldownMs: 60_000 })), [
      [1, held(7)],
      [2, notHeld],
      [10_002, notHeld],
      [20_000, held(8)],
      [20_001, held(8)],
      [20_002, notHeld],
      [20_003, held(9)],
    ]);
    expect(outcomes).toHaveLength(2);
    expect(life).toMatchObject({ phase: 'cooldown', untilMs: 70_002, suppressed: 2 });
  });

  it('that ends with its rule ends not before it fired', () => {
    const subject = subjectOf();
    const { life } = lived(asState(subject), [[5, held(7)]]);
    expect(endState(life, 3, 'removed', subject)!.outcomes).toMatchObject([
      { kind: 'resolved', episode: { resolvedAtMs: 5, reason: 'removed' } },
    ]);
    expect(endState(undefined, 3, 'removed', subject)).toBeUndefined();
  });
});

describe('an event alert', () => {
  it('is over as it fires, and uses up what the form looked at', () => {
    const step = complete(undefined, held(7, 4), 1, subjectOf({ resolveNever: true }), 1);
    expect(step).toMatchObject({
      spends: true,
      outcomes: [{ kind: 'fired', episode: { state: 'resolved', count: 4 } }],
    });
    expect(step.life.phase).toBe('idle');
  });

  it('is told once a deadline, but for those within its cooldown', () => {
    const deadlines: FormTraits = { ...plainForm, completesAt: 'deadlines' };
    const instants = [
      [1, held(7, 1, 3)],
      [60_000, held(8, 1, 1)],
      [60_001, held(9, 1, 1)],
    ] as const;
    const toldIn = (cooldownMs: number) => {
      const subject = subjectOf({ resolveNever: true, cooldownMs }, deadlines);
      return lived((life, judgement, atMs) => eventInstant(life, judgement, atMs, subject), instants);
    };
    expect(toldIn(0).outcomes).toHaveLength(5);
    const { life, outcomes } = toldIn(60_000);
    expect(outcomes).toEqual(['fired at 1, 1 of 7, open', 'fired at 60001, 1 of 9, open']);
    expect(life).toMatchObject({ phase: 'cooldown', untilMs: 120_001, suppressed: 0 });
  });

  it('leaves its cooldown at its end, and nothing is noted of groups without a life', () => {
    const subject = subjectOf({ resolveNever: true, cooldownMs: 10 });
    const { life } = complete(undefined, held(7), 1, subject, 1);
    expect(eventInstant(life, notHeld, 10, subject)).toBeUndefined();
    expect(eventInstant(life, notHeld, 11, subject)!.life.phase).toBe('idle');
    expect(eventInstant(undefined, held(7), 11, subject)).toBeUndefined();
  });
});
