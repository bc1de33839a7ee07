/** What is masked and what is left as it is; random texts in any place of others, of any length. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../event.ts';
import { Pattern } from '../pattern.ts';
import { whole, type Slices } from '../slices.ts';
import { MASK_KINDS } from './kinds.ts';
import { createMask, noMask } from './mask.ts';

const all = createMask({ kinds: MASK_KINDS, patterns: { employee: new Pattern('E-\\d{6}') } });

describe('masked', () => {
  it.each([
    ['a card', 'paid by 4111111111111111.', 'paid by [card].'],
    ['a card in groups', 'card 4111 1111 1111 1111 of', 'card [card] of'],
    ['a card behind other digits', 'at 2026 4111-1111-1111-1111', 'at 2026 [card]'],
    ['a card of UnionPay', '6222021234567890128', '[card]'],
    ['a card in groups with dots', 'card 4111.1111.1111.1111.', 'card [card].'],
    ['a card in groups with hyphens of print', 'card 4111–1111–1111–1111 of', 'card [card] of'],
    ['a card with blanks that do not break', 'card 4111\u00a01111\u202f1111\u00a01111 of', 'card [card] of'],
    ['a card with double blanks', 'n  4111  1111  1111  1111  of', 'n  [card]  of'],
    ['a card behind a number and double blanks', '7  4111  1111  1111  1111', '7  [card]'],
    ['a card in full-width digits', '卡号４１１１ １１１１ １１１１ １１１１。', '卡号[card]。'],
    ['an e-mail of a quoted name', 'to "john doe"@x.example, ok', 'to [email], ok'],
    [
      'an e-mail of a quoted name in JSON',
      String.raw`{"to":"\"john doe\"@x.example","n":"a"}`,
      String.raw`{"to":"[email]","n":"a"}`,
    ],
    ['an e-mail', 'to <alice.o+x@mail.example.com>, ok', 'to <[email]>, ok'],
    ['an e-mail in Chinese', '联系李雷@例子.中国。', '[email]。'],
    ['an e-mail in an address', 'GET /x?to=alice%40mail.example&n=1', 'GET /x?to=[email]&n=1'],
    ['a mobile number', '手机13812345678，+86 138-1234-5678', '手机[phone]，[phone]'],
    ['a mobile number alone', 'tel 13812345678', 'tel [phone]'],
    ['a mobile number with 0086', 'call 008613812345678 or 0086 138 1234 5678', 'call [phone] or [phone]'],
    ['a mobile number behind its name', 'tel13812345678 Mobile_13812345678', 'tel[phone] Mobile_[phone]'],
    ['a number abroad', 'call +49 (30) 1234567 now', 'call [phone] now'],
    ['a password', 'login password=INLOGPW, user=a', 'login password=[token], user=a'],
    ['a password in JSON', '{"user":"a","password":"x y, z"}', '{"user":"a","password":"[token]"}'],
    [
      'a password in JSON in JSON',
      String.raw`{"m":"{\"pwd\":\"x y\",\"n\":1}"}`,
      String.raw`{"m":"{\"pwd\":\"[token]\",\"n\":1}"}`,
    ],
    [
      'a password with quotes in JSON',
      String.raw`{"password":"ab\"cd\\","n":1}`,
      '{"password":"[token]","n":1}',
    ],
    [
      'a password with quotes in JSON in JSON',
      String.raw`{"m":"{\"pwd\":\"x\\\"y\\\\\",\"n\":1}"}`,
      String.raw`{"m":"{\"pwd\":\"[token]\",\"n\":1}"}`,
    ],
    ['a list in JSON', '{"Cookie":["a=1; b=]2"],"n":1}', '{"Cookie":[token],"n":1}'],
    ['an object in JSON', '{"secret":{"a":{"b":"}x"}},"n":1}', '{"secret":[token],"n":1}'],
    [
      'an object in JSON in JSON',
      String.raw`{"m":"{\"pwd\":{\"a\":\"x\"}}"}`,
      String.raw`{"m":"{\"pwd\":[token]}"}`,
    ],
    ['a list that was cut', '{"token":["ab', '{"token":[token]'],
    ['a password behind an arrow', '{"password"=>"x y", "n"=>1}', '{"password"=>"[token]", "n"=>1}'],
    ['a password between escaped apostrophes', String.raw`password='x\'y', n`, "password='[token]', n"],
    ['each cookie of a header', 'Cookie: lang=en; sid=x; b=2 for bob', 'Cookie: [token] for bob'],
    ['credentials of a scheme', 'Authorization: Negotiate YIIabc== x', 'Authorization: Negotiate [token] x'],
    ['credentials of an unknown scheme', 'Authorization: SSWS 00abcdef12 x', 'Authorization: [token] x'],
    [
      'credentials in parts',
      'Authorization: Digest username="a b", nonce=c1, response="d" x',
      'Authorization: Digest [token] x',
    ],
    [
      'credentials of AWS',
      'Authorization: AWS4-HMAC-SHA256 Credential=A/2026, SignedHeaders=a;b, Signature=c1',
      'Authorization: AWS4-HMAC-SHA256 [token]',
    ],
    ['credentials without a scheme', 'authorization=abc1 for bob', 'authorization=[token] for bob'],
    ['a header', 'Authorization: Bearer abc.def-1 x', 'Authorization: Bearer [token] x'],
    ['a JWT', 'jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end', 'jwt [token] end'],
    ['a key of Slack', 'xoxb-123456789012-abc', '[token]'],
    ['a key by its name', 'X-Api-Key: 0815abc', 'X-Api-Key: [token]'],
    ['credentials in an address', 'GET http://u:pw1@h/x', 'GET http://u:[token]@h/x'],
    ['a secret key', 'secret_key=abc1 signing-key: x2', 'secret_key=[token] signing-key: [token]'],
    [
      'a password twice',
      'password_confirmation=a1&password2=b2&passwordRepeat=c3',
      'password_confirmation=[token]&password2=[token]&passwordRepeat=[token]',
    ],
    [
      'a password in XML',
      '<u><password>x y</password><ns:apiKey t="1">k</ns:apiKey><n>1</n></u>',
      '<u><password>[token]</password><ns:apiKey t="1">[token]</ns:apiKey><n>1</n></u>',
    ],
    ['a password in CDATA', '<pwd><![CDATA[a<b]]></pwd>', '<pwd>[token]</pwd>'],
    [
      'a token alone in an address',
      'GET https://0a1b2c3d4e5f6789@h/x https://abcdefghijklmnopqrst@h',
      'GET https://[token]@h/x https://[token]@h',
    ],
    [
      'a password with signs of addresses',
      'redis://:p@ss/w0rd@h:6379/0 amqp://u:a/b@c/d@h/v http://u:p?q#r@h/x?to=a',
      'redis://:[token]@h:6379/0 amqp://u:[token]@h/v http://u:[token]@h/x?to=a',
    ],
    [
      'a private key of PGP',
      'k -----BEGIN PGP PRIVATE KEY BLOCK-----\nlQ\n-----END PGP PRIVATE KEY BLOCK----- e',
      'k [token] e',
    ],
    ['a private key', 'k -----BEGIN RSA PRIVATE KEY-----\nMII\n', 'k [token]'],
    ['what an own pattern finds', 'by E-123456!', 'by [employee]!'],
  ])('%s', (_name, text, shown) => {
    expect(all.text(text)).toBe(shown);
  });
});

describe('left as it is', () => {
  it.each([
    ['digits that fail Luhn', '4111111111111112'],
    ['an order number', 'ORD-20261123-004102 2026112300001234'],
    ['a time in milliseconds', '1790000000000'],
    ['digits within more digits', '94111111111111111123456'],
    ['an id in hex', '7c1e09b2a4f35d68'],
    ['an @ without a host', 'retry @ 3, user@host'],
    ['words about tokens', 'the token of order 7 is missing; tokens: none left'],
  ])('%s', (_name, text) => {
    expect(createMask({ kinds: ['cards', 'emails', 'phones'], patterns: {} }).text(text)).toBe(text);
  });

  it('what is not asked for', () => {
    const text = 'alice@example.com 13812345678 password=x 4111111111111111';
    expect(noMask.text(text)).toBe(text);
    expect(createMask({ kinds: ['emails'], patterns: {} }).text(text)).toBe(text.replace(/^\S+/u, '[email]'));
  });
});

it.each([
  ['a port before an @', 'http://h:8080/users/@me http://[::1]:80/a@b'],
  ['a user alone in an address', 'ssh://git@h/x https://alice@h/x postgres://application_user@db'],
  ['an address of a page', 'https://h/a/@alice https://h.example/0123456789abcdef/@x'],
  ['a decimal number', '4.111111111111111 41.11111111111111 4111111111.111111'],
  ['a version and an IP address', '4.1.11.1111 41.111.111.111'],
  ['words in XML', '<passwords>3</passwords><tokenCount>7</tokenCount><password/>'],
  ['a quoted word before an @', 'said "hello" @ 3, "a"@b'],
  ['an id that ends in letters and a number', 'hotel13812345678 ref00861381234567 x13812345678'],
  ['names that go on', 'password_policy=strict secret_keys=3 password_confirmation_sent=1'],
])('left as it is by every kind: %s', (_name, text) => {
  expect(all.text(text)).toBe(text);
});

it('the values of a field whose name says so are tokens, whatever they look like', () => {
  for (const name of [
    'secret_key',
    'passwordConfirmation',
    'password',
    'user.password',
    'accessToken',
    'access_token',
    'X-API-Key',
    'http.cookie',
  ])
    expect([name, all.value('x', name)]).toEqual([name, '[token]']);
  for (const name of ['token_count', 'service', 'passwords_tried']) expect(all.value('x', name)).toBe('x');
});

it('a number is masked by its digits', () => {
  expect([all.value(4_111_111_111_111_111), all.value(13_812_345_678), all.value(42)]).toEqual([
    '[card]',
    '[phone]',
    42,
  ]);
});

it('a document is masked by its values and what their keys say, and is the same where nothing was', () => {
  const document = { a: ['x', { mail: 'a@b.example' }], password: { of: 'x' }, n: 4_111_111_111_111_111 };
  expect(whole(all.document(document))).toEqual({
    a: ['x', { mail: '[email]' }],
    password: '[token]',
    n: '[card]',
  });
  const plain = { a: ['x', { n: 1 }], none: null };
  expect(whole(all.document(plain))).toBe(plain);
});

it('the keys of a document are masked, and no value is lost where two become the same', () => {
  const document = {
    'alice@example.com': 1,
    '4111111111111111': 'x',
    in: [{ 'bob@example.com': { 'carol@example.com': 'c' }, 'dave@example.com': 2 }],
    '[email]': 'own',
    'erin@example.com': 3,
    '[email]~3': 'own too',
    'fred@example.com': 4,
  };
  expect(whole(all.document(document))).toEqual({
    '[email]~2': 1,
    '[card]': 'x',
    in: [{ '[email]': { '[email]': 'c' }, '[email]~2': 2 }],
    '[email]': 'own',
    '[email]~4': 3,
    '[email]~3': 'own too',
    '[email]~5': 4,
  });
});

it('keys without number are all kept, whatever they are', () => {
  const key = fc.oneof(
    fc.constantFrom('[email]', '[email]~2', '[email]~1', '__proto__', '1', 'a'),
    fc.stringMatching(/^[a-c]@b\.example$/u),
  );
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 12 }), (keys) => {
      const document = Object.fromEntries(keys.map((name, i) => [name, i + 1_000])) as JsonObject;
      const shown = whole(all.document(document));
      expect(Object.values(shown).sort()).toEqual(Object.values(document).sort());
      expect(Object.keys(shown).join(' ')).not.toContain('b.example');
      for (const name of keys) if (!name.includes('b.example')) expect(shown[name]).toBe(document[name]);
    }),
  );
});

it('many keys that become the same take a time that grows with their number only', () => {
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`a${i}@b.example`, i]));
  const before = performance.now();
  const shown = whole(createMask({ kinds: ['emails'], patterns: {} }).document(many));
  expect(Object.keys(shown)).toHaveLength(100_000);
  expect(performance.now() - before).toBeLessThan(20_000);
});

it('what is known to be secret is cut out first, of keys, texts and numbers', () => {
  const mask = createMask({
    kinds: ['emails'],
    patterns: {},
    redact: (text) => text.replaceAll('1234567', '[redacted]'),
  });
  expect(mask.text('a 1234567@b.example')).toBe('a [redacted]@b.example');
  expect(whole(mask.document({ '1234567': 'x', n: 1_234_567 }))).toEqual({
    '[redacted]': 'x',
    n: '[redacted]',
  });
});

const digits = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
    .map((list) => list.join(''));

/** A number with the digit that Luhn asks for. */
function withCheckDigit(number: string): string {
  for (let digit = 0; digit < 10; digit += 1) {
    const whole = `${number}${digit}`;
    const sum = Array.from(whole)
      .reverse()
      .reduce((total, each, i) => {
        const value = i % 2 === 0 ? Number(each) : 2 * Number(each);
        return total + (value > 9 ? value - 9 : value);
      }, 0);
    if (sum % 10 === 0) return whole;
  }
  throw new Error('no digit fits');
}

const grouped = (card: string, by: string): string => card.replace(/(.{4})(?=.)/gu, `$1${by}`);

/** What must not be seen: the text as it stands in a line, and the part of it that must be gone. */
const hidden = fc.oneof(
  fc
    .tuple(digits(14), fc.constantFrom('', ' ', '-', '.', '  ', '\u00a0'))
    .map(([number, by]) => grouped(withCheckDigit(`4${number}`), by))
    .map((card) => ({ text: card, gone: card })),
  fc
    .stringMatching(/^[a-z][a-z0-9.]{2,12}$/u)
    .map((name) => ({ text: `${name}@mail.example`, gone: `${name}@` })),
  digits(9).map((rest) => ({ text: `13${rest}`, gone: `13${rest}` })),
  fc
    .tuple(
      fc.constantFrom('password=', 'pwd: ', 'token=', '"secret":"'),
      fc.stringMatching(/^[A-Za-z0-9]{6,30}$/u),
    )
    .map(([head, value]) => ({ text: head + value, gone: value })),
  digits(6).map((rest) => ({ text: `E-${rest}`, gone: `E-${rest}` })),
);

/** Words that no kind is about, however they come together. */
const words = fc.array(
  fc.constantFrom('order', 'paid', 'été', '订单', 'n=7', '[x]', '{', '"', '\\', '…', '-'),
  {
    maxLength: 200,
  },
);

it('what is hidden is never seen wherever it stands, and everything else is as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(words, hidden), { minLength: 1, maxLength: 8 }), words, (parts, end) => {
      const text = [
        ...parts.map(([before, { text: each }]) => `${before.join(' ')} ${each}"`),
        end.join(' '),
      ].join(' ');
      const shown = all.text(text);
      for (const [, { gone }] of parts) expect(shown).not.toContain(gone);
      const rest = shown.replace(/\[(?:card|email|phone|token|employee)\]/gu, '');
      const expected = parts.reduce((left, [, { text: each, gone }]) => {
        const stays = gone === each || each.startsWith(gone) ? '' : each.replace(gone, '');
        return left.replace(`${each}"`, `${stays}"`);
      }, text);
      expect(rest).toBe(expected);
      expect(all.text(shown)).toBe(shown);
    }),
    { numRuns: 400 },
  );
});

it('may be interrupted in one long text and in one long list', () => {
  const stepsOf = (work: Slices<unknown>): number => {
    let steps = 0;
    while (work.next().done !== true) steps += 1;
    return steps;
  };
  expect(stepsOf(all.longText('4 '.repeat(20_000)))).toBeGreaterThan(20);
  expect(stepsOf(all.document({ a: Array.from({ length: 5_000 }, () => 'x') }))).toBeGreaterThan(5_000);
});

it('long texts take a time that grows with their length only', () => {
  const texts = [
    '@a.',
    '%40a.',
    'a%40',
    '4',
    '1 ',
    'a',
    'eyJ',
    'password="\\',
    '://a:',
    '-----BEGIN PRIVATE KEY-----',
    '+1(',
    "token='",
    'token:[',
    'token:["',
    'cookie: a=1; ',
    'authorization: a ',
    'authorization: a=b, ',
    '<password>',
    '<password a',
    '<password><![CDATA[',
    '<a.',
    'https://a',
    '://a:b@',
    '://a:/@',
    '"a"@',
    '"@',
    '\\"@',
    '4.',
    '4  ',
    '４',
    'tel',
    '0086',
    '-----BEGIN PGP PRIVATE KEY BLOCK-----',
    'E-12345',
  ];
  for (const part of texts) {
    const cost = (length: number): number => {
      const text = part.repeat(Math.ceil(length / part.length));
      const before = performance.now();
      all.text(text);
      return performance.now() - before;
    };
    cost(20_000);
    // Where the cost grew with the square it would be some 100 times as much, and seconds.
    expect([part, cost(200_000) < 4_000]).toEqual([part, true]);
  }
}, 120_000);
