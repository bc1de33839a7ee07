import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { notice } from '../../../test/support/notices.ts';
import { silent, type Telemetry } from '../../event/telemetry.ts';
import { contentOf } from '../message/content.ts';
import { htmlMarkup } from '../channels/email/markup.ts';
import { slackMarkup } from '../channels/slack/markup.ts';
import type { Markup } from '../message/markup.ts';
import { createTemplate } from './engine.ts';
import { checkTemplates } from './files.ts';
import { lintTemplate } from './lint.ts';

let failures = 0;
let folder = '';
const telemetry: Telemetry = { ...silent, count: () => (failures += 1) };

beforeEach(() => {
  failures = 0;
  folder = join(mkdtempSync(join(tmpdir(), 'rules-')), 'templates');
  mkdirSync(folder);
});
afterEach(() => rmSync(dirname(folder), { recursive: true }));

function render(source: string, markup: Markup = htmlMarkup, title = 'a <b> & "c"'): string | undefined {
  const template = createTemplate({ name: 'slack', source, markup, telemetry, templatesDir: folder });
  const content = contentOf({
    notice: notice({ rule: { ...notice().rule, title } }),
    possibleDuplicate: false,
  });
  return template(content, 1_000)?.text;
}

test('values are escaped as the channel needs it, not always as HTML', () => {
  expect(render('{{title}}')).toBe('a &lt;b&gt; &amp; &quot;c&quot;');
  expect(render('{{title}}', slackMarkup)).toBe('a &lt;b&gt; &amp; "c"');
  expect(render('{{#each samples}}{{#if text}}{{../title}}{{/if}}{{/each}}', slackMarkup, '<')).toBe(
    '&lt;'.repeat(3),
  );
});

test('a template of the folder takes the place of the built-in one', () => {
  writeFileSync(join(folder, 'slack.hbs'), 'mine: {{rule}}');
  expect(render('built in')).toBe('mine: order_sync_failures');
});

test.each([
  ['does not parse', '{{#if title}}'],
  ['names what is not there', '{{titel}}'],
  ['calls an unknown helper', '{{shout title}}'],
  ['reaches for a prototype', '{{title.constructor.constructor}}'],
  ['includes a partial', '{{> other}}'],
  ['passes values on as they are', '{{{title}}}'],
  ['writes to the log', '{{log title}}'],
  ['loops over loops over loops', `${'{{#each @root.samples}}'.repeat(15)}x${'{{/each}}'.repeat(15)}`],
])('a template that %s is counted, and the shipped one takes its place', (_name, source) => {
  writeFileSync(join(folder, 'slack.hbs'), source);
  expect(render('built in')).toBe('built in');
  expect(failures).toBeGreaterThan(0);
});

test('what one message may take is bounded, whatever lint thinks of the template', () => {
  const many = '{{#each samples}}{{#each ../samples}}{{strong text}}{{/each}}{{/each}}'.repeat(400);
  writeFileSync(join(folder, 'slack.hbs'), many);
  expect(lintTemplate('slack', many)).toEqual([]);
  expect(render('built in')).toBe('built in');
  writeFileSync(join(folder, 'slack.hbs'), '{{sampleText}}'.repeat(2_200));
  expect(render('built in')).toBe('built in');
  expect(failures).toBeGreaterThan(1);
});

test('a link leads to web and mail addresses only', () => {
  expect(render('{{link "x" title}}', htmlMarkup, 'javascript:alert(1)')).toBe('x');
  expect(render('{{link "x" title}}', slackMarkup, 'data:text/html,x')).toBe('x');
  expect(render('{{link "x" title}}', slackMarkup, 'https://a.example')).toBe('<https://a.example|x>');
});

test('a template that leads out of the rules folder, or is a pipe, or has no end is not used', () => {
  const outside = mkdtempSync(join(tmpdir(), 'outside-'));
  writeFileSync(join(outside, 'secret.hbs'), 'SECRET');
  symlinkSync(join(outside, 'secret.hbs'), join(folder, 'slack.hbs'));
  expect(render('built in')).toBe('built in');
  rmSync(join(folder, 'slack.hbs'));
  execFileSync('mkfifo', [join(folder, 'slack.hbs')]);
  expect(render('built in')).toBe('built in');
  rmSync(join(folder, 'slack.hbs'));
  writeFileSync(join(folder, 'slack.hbs'), 'x'.repeat(70_000));
  expect(render('built in')).toBe('built in');
  expect(failures).toBeGreaterThan(2);
  rmSync(outside, { recursive: true });
});

test('a template by a name that no channel has is refused, with the name that was meant', () => {
  for (const name of ['slack.hbs', 'slak.hbs', 'Email.hbs', 'dingtalk.handlebars', 'pager.hbs', 'notes.md'])
    writeFileSync(join(folder, name), '{{title}}');
  const found = checkTemplates(dirname(folder)).flatMap(({ file, problems }) =>
    problems.map(({ fix }) => [file, fix]),
  );
  expect(found).toEqual([
    ['templates/Email.hbs', 'did you mean `email.hbs`?'],
    ['templates/dingtalk.handlebars', 'did you mean `dingtalk.hbs`?'],
    ['templates/pager.hbs', expect.stringMatching(/channel: slack\.hbs, dingtalk\.hbs, email\.hbs/u)],
    ['templates/slak.hbs', 'did you mean `slack.hbs`?'],
  ]);
});

test('every built-in template renders without a failure in every kind and language', async () => {
  const { SLACK_TEMPLATE: slackTemplate } = await import('../channels/slack/template.ts');
  const { DINGTALK_TEMPLATE: dingtalkTemplate } = await import('../channels/dingtalk/template.ts');
  const { EMAIL_TEMPLATE: emailTemplate } = await import('../channels/email/template.ts');
  const { TERMINAL_TEMPLATE: terminalTemplate } = await import('../channels/terminal/template.ts');
  for (const source of [slackTemplate, dingtalkTemplate, emailTemplate, terminalTemplate]) {
    const template = createTemplate({ name: 'x', source, markup: htmlMarkup, telemetry });
    for (const kind of ['fired', 'resolved', 'amended', 'withdrawn'] as const) {
      for (const language of ['en', 'zh'] as const) {
        const runbook = { path: 'r.md', url: 'https://w.example', markdown: '```\n{{order_id}}\n```' };
        const of = notice({ kind, language, runbook, because: 'late lines', values: { order_id: ['a b'] } });
        expect(template(contentOf({ notice: of, possibleDuplicate: true }), 1_000)?.text).toContain(
          of.rule.name,
        );
      }
    }
  }
  expect(failures).toBe(0);
});
