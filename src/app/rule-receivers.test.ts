/** Whom rules may notify is for the configuration to say: who may change rules need not be who may send log lines anywhere. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../config/load.ts';
import { readRuleTexts } from './rulebook.ts';

const FILE = '/srv/tocsin.yaml';
const BASE = `sources: { orders: { file: { path: "x.log" } } }
channels: { terminal: {}, slack: { token: xoxb-1 }, webhook: { audit: { url: "http://h/a" }, own: { url: "http://h/o" } } }
routes: [{ to: [terminal] }]
`;

/** What is wrong with them, a message and its fix each. */
const problems = (notify: string, allowed: string): readonly string[] => {
  const { config, problems: wrong } = parseConfig(`${BASE}${allowed}\n`, FILE, {});
  expect(wrong).toEqual([]);
  const text = `rule a {\n  when "x"\n  alert count >= 3 within 5m\n  ${notify}\n}\n`;
  return readRuleTexts(config!, [{ file: 'a.rule', text }]).diagnostics.map(
    ({ message, hint }) => `${message} = ${hint}`,
  );
};

const SOME = 'rule_receivers: ["slack:*", "webhook:audit"]';

describe('a receiver that rules may name', () => {
  it.each([
    ['notify slack:"#orders"', SOME],
    ['notify webhook:audit', SOME],
    ['notify webhook:own, terminal', ''],
    ['', 'rule_receivers: []'],
  ])('%s where %s', (notify, allowed) => {
    expect(problems(notify, allowed)).toEqual([]);
  });
});

describe('another is refused, with whom they may name', () => {
  it.each([
    [
      'notify webhook:own',
      SOME,
      /^rules may not notify `webhook:own`[^;]* = name one of slack:\*, webhook:audit/u,
    ],
    ['notify slack:"#orders", terminal', SOME, /rules may not notify `terminal`/u],
    ['notify terminal', 'rule_receivers: []', / = leave `notify` out, so that the routes decide/u],
    ['notify webhook:audti', SOME, /^there is no webhook `audti` = did you mean `audit`/u],
  ])('%s where %s', (notify, allowed, words) => {
    expect(problems(notify, allowed)).toEqual([expect.stringMatching(words)]);
  });
});

it.each([
  ['["slack:#a", "pager:x"]', 'there is no channel `pager`'],
  ['["email:*"]', 'the channel `email` is not configured'],
  ['["webhook:none"]', 'there is no webhook `none`'],
  ['["slack:#team-*"]', '`*` is no part of a name here: `slack:#team-*` would allow no receiver'],
])('a list that names what is not there is an error: %s', (list, message) => {
  const found = parseConfig(`${BASE}rule_receivers: ${list}\n`, FILE, {}).problems;
  expect(found.map((each) => each.message)).toEqual([message]);
});
