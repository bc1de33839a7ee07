/** Random wrong answers of an HTTP service: right ones spoilt, odd JSON, pages of proxies, odd headers, cut, endless or packed bodies. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { HostileAnswer } from '../support/hostile-server.ts';
import type { Random } from '../support/timelines.ts';
import { oddBytes, oddJson, oddText, spoilt, spoiltBytes } from './odd-values.ts';

const STATUSES = [
  200, 200, 200, 200, 201, 202, 204, 299, 300, 302, 304, 400, 401, 403, 404, 408, 409, 413, 425,
];
const LATER_STATUSES = [429, 429, 499, 500, 500, 501, 502, 503, 504, 520, 529, 599];
const RETRY_AFTER = [
  '1',
  '0',
  '-5',
  '1e9',
  'NaN',
  '31536000',
  'soon',
  'Thu, 01 Jan 2099 00:00:00 GMT',
  '0x10',
  ' 2 ',
];
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'text/html',
  'text/plain',
  '',
  'image/png',
];

/** `right`: an answer that fits what was asked. `headers`: what the service sends with every answer. */
export function hostileAnswer(
  random: Random,
  right: unknown,
  headers: Readonly<Record<string, string>> = {},
): HostileAnswer {
  const status = random.pick([...STATUSES, ...LATER_STATUSES]);
  const body = bodyOf(random, right);
  const answer: HostileAnswer = {
    status: random.chance(60) ? 200 : status,
    headers: { ...(random.chance(95) && headers), ...oddHeaders(random) },
    body,
  };
  if (random.chance(2))
    return { ...answer, headers: { ...answer.headers, 'content-encoding': 'gzip' }, body: gzipSync(body) };
  return { ...answer, ...howOf(random, body) };
}

function bodyOf(random: Random, right: unknown): Buffer {
  switch (random.below(10)) {
    case 0:
      return Buffer.alloc(0);
    case 1:
      return oddBytes(random);
    case 2:
      return Buffer.from(`<html><body>${oddText(random)}</body></html>`);
    case 3:
      return spoiltBytes(random, Buffer.from(JSON.stringify(right)));
    case 4:
      return Buffer.from(JSON.stringify(oddJson(random)));
    case 5:
      return Buffer.from(JSON.stringify(right));
    default:
      return Buffer.from(JSON.stringify(spoilt(random, right)));
  }
}

function oddHeaders(random: Random): Record<string, string | string[]> {
  const encodings = ['gzip', 'deflate', 'br', 'identity', 'GZIP', 'x'];
  return {
    'content-type': random.chance(80) ? 'application/json' : random.pick(TYPES),
    ...(random.chance(20) && { 'retry-after': random.pick(RETRY_AFTER) }),
    ...(random.chance(3) && { 'content-encoding': random.pick(encodings) }),
    ...(random.chance(1) && { 'content-encoding': ['gzip', 'gzip'] }),
    ...(random.chance(3) && { location: 'http://127.0.0.1:1/', warning: ['299 - "x"', '\u00e9'] }),
  };
}

function howOf(random: Random, body: Buffer): HostileAnswer {
  switch (random.below(60)) {
    case 0:
      return { how: 'cut' };
    case 1:
      return { how: 'reset' };
    case 2:
      return { how: 'endless', body: body.subarray(0, 1_000) };
    case 3:
      return { how: { bombMiB: 24 } };
    default:
      return {};
  }
}

/** The body of an answer that came whole, with a success, as JSON; undefined for any other. */
export function plainSuccess({
  status = 200,
  headers = {},
  body = '',
  how = 'whole',
}: HostileAnswer): unknown {
  if (status < 200 || status > 299 || status === 204 || how !== 'whole') return undefined;
  try {
    const bytes = Buffer.from(body);
    const text = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    return JSON.parse(text.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** What no text for people may hold. Format characters that are drawn, like the Arabic number sign, may stand in it. */
export const ACTS_UNSEEN = /(?!\ufe0f)[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb]/u;
