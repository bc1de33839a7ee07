import { expect, test } from 'vitest';
import { plain } from './plain-markup.ts';
import { writeRunbook } from './markup.ts';
import { readRunbook, runbookTitle, runbookUrl } from './runbook.ts';

const text = (markdown: string, values: Record<string, readonly (string | number)[]>): string =>
  writeRunbook(readRunbook(markdown, values), plain, 10_000).parts.join('\n');

const COMMAND = '```sh\nkubectl logs {{order_id}}\n```';

test.each([['ORD-1'], ['a.b:c_d-e'], ['x'.repeat(128)], [42], ['10.0.0.1:8080'], ['AVx_-']])(
  '%s is filled into a command',
  (value) => {
    expect(text(COMMAND, { order_id: [value] })).toBe(`    kubectl logs ${value}`);
  },
);

test.each([
  ['command substitution', '$(rm -rf /)'],
  ['backticks', '`id`'],
  ['a second command', 'x; reboot'],
  ['SQL quotes', "x' OR '1'='1"],
  ['a line break', 'x\nreboot'],
  ['a trailing line break', 'x\n'],
  ['an option', '--help'],
  ['a direction override', 'a\u202eb'],
  ['a zero-width space', 'a\u200bb'],
  ['a space', 'a b'],
  ['nothing', ''],
  ['a letter of another script', 'оrder'],
  ['129 characters', 'x'.repeat(129)],
  ['the folder above', '..'],
  ['the folder itself', '.'],
  ['a hidden file', '.ssh'],
  ['a path', 'a/b'],
  ['a path out of the folder', '../etc'],
  ['a range of revisions', 'main..topic'],
  ['a name that ends in dots', 'a.'],
  ['an address left open', 'host:'],
  ['a branch to be deleted', ':main'],
  ['every index', '_all'],
  ['an option after all', '-rf'],
  ['percent forms', '%2e%2e'],
  ['a negative number', -5],
])('%s never enters a command: the placeholder stays and the value is listed', (_name, value) => {
  const book = readRunbook(`${COMMAND}\n\nSee \`show {{order_id}}\``, { order_id: [value] });
  expect(book.blocks[0]).toEqual({ kind: 'code', text: 'kubectl logs {{order_id}}' });
  expect(JSON.stringify(book.blocks)).not.toContain(JSON.stringify(value).slice(1, -1) || '\u0000');
  expect(book.unfilled.map((each) => each.name)).toEqual(['order_id']);
  expect(book.unfilled[0]!.value).not.toMatch(/[\n\u202e\u200b]/u);
});

test('several values are listed in prose and never enter a command', () => {
  expect(text('Look at {{order_id}}.', { order_id: ['a', 'b'] })).toBe('Look at a, b.');
  expect(readRunbook(COMMAND, { order_id: ['a', 'b'] }).unfilled).toEqual([
    { name: 'order_id', value: 'a, b' },
  ]);
});

test('a value is never read as Markdown, whatever it holds', () => {
  const value = '**bold** [x](https://evil.example) `code` {{rule}} # h';
  const book = readRunbook('Order {{order_id}} hangs', { order_id: [value], rule: ['r'] });
  expect(book.blocks).toEqual([
    {
      kind: 'paragraph',
      children: [
        { kind: 'text', text: 'Order ' },
        { kind: 'value', text: value },
        { kind: 'text', text: ' hangs' },
      ],
    },
  ]);
});

test('a value in a link cannot leave its place in the address', () => {
  const [block] = readRunbook('[order](https://shop.example/o/{{id}}?x)', { id: ['团队/a?b#c&d'] }).blocks;
  expect(block).toMatchObject({
    children: [{ kind: 'link', href: 'https://shop.example/o/%E5%9B%A2%E9%98%9F%2Fa%3Fb%23c%26d?x' }],
  });
});

test.each([
  ['the folder above', '..'],
  ['the folder itself', '.'],
  ['a way out of its folder', '../delete'],
  ['a way out further on', 'a/../../delete'],
  ['a way out by backslashes', 'a\\..'],
  ['a way out in percent forms', '%2E%2e'],
  ['one whose percent forms are in percent forms', '%252e%252e%252fdelete'],
  ['301 characters', 'x'.repeat(301)],
  ['a line break', 'a\nb'],
  ['an invisible character', 'a\u200bb'],
  ['half a character where it would be cut', `${'x'.repeat(299)}😀😀`],
])('%s makes no link: its label stays and the value is listed', (_name, value) => {
  const book = readRunbook('See [order](https://shop.example/o/{{id}}/x) again', { id: [value] });
  expect(book.blocks).toEqual([
    {
      kind: 'paragraph',
      children: [
        { kind: 'text', text: 'See ' },
        { kind: 'text', text: 'order' },
        { kind: 'text', text: ' again' },
      ],
    },
  ]);
  expect(book.unfilled.map(({ name }) => name)).toEqual(['id']);
});

test.each(['https://{{host}}/x', 'https://{{host}}', 'https://a.{{host}}?x', 'https://me@{{host}}:8080/'])(
  'a value never says which server a link leads to: %s',
  (address) => {
    const [block] = readRunbook(`[go](${address})`, { host: ['evil.example'] }).blocks;
    expect(block).toMatchObject({ children: [{ kind: 'text', text: 'go' }] });
  },
);

test('a value may name the host below a domain that the author wrote', () => {
  const [block] = readRunbook('[go](https://{{host}}.shop.example/x)', { host: ['pay'] }).blocks;
  expect(block).toMatchObject({ children: [{ kind: 'link', href: 'https://pay.shop.example/x' }] });
});

test.each(['javascript:alert', '{{url}}', 'data:text/html,x'])('%s does not become a link', (href) => {
  const [block] = readRunbook(`[go](${href})`, { url: ['javascript:alert(1)'] }).blocks;
  expect(block).toMatchObject({ children: [{ kind: 'text', text: 'go' }] });
});

test('prose says what has no value, also for names every object has', () => {
  const values = { service: [''], owner: [] };
  expect(text('Ask {{owner}} of **{{service}}** and {{constructor}}', values)).toBe(
    'Ask (no owner) of (no service) and (no constructor)',
  );
});

test('a command keeps the placeholder that has no value, and the list below says so', () => {
  const book = readRunbook(COMMAND, {});
  expect(book.blocks).toEqual([{ kind: 'code', text: 'kubectl logs {{order_id}}' }]);
  expect(book.unfilled).toEqual([{ name: 'order_id', value: '(no order_id)' }]);
});

test('a link whose address lacks a value is no link, and says why', () => {
  expect(text('See [the order](https://shop.example/o/{{id}}).', {})).toBe('See the order (no id).');
});

test('headings, lists, quotes and code keep their form, and the title at the top is left out', () => {
  const markdown =
    '# Title\n\n## Restore\n\n1. First\n   goes on\n2. Second\n   - deeper\n\n> Dear **customer**\n';
  expect(text(markdown, {})).toBe('\nRestore\n1. First goes on\n2. Second\n  - deeper\n  | Dear customer');
});

test('a code block that is never closed ends with the file', () => {
  expect(readRunbook('```\na\nb', {}).blocks).toEqual([{ kind: 'code', text: 'a\nb' }]);
});

test('what is invisible in the text of the author is shown by its code, in code too', () => {
  const markdown = 'Go \u001b[2Jon\n\n```\nrm a\u202eb\n```\n\nand `c\u200bd`';
  expect(text(markdown, {})).toBe('Go \\u{1b}[2Jon\n    rm a\\u{202e}b\nand c\\u{200b}d');
  expect(runbookUrl('---\nurl: https://wiki.example/\u202e\u001bx\n---\n')).toBe(
    'https://wiki.example/%E2%80%AE%1Bx',
  );
});

test('front matter names the page, only on the web', () => {
  expect(runbookUrl('---\nurl: https://wiki.example/x\n---\n# T')).toBe('https://wiki.example/x');
  expect(runbookUrl('---\nurl: javascript:alert(1)\n---\n# T')).toBeUndefined();
  expect(readRunbook('---\nurl: https://wiki.example/x\n---\nGo', {}).blocks).toHaveLength(1);
});

test('front matter has the title in the language of the runbook, for each of the rules that share it', () => {
  const markdown =
    '---\nurl: https://wiki.example/x\ntitle.stuck: 付款未确认\ntitle: 僵尸订单 \n---\n# T\n\ntitle: no';
  expect(runbookTitle(markdown, 'zombie')).toBe('僵尸订单');
  expect(runbookTitle(markdown, 'stuck')).toBe('付款未确认');
  expect(runbookTitle('# T\n\ntitle: no', 'zombie')).toBeUndefined();
});

test('prose may show a value in another form than code', () => {
  const book = readRunbook(
    'Since {{at}}.\n\n```sh\nlogs {{at}}\n```',
    { at: ['12:00Z'] },
    { readable: { at: '20:00 +08:00' } },
  );
  expect(writeRunbook(book, plain, 1_000).parts).toEqual(['Since 20:00 +08:00.', '    logs 12:00Z']);
});

test('steps beyond the limit are cut between blocks', () => {
  const book = readRunbook('one\n\ntwo\n\nthree', {});
  expect(writeRunbook(book, plain, 8)).toEqual({ parts: ['one', 'two'], cut: true });
});
