/** Lines that are hard to read, and rules that are hard to find by their words. */
import { draws } from './random.ts';
import type { OrderLines } from './order-lines.ts';
import { SERVICES } from './order-lines.ts';
import { all, either, field, not, prefix, words, type Wanted } from './order-rules.ts';

interface HostileLines {
  readonly label: string;
  /** Makes them of usual lines. */
  readonly lines: (usual: readonly string[]) => readonly string[];
}

interface HostileRules {
  readonly label: string;
  readonly rules: (corpus: OrderLines) => readonly Wanted[];
}

type Document = Record<string, unknown> & { message: string };

const changed =
  (change: (document: Document, i: number) => void) =>
  (usual: readonly string[]): readonly string[] =>
    usual.map((line, i) => {
      const document = JSON.parse(line) as Document;
      change(document, i);
      return JSON.stringify(document);
    });

const CHINESE = '订单支付超时请检查库存服务';
const OTHER_KEYS = 300;
const DEPTH = 60;
const REPEATED = 50;

export const HOSTILE_LINES: readonly HostileLines[] = [
  { label: 'short lines', lines: (usual) => usual.map(shortened) },
  {
    label: 'long messages',
    lines: (usual) =>
      changed((document) => (document.message = `${document.message} `.repeat(REPEATED)))(
        usual.slice(0, 4_000),
      ),
  },
  {
    label: 'Chinese messages',
    lines: changed((document) => {
      document.message = document.message.split(' ').join(` ${CHINESE} `);
    }),
  },
  { label: 'escaped letters', lines: (usual) => usual.map(escaped) },
  {
    label: `${OTHER_KEYS} more keys`,
    lines: (usual) =>
      changed((document) => {
        for (let key = 0; key < OTHER_KEYS; key++) document[`extra_${key}`] = key;
      })(usual.slice(0, 4_000)),
  },
  {
    label: 'deep objects',
    lines: changed((document) => {
      let nested: object = { end: true };
      for (let depth = 0; depth < DEPTH; depth++) nested = { in: nested };
      document['context'] = nested;
    }),
  },
  {
    label: 'every other line cut off',
    lines: (usual) => usual.map((line, i) => (i % 2 ? line.slice(0, -60) : line)),
  },
];

function shortened(line: string): string {
  const { message, level, '@timestamp': time } = JSON.parse(line) as Document;
  return JSON.stringify({ '@timestamp': time, level, message: message.split(' ').slice(0, 3).join(' ') });
}

/** Some letters of the message as escapes, which only a reader that undoes them finds. */
function escaped(line: string): string {
  const { message } = JSON.parse(line) as Document;
  const written = JSON.stringify(message);
  return line.replace(written, () => written.replaceAll('e', '\\u0065'));
}

const SEED = 7;
const RULES = 1_000;
const COMMONEST = 200;

const many = (
  make: (random: ReturnType<typeof draws>, i: number) => Wanted,
  count = RULES,
): readonly Wanted[] => {
  const random = draws(SEED);
  return Array.from({ length: count }, (_, i) => make(random, i));
};

export const HOSTILE_RULES: readonly HostileRules[] = [
  {
    label: '1,000 rules of three of the commonest words',
    rules: (corpus) =>
      many((random) => {
        const common = (): Wanted => words(corpus.words[random.below(COMMONEST)]!);
        return all(common(), common(), common());
      }),
  },
  {
    label: '1,000 phrases of common words',
    rules: (corpus) =>
      many((random) =>
        words(`${corpus.words[random.below(COMMONEST)]!} ${corpus.words[random.below(COMMONEST)]!}`),
      ),
  },
  {
    label: '100 rules that only exclude',
    rules: (corpus) =>
      many((random) => {
        const levels = ['INFO', 'DEBUG', 'WARN', 'ERROR'].map((level) => field('level', level));
        return not(either(...levels, words(corpus.words[COMMONEST + random.below(COMMONEST)]!)));
      }, 100),
  },
  {
    label: '1,000 rules with beginnings of words',
    rules: (corpus) =>
      many((random) => {
        const word = corpus.words[COMMONEST + random.below(10_000)]!;
        return all(field('service', random.pick(SERVICES)), prefix(word.slice(0, 6)));
      }),
  },
  {
    label: '100 rules of 200 words each',
    rules: (corpus) =>
      many((random) => {
        const rare = (): Wanted => words(corpus.words[2_000 + random.below(18_000)]!);
        return all(field('level', 'ERROR'), either(...Array.from({ length: 200 }, rare)));
      }, 100),
  },
  {
    label: '1,000 rules that want the same rare word',
    rules: (corpus) => many((_, i) => all(words(corpus.words[3_000]!), not(words(`absentword${i}`)))),
  },
];
