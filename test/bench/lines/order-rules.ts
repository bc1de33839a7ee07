/**
 * The rules that the benches judge the lines by, independent of the language of any engine. They mix what people write: a word of an error
 * with either of two others, a service with a word, a phrase, a level with a status and without a word, three words.
 */
import { FAULTS, SERVICES, WORD_COUNT, type OrderLines } from './order-lines.ts';
import { draws, type Draws } from './random.ts';

/**
 * `words`: one word, or a phrase, in any text of the line. `prefix`: a word that begins so. `field`: the whole value of a field. Words are
 * in lower case.
 */
export type Wanted =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'field'; readonly field: 'level' | 'service' | 'status'; readonly value: string }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Wanted[] }
  | { readonly kind: 'not'; readonly of: Wanted };

export const words = (text: string): Wanted => ({ kind: 'words', words: text.split(' ') });
export const field = (name: 'level' | 'service' | 'status', value: string | number): Wanted => ({
  kind: 'field',
  field: name,
  value: String(value),
});
export const prefix = (text: string): Wanted => ({ kind: 'prefix', prefix: text });
export const all = (...of: readonly Wanted[]): Wanted => ({ kind: 'and', of });
export const either = (...of: readonly Wanted[]): Wanted => ({ kind: 'or', of });
export const not = (of: Wanted): Wanted => ({ kind: 'not', of });

/** Rules by the lines' words from this rank on: the commonest are in no rule. */
const COMMON_WORDS = 200;
const SEED = 99;
/** The first rules are about the faults of the order service, whatever the number of rules. */
const FAULT_RULES = 20;
/** What the alerts of the rules are drawn from. The benches of matching leave it unused, and the sequence of draws depends on it. */
const ALERTS = { groups: ['service', 'user_id', 'host', 'order_id'], windowsS: [60, 300, 900, 3600] };

/** The first `count` rules of one endless list, so that each set begins with the smaller one. */
export function orderRules(count: number, corpus: OrderLines): readonly Wanted[] {
  const random = draws(SEED);
  const word = (): Wanted => words(corpus.words[COMMON_WORDS + random.below(WORD_COUNT - COMMON_WORDS)]!);
  return Array.from({ length: count }, (_, i) => {
    const drawn = random.next();
    const rule = i < FAULT_RULES ? faultRule(i) : ruleBy(drawn, random, word, corpus.lines);
    random.pick(ALERTS.groups);
    random.pick(ALERTS.windowsS);
    random.next();
    return rule;
  });
}

function faultRule(i: number): Wanted {
  if (i === 0) return all(words('error'), either(words('order_timeout'), words('inventory_rollback')));
  const [fault, service] = [FAULTS[i % FAULTS.length]!, SERVICES[i % SERVICES.length]!];
  return all(field('level', 'ERROR'), words(fault), field('service', service));
}

function ruleBy(drawn: number, random: Draws, word: () => Wanted, lines: readonly string[]): Wanted {
  if (drawn < 0.4) return all(words('error'), either(word(), word()));
  if (drawn < 0.65) return all(field('service', random.pick(SERVICES)), word());
  if (drawn < 0.8) return words(pairOfWords(random, lines));
  if (drawn < 0.9) {
    const status = field('status', random.pick([500, 503, 409, 404]));
    return all(field('level', 'ERROR'), status, not(word()), word());
  }
  return all(word(), word(), word());
}

/** Two words that stand side by side in some line. */
function pairOfWords(random: Draws, lines: readonly string[]): string {
  for (;;) {
    const line = lines[random.below(lines.length)]!;
    if (line.includes('\\')) continue;
    const message = (JSON.parse(line) as { message: string }).message.split(' ');
    const i = random.below(message.length - 1);
    const pair = [message[i]!, message[i + 1]!];
    if (pair.every((word) => /^\w+$/.test(word))) return pair.join(' ');
  }
}
