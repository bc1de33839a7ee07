import { describe, expect, it } from 'vitest';
import { keepSecret, mapQuoted, mapTexts, redactBeginning, redactKnown, redactText } from './redact.ts';
import { jsonText, visibleText } from './visible.ts';

describe('a secret of the configuration', () => {
  const secret = 'p@ss "w/rd" \\ü-!$^.[(';
  keepSecret(secret);

  it.each([
    ['as it is', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    ['in a query', new URLSearchParams({ q: secret }).toString()],
    [
      'in lower-case percent codes',
      encodeURIComponent(secret).replace(/%../gu, (code) => code.toLowerCase()),
    ],
    ['as a URL shows it', encodeURI(secret)],
    ['in JSON', JSON.stringify({ because: secret })],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64 behind a name', Buffer.from(`me:${secret}`).toString('base64')],
    ['in base64 between others', Buffer.from(`\0me\0${secret}\0`).toString('base64')],
    ['in base64 for URLs', Buffer.from(secret).toString('base64url')],
    ['in HTML', secret.replace(/[&<>"'/=`]/gu, (char) => `&#x${char.codePointAt(0)!.toString(16)};`)],
    ['in HTML by numbers', secret.replace(/["/!]/gu, (char) => `&#0${char.codePointAt(0)!};`)],
    ['in HTML by names', secret.replaceAll('"', '&quot;').replaceAll('/', '&sol;')],
    [
      'in HTML, in base64',
      Buffer.from(secret).toString('base64').replaceAll('=', '&#x3D;').replaceAll('+', '&#43;'),
    ],
    ['in JSON as others write it', JSON.stringify(secret).replaceAll('/', '\\/').replaceAll('!', '\\u0021')],
  ])('is not shown %s', (_name, text) => {
    const shown = redactKnown(`before ${text} after`);
    expect(shown).toContain('[redacted]');
    for (const part of [
      'p@ss',
      'w/rd',
      'w%2Frd',
      'w%2frd',
      Buffer.from(secret).toString('base64').slice(0, 8),
    ])
      expect(shown).not.toContain(part);
  });

  it('that is given percent-encoded is not shown decoded either', () => {
    keepSecret('caf%C3%A9%2F9');
    expect(redactKnown('user café/9 refused')).toBe('user [redacted] refused');
  });

  it('leaves the words that merely hold it, where it is short', () => {
    keepSecret('order');
    expect(redactKnown('orders of an order, reorder')).toBe('orders of an [redacted], reorder');
  });

  it('is shown as what it was given to be shown as', () => {
    keepSecret('https://h.example/hook/abc', 'https://h.example/[redacted]');
    expect(redactKnown('POST https://h.example/hook/abc failed')).toBe(
      'POST https://h.example/[redacted] failed',
    );
  });

  it('is not shown in half where a text was cut', () => {
    keepSecret('s3cr3t-of-many-parts');
    expect(redactKnown('it said s3cr3t-of-m… and then s3cr… no')).toBe(
      'it said [redacted]… and then s3cr… no',
    );
  });

  it('is not taken for the scheme and host that its address begins with, where that was cut', () => {
    keepSecret('https://h2.example/hook/abc', 'https://h2.example/[redacted]');
    expect(redactKnown('write https://… or http://…')).toBe('write https://… or http://…');
  });

  it('with characters that nobody sees is not shown by their codes either', () => {
    const unseen = 'hush\u200bhush\u202e';
    keepSecret(unseen);
    for (const text of [visibleText(unseen), jsonText({ because: unseen })])
      expect(redactKnown(text)).not.toContain('hush');
  });

  it('is cut out before a long text is cut', () => {
    keepSecret('a-secret-at-the-cut');
    const text = `${'x'.repeat(90)}a-secret-at-the-cut`;
    expect(redactBeginning(text, 100)).toBe(`${'x'.repeat(90)}[redacted]…`);
    expect(redactBeginning(text, 200)).toBe(`${'x'.repeat(90)}[redacted]`);
  });

  it('of fewer than four characters is not looked for', () => {
    keepSecret('abc');
    expect(redactText('abc')).toBe('abc');
  });
});

it('what looks like a credential is not shown even where it is none of ours', () => {
  expect(redactText('http://u:pw12@h/ Bearer a.b-c password=x1 xoxb-1-2')).toBe(
    'http://u:[redacted]@h/ Bearer [redacted] password=[redacted] [redacted]',
  );
});

it('texts change wherever they stand in a value, and nothing else does', () => {
  const value = { a: 'x', n: 1, list: ['x', { b: 'x' }], none: null };
  expect(mapTexts(value, (text) => text.toUpperCase())).toEqual({
    a: 'X',
    n: 1,
    list: ['X', { b: 'X' }],
    none: null,
  });
});

it('only quoted texts of a document change, so that it stays one', () => {
  keepSecret('1234567');
  const shown = mapQuoted('{"n":1234567,"t":"a \\"1234567\\" b"} m{l="1234567"} 1234567', redactKnown);
  expect(shown).toBe('{"n":1234567,"t":"a \\"[redacted]\\" b"} m{l="[redacted]"} 1234567');
  expect(mapQuoted('{"t":"1234567 \\u202e"}', redactKnown)).toBe('{"t":"[redacted] \\u202e"}');
});
