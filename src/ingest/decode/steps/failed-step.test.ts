/** The step that could not read a line, and the place up to which its text fits. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { presets, type Preset } from '../../../config/decode/presets.ts';
import { buildSteps, stepsSchema } from '../../../config/decode/schema.ts';
import { compileEvents } from '../records.ts';
import { failedStep } from './failed-step.ts';

/** The text before the place and behind it. */
function failed(decode: Preset['decode'], line: string): readonly [string | undefined, string?, string?] {
  const steps = buildSteps(stepsSchema.parse(decode));
  const reason = compileEvents({ steps })(line);
  if (typeof reason === 'object') throw new Error('the line is decoded');
  const { text, at } = failedStep(steps, line, reason);
  return text === undefined || at === undefined ? [text] : [text, text.slice(0, at), text.slice(at)];
}

test.each<[string, Preset['decode'], string, string?, string?]>([
  ['json', ['json'], '{"a": 1, b}', '{"a": 1, ', 'b}'],
  ['dissect', [{ dissect: '%{time} [%{level}] %{message}' }], '12:00 [INFO', '12:00 [', 'INFO'],
  [
    'regex',
    [{ regex: '^(?<time>\\d+:\\d+) (?<level>[A-Z]+) (?<rest>.*)$' }],
    '12:00 info a',
    '12:00 ',
    'info a',
  ],
  ['regex with repeats', [{ regex: '^a{2,3}[)|]+(?<b>b)c' }], 'aaa)|bd', 'aaa)|b', 'd'],
  ['regex that begins anywhere', [{ regex: 'id=(?<id>\\d+);' }], 'x id=17,', 'x id=17', ','],
  ['what fits stands earlier too', [{ regex: '\\bid(?<id>\\d+)' }], 'paid id;', 'paid id', ';'],
  ['several: the one that fits furthest', [{ regex: ['^(?<a>a)b', '^(?<b>a)xyz'] }], 'axy', 'axy', ''],
  ['nothing fits', [{ regex: '^(?<a>a)b' }], 'c', '', 'c'],
  ['choices', [{ regex: '^(?<a>a)|b$' }], 'c'],
  ['a step that does not say it', ['klog'], 'c'],
])('%s', (_name, decode, line, before, behind) => {
  const expected = before === undefined ? [line] : [line, before, behind];
  expect(failed(decode, line)).toEqual(expected);
});

test('the text of a later step is that of its field', () => {
  const cri = '2026-11-27T11:10:05Z stdout F {"a": }';
  expect(failed(['cri', 'json'], cri)).toEqual(['{"a": }', '{"a": ', '}']);
  const steps: Preset['decode'] = ['json', { json: { field: 'payload' } }];
  expect(failed(steps, '{"payload":"[1}"}')).toEqual(['[1}', '[1', '}']);
  expect(failed(steps, '{"a":1}')).toEqual([undefined]);
});

test('every line has a place that is one of its text, whatever preset cannot read it', () => {
  const names = Object.keys(presets) as (keyof typeof presets)[];
  const words = fc.array(
    fc.constantFrom(
      '2026-11-27T11:10:05.123Z',
      ' ',
      'ERROR',
      '[main]',
      '{"a":',
      '}',
      '- -',
      '"x"',
      '支付',
      ':',
      '\n',
    ),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(fc.constantFrom(...names), words, (name, parts) => {
      const steps = buildSteps(stepsSchema.parse(presets[name].decode));
      const line = parts.join('');
      const reason = compileEvents({ steps })(line);
      if (typeof reason === 'object') return;
      const { text, at } = failedStep(steps, line, reason);
      if (at !== undefined) expect(at >= 0 && at <= text!.length).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('shows nothing of a line whose origin does not fit', () => {
  expect(failed([{ regex: '^/var/(?<app>[a-z]+)', field: '@file' }], 'GET /')).toEqual([undefined]);
});
