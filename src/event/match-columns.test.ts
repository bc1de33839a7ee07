import { deepStrictEqual } from 'node:assert/strict';
import { expect, test } from 'vitest';
import { atEverySize } from '../../test/support/growth.ts';
import type { Value } from './event.ts';
import type { Match } from './match.ts';
import { countByRule, matchColumnsOf } from './match-columns.ts';

const VALUES: readonly Value[] = [0, -0, '0', 1, true, 'true', '', '订单'];

test('matches come back from columns as they were, in their order, and are counted by rule alike', () => {
  atEverySize((size, random) => {
    const matches: Match[] = [];
    let position = { source: 'orders', partition: 0, offset: 0 };
    let shown = { excerpt: '', fields: {} };
    for (let i = 0; i < size; i++) {
      if (random.chance(40)) position = { ...position, offset: i };
      if (random.chance(40)) shown = { excerpt: `line ${i}`, fields: {} };
      const match = {
        rule: `r${random.below(7)}`,
        conditions: random.pick([['when'], ['a', 'b'], []]),
        group: Array.from({ length: random.below(3) }, () => random.pick(VALUES)),
        timeMs: random.chance(50) ? position.offset : random.pick([-0, 0, i / 7]),
        position,
        shown,
      };
      matches.push(random.chance(60) ? match : { ...match, values: { ms: [random.pick(VALUES)] } });
    }
    const columns = matchColumnsOf(matches);
    expect(columns).toHaveLength(size);
    deepStrictEqual([...columns], matches);
    for (const [i, match] of matches.entries()) expect(columns.match(i).position).toBe(match.position);
    deepStrictEqual(countByRule(columns), countByRule(matches));
  });
});
