import { describe, expect, it } from 'vitest';
import { DINGTALK_TEMPLATE } from '../channels/dingtalk/template.ts';
import { EMAIL_TEMPLATE } from '../channels/email/template.ts';
import { lintTemplate } from './lint.ts';
import { SLACK_TEMPLATE } from '../channels/slack/template.ts';
import { TERMINAL_TEMPLATE } from '../channels/terminal/template.ts';

const told = (source: string, name = 'slack'): string =>
  lintTemplate(name, source)
    .map(({ line, column, message }) => `${line}:${column} ${message}`)
    .join('\n');

describe('a template', () => {
  it.each([
    ['slack', SLACK_TEMPLATE],
    ['dingtalk', DINGTALK_TEMPLATE],
    ['email', EMAIL_TEMPLATE],
    ['terminal', TERMINAL_TEMPLATE],
  ])('that is shipped for %s is fine', (name, source) => {
    expect(told(source, name)).toBe('');
  });

  it.each([
    '{{#each samples}}{{#if text}}{{@index}} {{../title}}{{else}}{{@root.rule}}{{/if}}{{/each}}',
    '{{#each samples as |s|}}{{s.text}}{{/each}}{{#unless owner}}nobody{{/unless}}{{#with labels}}{{why}}{{/with}}',
    '{{link (strong title) runbookUrl}} [x]({{runbookUrl}}) <{{kibanaUrl}}|look> {{link "x" "https://example.com"}}',
    '{{#if runbookUrl}}[x]({{runbookUrl}}){{/if}} (a < b {{#if title}}c{{/if}}) <{{kibanaUrl}}|{{#if title}}look{{/if}}>',
    '{{! a note }}{{~heading title 2~}} \\{{raw}} {{#if (eq severity "critical")}}!{{/if}}',
  ])('of the known helpers is fine: %s', (source) => {
    expect(told(source)).toBe('');
  });

  it.each([
    ['a\n {{{title}}}', '2:2 {{{title}}} passes a value on as it is'],
    ['[a]({{#unless title}}h{{/unless}}{{title}})', '1:5 a block begins or ends within an address'],
    ['{{#if title}}[a]({{else}}[a](h{{/if}}{{title}})', '1:1 a block begins or ends within an address'],
    ['[a](java{{#if owner}}x{{/if}}script:alert(1))', '1:9 a block begins or ends within an address'],
    ['<{{#if owner}}https:{{/if}}{{title}}|a>', '1:2 a block begins or ends within an address'],
    ['{{&title}}', '1:1 {{&title}} passes a value on as it is'],
    ['{{{ title }}}', 'passes a value on as it is'],
    ['{{log title}}', 'there is no helper `log`'],
    ['{{log}}', 'there is no helper `log`'],
    ['{{[log] title}}', 'there is no helper `log`'],
    ['{{#if (log title)}}{{/if}}', 'there is no helper `log`'],
    ['{{strong (lookup . "constructor")}}', 'there is no helper `lookup`'],
    ['{{shout title}}', 'there is no helper `shout`'],
    ['{{escapeForChannel title}}', 'there is no helper `escapeForChannel`'],
    ['{{title.constructor.name}}', '`constructor` is no value'],
    ['{{#with title}}{{this.[__proto__]}}{{/with}}', '`__proto__` is no value'],
    ['{{@root.constructor}}', '`constructor` is no value'],
    ['{{"constructor"}}', 'a name stands between the braces'],
    ['{{@partial-block}}', 'there is no `@partial-block`'],
    ['{{> other}}', 'includes and decorators'],
    ['{{#> other}}{{/other}}', 'includes and decorators'],
    ['{{#*inline "x"}}{{/inline}}', 'includes and decorators'],
    ['{{* decorate}}', 'includes and decorators'],
    ['{{#title}}{{/title}}', 'there is no block `title`'],
    ['{{^title}}{{/title}}', 'there is no block `title`'],
    [
      '{{#each samples}}{{#each samples}}{{#each samples}}{{/each}}{{/each}}{{/each}}',
      '1:35 a loop stands in more than',
    ],
    ['{{#if a}}'.repeat(30) + '{{/if}}'.repeat(30), 'nested deeper than 12'],
    ['{{#if a}}'.repeat(6_000) + '{{/if}}'.repeat(6_000), 'nested'],
    [`{{#if a}}${'{{else if a}}'.repeat(5_000)}{{/if}}`, 'nested'],
    [`{{strong ${'(strong '.repeat(5_000)}title${')'.repeat(5_000)}}}`, 'nested'],
    [
      '{{strong '.replace('{{', '{{strong (').replace('strong (strong ', 'strong ') +
        '(strong '.repeat(8) +
        'title' +
        ')'.repeat(8) +
        '}}',
      'helpers are nested too deep',
    ],
    ['{{link title "javascript:alert(1)"}}', 'no web or mail address'],
    ['{{link title "data:text/html,x"}}', 'no web or mail address'],
    ['[x](javascript:alert(1))', '`javascript:` is no web'],
    ['[x](java{{! not seen }}script:alert(1))', '`javascript:` is no web'],
    ['[x](data:text/html;base64,x)', '`data:` is no web'],
    ['[x]({{title}})', '`title` stands where a link begins'],
    ['<{{title}}|x>', '`title` stands where a link begins'],
    ['[x]({{strong title}})', 'stands where a link begins'],
    ['a\nb\u202ec', '2:2 a character that is not seen stands here: U+202E'],
    ['{{#if title}}\n\n', 'cannot be read as a template'],
    ['{{#if title}}\n{{/each}}', 'cannot be read as a template'],
    ['{{title', 'cannot be read as a template'],
  ])('with %j is refused with its place', (source, message) => {
    expect(told(source)).toContain(message);
  });

  it.each([
    ['<a href="{{title}}">', '`title` stands where a link begins'],
    ["<a href = '{{ title }}'>", '`title` stands where a link begins'],
    ['<img src={{title}}>', 'stands where a link begins'],
    ['<a href="java&#115;cript&colon;x">', '`javascript:` is no web'],
    ['<a href="&#x6A;ava\nscript:x">', '`javascript:` is no web'],
    ['<b {{title}}>', 'in a tag without quotes'],
    ['<b class={{title}}>', 'in a tag without quotes'],
    ['<script>x</script>', '`<script` has no place'],
    ['<b onclick="x">', '`onclick` has no place'],
    ['<meta http-equiv="refresh">', 'has no place'],
  ])('of a mail with %j is refused', (source, message) => {
    expect(told(source, 'email')).toContain(message);
  });

  it.each([
    'metadata: {{title}}',
    '<p>See data: {{title}}</p>',
    '<a href="https://x.example/{{rule}}">x</a>',
    '<p class="{{severity}}">a < b</p>',
  ])('of a mail with %j is fine', (source) => {
    expect(told(source, 'email')).toBe('');
  });
});
