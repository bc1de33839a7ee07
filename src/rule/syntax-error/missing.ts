/** Fixes if something is missing and no slip is known: an example of the part that the grammar expects there. */
import { nearest } from '../../event/did-you-mean.ts';
import { write, writeNearest, type Hint } from '../mending.ts';
import type { Token } from '../parse/lexer.ts';
import type { Stop } from './stop.ts';
import { after } from './stop.ts';

/** Returns a fix for a stop that nothing else explains; undefined if the expected tokens already say enough. */
export function missingFix(stop: Stop): Hint | undefined {
  return misspelled(stop) ?? operandFix(stop) ?? separatorFix(stop) ?? exampleFix(stop);
}

function misspelled({ found, expected }: Stop): Hint | undefined {
  if (found?.type !== 'word') return undefined;
  const words = [...expected.literals].filter((word) => /^[a-z]/.test(word));
  return nearest(found.text, words) === undefined
    ? undefined
    : writeNearest(found, found.text, words, 'words');
}

/** Handles a missing condition, or a missing value of one. */
function operandFix({ before, found, expected, tokens, index }: Stop): string | undefined {
  const { parts } = expected;
  if (before?.text === ':' && parts.has('value')) {
    const field = tokens[index - 2]?.text ?? 'level';
    return `for instance ${field}:"a value"; ${field}:* is "the field has a value"`;
  }
  if (!parts.has('condition') && !parts.has('operand') && !parts.has('atom')) return undefined;
  if (before?.type === 'and' || before?.type === 'or' || before?.type === 'not')
    return `write what ${before.text} applies to, or delete it`;
  if (found?.text === ')') return 'write a condition between the parentheses, or delete them';
  return 'for instance level:ERROR';
}

/** Handles a missing colon or comma between the values of labels or of a test's event. */
function separatorFix({ before, found, expected, tokens, index }: Stop): Hint | undefined {
  const { literals } = expected;
  if (found === undefined || before === undefined) return undefined;
  if (literals.size === 1 && literals.has(':'))
    return write(after(before), ':', `write ${before.text}: ${found.text}`);
  if (literals.has(',') && literals.has('}') && tokens[index + 1]?.text === ':')
    return write(after(before), ',', `write a comma before ${found.text}`);
  return undefined;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  severity: 'severity medium',
  owner: 'owner team-order',
  spec: 'alert count >= 5 within 5m by service',
  receiver: 'notify slack:"#order-oncall"',
  target: 'notify slack:"#order-oncall"',
  source: 'from orders',
  path: 'runbook "runbooks/order-timeout.md"',
  testName: 'test "five errors fire" { … }',
  letName: 'let failed = status:FAILED',
  ruleName: 'rule order_timeouts { … }',
  within: 'within 5m',
  object: 'at 0s { service: pay }',
  scalar: 'service: pay',
  entry: 'service: pay',
  field: 'by service',
};

function exampleFix({ found, expected }: Stop): Hint | undefined {
  const { parts, literals, types } = expected;
  if (literals.has('fire')) return 'write expect fire, expect resolve or expect nothing';
  if (literals.has('every')) return 'for instance x 5 every 10s';
  if (types.has('number') && found !== undefined) return numberFix(found);
  const part = [...parts].find((name) => name in EXAMPLES);
  return part === undefined ? undefined : `for instance ${EXAMPLES[part]!}`;
}

/** Handles a number in another notation: `"5"`, `1e6`, `10k`, `1_000`. */
function numberFix(found: Token): Hint {
  const { text } = found;
  const plain = text.replaceAll(/["_]/g, '').toLowerCase();
  const [, amount, suffix] = /^(.*\d)(k|m)$/.exec(plain) ?? [undefined, plain, ''];
  const number = Number(amount) * (suffix === 'k' ? 1e3 : suffix === 'm' ? 1e6 : 1);
  return plain !== '' && String(number) !== text && Number.isFinite(number) && !/e21|e-/.test(String(number))
    ? write(found, String(number))
    : 'for instance 5';
}
