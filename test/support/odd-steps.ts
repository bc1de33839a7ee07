/** Steps behind `json` that the line kernel does, on the fields of odd-lines.ts, and lines on which they find something to do. */
import type { SourceConfig } from '../../src/config/config.ts';
import { LEVEL_NAMES, type StepConfig } from '../../src/config/decode/steps.ts';
import { source } from './compare-ways.ts';
import { anyText, WORDS } from './odd-lines.ts';
import type { Random } from './timelines.ts';

const KEYS = [
  'level',
  'service',
  'region',
  'status',
  'message',
  'duration_ms',
  'paid',
  'due',
  'code',
  'extra',
];
const PATHS = [...KEYS, 'log.level', 'service.name', 'items.sku', 'error.message', '@timestamp'];
const TEXTS = ['ERROR', 'error', 'a "b"', '', ' x ', '支付', 'İ', '1.0', '2026-11-23T08:59:59.000Z'];
const SCALARS = [...TEXTS, 7, 2.5, -0, 1e21, true, false];
const PATTERNS = ['\\d+', 'e', '支', '^.', '[A-Z]+$', '\\s'];

export function anyStep(random: Random): StepConfig {
  const path = random.pick(PATHS);
  const key = (): string => random.pick(KEYS);
  const scalar = () => random.pick(SCALARS);
  const makers: readonly (() => StepConfig)[] = [
    () => ({ kind: 'set', values: { [key()]: scalar() } }),
    () => ({ kind: 'set', values: { [key()]: `{${path}}`, [key()]: scalar() } }),
    () => ({ kind: 'levels', field: random.pick(['level', path]), of: random.pick(LEVEL_NAMES) }),
    () => ({
      kind: 'map',
      field: path,
      table: { ERROR: scalar(), error: scalar(), '7': scalar(), true: scalar(), payment: scalar() },
      ...(random.chance(30) && { otherwise: scalar() }),
    }),
    () => ({ kind: 'replace', field: path, regex: random.pick(PATTERNS), by: random.pick(['', 'N', '失 ']) }),
    () => ({ kind: 'trim', ...(random.chance(70) && { fields: [path] }) }),
    () => ({ kind: 'strip_ansi', ...(random.chance(50) && { fields: [path] }) }),
  ];
  return random.pick(makers)();
}

/** A source of JSON lines with these steps behind. */
export const sourceWith = (
  steps: readonly StepConfig[],
  timestamp: Parameters<typeof source>[0] = {},
): SourceConfig => ({ ...source(timestamp), decode: { steps: [{ kind: 'json' }, ...steps] } });

/** A line of few values, so that tables know them; some in lists, some with white space or colours, some numbers in odd forms. */
export function steppedLine(random: Random): string {
  const line = JSON.stringify({
    '@timestamp': `2026-11-23T08:59:${10 + random.below(50)}.000Z`,
    level: random.pick<unknown>([50, 30, 'error', 'ERROR', ' warn', '30', 3, null, { a: 1 }, 1.5]),
    service: random.pick<unknown>(['payment', 'order ', '\u001b[31mpayment\u001b[0m', { name: 'order' }]),
    region: random.pick(['CN-North', '\u00a0cn', 'cn\u3000', undefined, '支付']),
    status: random.pick<unknown>([200, 7, '900', 12.5, true]),
    duration_ms: random.pick([1, 2.5, 0]),
    due: random.pick(['2026-11-20', 1_700_000_000_000, undefined]),
    message: random.chance(60) ? `${random.pick(WORDS)} order ${random.below(4)} error` : anyText(random),
    extra: random.pick<unknown>(['a\\b', 'tab\tx', ' é', undefined, ['error', 'info'], [['error']], []]),
  });
  const number = random.pick([':-0', ':1.0', ':1e2', ':12345678901234567890', ':0']);
  return random.chance(90) ? line : line.replace(/:\d+/u, number);
}
