/** Lines of which chosen shares have a word that no other line has, so that a rule matches just so often. */
import { all, not, words, type Wanted } from './order-rules.ts';

export interface Mark {
  readonly mark: string;
  /** One in so many lines has it. */
  readonly oneIn: number;
  readonly label: string;
}

export const MARKS: readonly Mark[] = [
  { mark: 'markednever', oneIn: Infinity, label: 'no line' },
  { mark: 'markedrarely', oneIn: 1_000, label: '1 line in 1,000' },
  { mark: 'markedsometimes', oneIn: 100, label: '1 line in 100' },
  { mark: 'markedoften', oneIn: 10, label: '1 line in 10' },
  { mark: 'markedalways', oneIn: 1, label: 'every line' },
];

/** The lines with the marks in their messages. */
export function markedLines(lines: readonly string[]): readonly string[] {
  return lines.map((line, i) => {
    const document = JSON.parse(line) as { message: string };
    const marks = MARKS.filter(({ oneIn }) => i % oneIn === 0 && oneIn !== Infinity).map(({ mark }) => mark);
    document.message = [document.message, ...marks].join(' ');
    return JSON.stringify(document);
  });
}

/** Rules that match every line that has the mark, no two of them alike. */
export function markRules(mark: string, count: number): readonly Wanted[] {
  return Array.from({ length: count }, (_, i) => all(words(mark), not(words(`absentword${i}`))));
}
