import { expect, test } from 'vitest';
import type { Match } from '../../event/match.ts';
import { parseConfig } from '../../config/load.ts';
import { defaultConfigText } from '../../config/default-text.ts';
import { comparisonsOf, windowOf } from '../../rule/alert-parts.ts';
import { printExpr } from '../../rule/print.ts';
import { readRuleTexts } from '../rulebook.ts';
import { windowValues } from './window-values.ts';

const { config } = parseConfig(defaultConfigText({ language: 'en' }), '/none/tocsin.yaml', {});

function match(timeMs: number, group: string, over: Partial<Match> = {}): Match {
  const position = { source: 'orders', partition: 0, offset: timeMs };
  return {
    rule: 'r',
    conditions: ['when'],
    group: [group],
    timeMs,
    position,
    shown: { excerpt: '', fields: {} },
    ...over,
  };
}

/** What an alert clause with these comparisons measured at each match, as `left = value` texts. */
function measured(clauses: string, matches: readonly Match[]): readonly string[] {
  const text = `rule r {\n  ${clauses}\n}\n`;
  const { ruleset, diagnostics } = readRuleTexts(config!, [{ file: 'a.rule', text }]);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { alert } = ruleset!.rules[0]!;
  const found = windowValues(comparisonsOf(alert), windowOf(alert).ms, matches, new Set(matches));
  return matches.map((each) =>
    found
      .get(each)!
      .map(({ expr, value }) => `${printExpr(expr)} = ${value}`)
      .join(', '),
  );
}

test('counts what is in the window of each group, and at an instant all of it', () => {
  const count = 'when level:ERROR\n  alert count >= 2 within 1m by service';
  const times = [0, 30_000, 30_000, 60_000, 90_001];
  expect(measured(count, [match(1, 'b'), ...times.slice(1).map((ms) => match(ms, 'a'))])).toEqual([
    'count = 1',
    'count = 2',
    'count = 2',
    'count = 3',
    'count = 2',
  ]);
});

test('measures values as the detector does; of nothing there is no average and no share', () => {
  const values = (...held: readonly number[]) => ({ values: { duration_ms: held } });
  const average =
    'when level:ERROR\n  alert avg(duration_ms) > 5 and p50(duration_ms) < 9 within 1m by service';
  expect(
    measured(average, [match(0, 'a', values()), match(1, 'a', values(0.1)), match(2, 'a', values(0.2))]),
  ).toEqual([
    'avg(duration_ms) = undefined, p50(duration_ms) = undefined',
    'avg(duration_ms) = 0.1, p50(duration_ms) = 0.1',
    `avg(duration_ms) = ${(0.1 + 0.2) / 2}, p50(duration_ms) = 0.1`,
  ]);
  const share =
    'let failed = level:ERROR\n  let asked = level:*\n  alert count(failed) / count(asked) > 50% within 1m by service';
  const asked = { conditions: ['asked'] };
  const both = { conditions: ['asked', 'failed'] };
  expect(
    measured(share, [
      match(0, 'a', { conditions: ['failed'] }),
      match(60_000, 'a', asked),
      match(60_001, 'a', both),
    ]),
  ).toEqual([
    'count(failed) / count(asked) = undefined',
    'count(failed) / count(asked) = 0',
    'count(failed) / count(asked) = 0.5',
  ]);
});
