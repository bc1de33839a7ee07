import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { figuresOf, selfTransition as transition } from '../../../../test/support/self-notices.ts';
import type { Config } from '../../../config/config.ts';
import { contentOf } from '../content.ts';
import type { ThreadOpening } from '../../outbox-row.ts';
import { readRunbook } from '../runbook.ts';
import { planSelf, type SelfPlanContext } from './plan.ts';
import { selfRules, type SelfRuleName } from './rules.ts';

const NAMES = Object.keys(selfRules) as SelfRuleName[];

const lasted = { en: /3 min/u, zh: /3 分钟/u };
const happened = new Set<SelfRuleName>([
  ...(['tocsin_groups_dropped', 'tocsin_lines_lost', 'tocsin_lines_cut', 'tocsin_matches_lost'] as const),
  ...(['tocsin_dead_letters', 'tocsin_template_failing', 'tocsin_clock_jumped'] as const),
  ...([
    'tocsin_state_unwritable',
    'tocsin_state_older',
    'tocsin_transaction_hanging',
    'tocsin_part_failing',
  ] as const),
]);

const receiver = (target: string) => ({ channel: 'slack', target });
const EVERYBODY = [receiver('#a'), receiver('#b')];

function context(
  config: Partial<Pick<Config, 'routes' | 'language' | 'http'>> & {
    notify?: Config['selfAlerts']['notify'];
  } = {},
  told?: ThreadOpening,
): SelfPlanContext {
  const { routes = [], language = 'en', notify, http = { host: '127.0.0.1', port: 7081 } } = config;
  return {
    config: {
      routes,
      language,
      http,
      selfAlerts: { holdMs: 0, lagAfterMs: 0, ...(notify && { notify }) },
    },
    everybody: () => EVERYBODY,
    rulebook: (path) => readFileSync(`rules/${path}`, 'utf8'),
    openingOf: () => told,
  };
}

const targets = (of: SelfPlanContext, rule: SelfRuleName = 'tocsin_lag'): readonly string[] =>
  planSelf(transition(rule), of).map((row) => row.receiver.target);

describe('who is told', () => {
  const lag = { rule: ['tocsin_lag'], labels: {}, to: [receiver('#lag')] };
  const own = { labels: { domain: 'tocsin' }, to: [receiver('#ops')] };

  test('the routes decide, by rule name, severity and the label domain', () => {
    const of = context({ routes: [lag, { severity: ['medium'], labels: {}, to: [receiver('#low')] }, own] });
    expect([targets(of), targets(of, 'tocsin_rules_invalid'), targets(of, 'tocsin_source_silent')]).toEqual([
      ['#lag'],
      ['#low'],
      ['#ops'],
    ]);
  });

  test('`self_alerts.notify` stands above the routes', () => {
    expect(targets(context({ routes: [lag, own], notify: [receiver('#me')] }))).toEqual(['#me']);
  });

  test('where neither names anybody, everybody whom a rule tells', () => {
    expect(targets(context({ routes: [{ owner: ['x'], labels: {}, to: [receiver('#x')] }] }))).toEqual([
      '#a',
      '#b',
    ]);
  });

  test('its end goes to those who got the firing, and to nobody where that was lost', () => {
    const { notice } = planSelf(transition('tocsin_lag'), context())[0]!;
    const after = context({ notify: [receiver('#new')] }, { receivers: [receiver('#a')], notice });
    const rows = planSelf(transition('tocsin_lag', 'resolved'), after);
    expect(rows.map((row) => row.receiver.target)).toEqual(['#a']);
    expect(planSelf(transition('tocsin_lag', 'resolved'), context())).toEqual([]);
  });
});

describe.each(['en', 'zh'] as const)('in %s', (language) => {
  test.each(NAMES)('%s says what is wrong with its figures, and what to do', (name) => {
    const [row] = planSelf(transition(name), context({ language }));
    const content = contentOf({ notice: row!.notice, possibleDuplicate: false });
    const { sentence, whyNow, title, runbook } = content;
    for (const text of [sentence, whyNow, title]) {
      expect(text.length).toBeGreaterThan(5);
      expect(text).not.toMatch(/undefined|NaN|Invalid|\$\{/u);
    }
    // What is one of a few is told in words.
    const named = Object.entries(figuresOf[name].group).filter(
      ([key]) => !['why', 'reader', 'kind'].includes(key),
    );
    for (const [, value] of named) expect(sentence).toContain(String(value));
    expect(content.condition + content.kibanaUrl).toBe('');
    expect(runbook?.unfilled).toEqual([]);
    expect(JSON.stringify(runbook?.blocks)).not.toContain('{{');
  });

  test.each(NAMES)('%s is told even where a figure is missing', (name) => {
    const { episode, ...rest } = transition(name);
    const [row] = planSelf({ ...rest, episode: { ...episode, figures: {} } }, context({ language }));
    const { sentence } = contentOf({ notice: row!.notice, possibleDuplicate: false });
    expect(sentence).not.toMatch(/undefined|NaN/u);
    expect(sentence.length).toBeGreaterThan(5);
  });

  test.each(NAMES)('%s says when it is over', (name) => {
    const fired = planSelf(transition(name), context({ language }))[0]!;
    const told = { receivers: EVERYBODY, notice: fired.notice };
    const [row] = planSelf(transition(name, 'resolved'), context({ language }, told));
    const content = contentOf({ notice: row!.notice, possibleDuplicate: false });
    expect(content.sentence).not.toBe(contentOf({ notice: fired.notice, possibleDuplicate: false }).sentence);
    // What lasts says for how long it did; of what has happened it is told how long it has not come again.
    const over = happened.has(name) ? { en: /hour|day|again/u, zh: /小时|一天|再次|恢复/u } : lasted;
    expect(content.sentence).toMatch(over[language]);
    expect(content.runbook).toBeUndefined();
  });
});

test.each([
  [{ waiting: 0, given_up: 0 }, 'None waits for it yet; who relies on it alone would not be told.'],
  [{ waiting: 0, given_up: 2 }, '2 were given up: who relies on it alone has not been told.'],
  [
    { waiting: 1, given_up: 1, oldest: '2026-11-23T11:43:00.000Z' },
    /^webhook:audit takes no messages\. 1 waits for it, the oldest since .*, 1 was given up: who/u,
  ],
])('of a receiver it says what it is owed: %o', (figures, expected) => {
  const { episode, ...rest } = transition('tocsin_receiver_failing');
  const [row] = planSelf({ ...rest, episode: { ...episode, figures } }, context());
  const { sentence } = contentOf({ notice: row!.notice, possibleDuplicate: false });
  if (typeof expected === 'string') expect(sentence).toContain(expected);
  else expect(sentence).toMatch(expected);
});

test.each(NAMES)('%s has a runbook in both languages', (name) => {
  for (const path of [selfRules[name].runbook, selfRules[name].runbook.replace('.md', '.zh.md')]) {
    expect(existsSync(`rules/${path}`), path).toBe(true);
    const headings = readRunbook(readFileSync(`rules/${path}`, 'utf8'), {}).blocks.filter(
      (block) => block.kind === 'heading',
    );
    expect(headings.length, path).toBeGreaterThanOrEqual(4);
  }
});

test.each([
  ['10.0.0.7', '10.0.0.7:7081'],
  ['0.0.0.0', '127.0.0.1:7081'],
  ['::', 'localhost:7081'],
  ['::1', 'localhost:7081'],
])('steps name the pages where they are: listening on %s', (host, address) => {
  const [row] = planSelf(transition('tocsin_receiver_failing'), context({ http: { host, port: 7081 } }));
  const { runbook } = contentOf({ notice: row!.notice, possibleDuplicate: false });
  expect(JSON.stringify(runbook?.blocks)).toContain(`curl -s http://${address}/readyz`);
});

test.each(NAMES)('the steps of %s name no address that may be another', (name) => {
  for (const path of [selfRules[name].runbook, selfRules[name].runbook.replace('.md', '.zh.md')])
    expect(readFileSync(`rules/${path}`, 'utf8')).not.toMatch(/:7080/u);
});

test('a rule of a folder that took such a name is told of in the words of every rule', () => {
  const { episode, ...rest } = transition('tocsin_lag');
  const [row] = planSelf({ ...rest, episode }, context());
  const own = { ...row!.notice, episode: { ...episode, meaning: 'hash', figures: {} } };
  expect(contentOf({ notice: own, possibleDuplicate: false }).sentence).toContain(
    'What this rule watches for',
  );
});

test.each(['en', 'zh'] as const)(
  'in %s nobody says of what was taken out that it is well again',
  (language) => {
    const fired = planSelf(transition('tocsin_source_silent'), context({ language }))[0]!;
    const { episode, ...rest } = transition('tocsin_source_silent', 'resolved');
    const told = { receivers: EVERYBODY, notice: fired.notice };
    const closed = { ...rest, episode: { ...episode, reason: 'removed' as const } };
    const content = contentOf({
      notice: planSelf(closed, context({ language }, told))[0]!.notice,
      possibleDuplicate: false,
    });
    expect(content.standing).toBe('closed');
    expect(content.sentence).toMatch(
      { en: /No longer watched .* may go on/u, zh: /不再关注.*可能仍然存在/u }[language],
    );
  },
);

test.each(['en', 'zh'] as const)(
  'in %s misread lines are told with their cause, a line and the fix',
  (language) => {
    const { episode, ...rest } = transition('tocsin_source_misread');
    const known = { cause: 'not valid JSON', example: 'garbled <b>', fix: 'write `decode: log4j`' };
    const figures = { ...episode.figures, ...known };
    const [row] = planSelf({ ...rest, episode: { ...episode, figures } }, context({ language }));
    const { sentence } = contentOf({ notice: row!.notice, possibleDuplicate: false });
    for (const text of [...Object.values(known), '`tocsin check --sample`']) expect(sentence).toContain(text);
  },
);
