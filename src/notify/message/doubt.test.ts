/** A message that is decided while something was lost says that it may be wrong, on every channel and in both languages. */
import { expect, test } from 'vitest';
import { notice } from '../../../test/support/notices.ts';
import { createDoubts } from '../../app/health/doubts.ts';
import { silent } from '../../event/telemetry.ts';
import { contentOf } from './content.ts';
import { chineseDoubts, englishDoubts, isDoubtReason } from './doubt.ts';
import type { Doubt, DoubtReason } from '../notice.ts';
import { plain } from './plain-markup.ts';
import { plainMessage } from './plain-message.ts';
import { DINGTALK_TEMPLATE } from '../channels/dingtalk/template.ts';
import { EMAIL_TEMPLATE } from '../channels/email/template.ts';
import { createTemplate } from '../templates/engine.ts';
import { SLACK_TEMPLATE } from '../channels/slack/template.ts';
import { TERMINAL_TEMPLATE } from '../channels/terminal/template.ts';

const SINCE_MS = Date.parse('2026-11-23T11:43:00Z');
const lost: Doubt = { reason: 'lines_lost', sinceMs: SINCE_MS };
const templates = {
  slackTemplate: SLACK_TEMPLATE,
  dingtalkTemplate: DINGTALK_TEMPLATE,
  emailTemplate: EMAIL_TEMPLATE,
  terminalTemplate: TERMINAL_TEMPLATE,
};

test.each(Object.entries(templates))(
  '%s shows it, and says nothing where there is no doubt',
  (_name, source) => {
    const template = createTemplate({
      name: 'x',
      source,
      markup: plain,
      telemetry: silent,
      templatesDir: '',
    });
    const render = (doubts?: readonly Doubt[]): string =>
      template(contentOf({ notice: notice({ ...(doubts && { doubts }) }), possibleDuplicate: false }), 1_000)!
        .text;
    expect(render([lost])).toContain(
      'May be wrong, or not all of it: lines were gone before they were read (since',
    );
    expect(render()).not.toContain('May be wrong');
  },
);

test.each(['en', 'zh'] as const)(
  'in %s every reason has its words, in the plain form as well',
  (language) => {
    const words = { en: englishDoubts, zh: chineseDoubts }[language];
    for (const reason of Object.keys(englishDoubts) as DoubtReason[]) {
      const content = contentOf({
        notice: notice({ language, doubts: [{ reason }] }),
        possibleDuplicate: false,
      });
      expect(plainMessage(content)).toContain(words[reason]);
    }
  },
);

test('of the rows of a rule, those that make its results wrong are doubts; a later look replaces them', () => {
  const doubts = createDoubts();
  expect(doubts.of('sync')).toEqual([]);
  doubts.note([
    { rule: 'sync', reason: 'lines_lost', sinceMs: SINCE_MS, detail: 'd' },
    { rule: 'sync', reason: 'lag', detail: 'd' },
    { rule: 'other', reason: 'too_late', detail: 'd' },
    { of: 'archive', reason: 'dead_letters', detail: 'd' },
    { reason: 'rules_invalid', detail: 'd' },
  ]);
  expect([doubts.of('sync'), doubts.of('other'), doubts.of('third')]).toEqual([
    [lost],
    [{ reason: 'too_late' }],
    [],
  ]);
  doubts.note([]);
  expect(doubts.of('sync')).toEqual([]);
  expect(isDoubtReason('warming_up')).toBe(false);
});
