/** What is measured of windows and groups: every line is a match, and one rule counts them. */
import { stateLines } from '../lines/state-lines.ts';
import type { Case } from './measure.ts';
import type { Question } from './question.ts';
import type { Workload } from './workloads.ts';

const LINES = 200_000;
/** Lines of the case with the most windows are a second apart, so that the longest window is longer than all of them. */
const WINDOW_LINES = 90_000;

const caseOf = (label: string, asked: Question, lines: readonly string[]): Case<Question> => ({
  label,
  asked,
  lines,
  rules: 1,
  expected: [],
});

const FIVE: Question = { form: 'count', from: 5, withinS: 300, by: 'service' };

export const stateWorkloads: Readonly<Record<string, Workload<Question>>> = {
  forms: {
    title: 'Windows, every line a match',
    about: 'One rule over 5 minutes by service, of which there are six.',
    *cases() {
      const lines = stateLines({ count: LINES });
      yield caseOf('count >= 5', FIVE, lines);
      yield caseOf(
        'distinct(order_id) >= 5',
        { form: 'distinct', from: 5, withinS: 300, by: 'service' },
        lines,
      );
      yield caseOf(
        'p95(duration_ms) >= 2000',
        { form: 'p95', from: 2_000, withinS: 300, by: 'service' },
        lines,
      );
    },
  },
  groups: {
    title: 'Groups',
    about: '`count >= 5 within 5m by user_id`, by the number of users, each as often as the others.',
    *cases(sizes) {
      for (const users of sizes) {
        const lines = stateLines({ count: Math.max(LINES, users), users });
        yield caseOf(
          `${users.toLocaleString('en')} groups`,
          { form: 'count', from: 5, withinS: 300, by: 'user_id' },
          lines,
        );
      }
    },
  },
  windows: {
    title: 'Length of the window',
    about: 'By service, of which there are six; a line a second.',
    *cases() {
      const lines = stateLines({ count: WINDOW_LINES, apartMs: 1_000 });
      for (const form of ['count', 'distinct'] as const)
        for (const [label, withinS] of [
          ['10 s', 10],
          ['5 min', 300],
          ['1 h', 3_600],
          ['24 h', 86_400],
        ] as const)
          yield caseOf(`${form}, ${label}`, { form, from: 5, withinS, by: 'service' }, lines);
    },
  },
  late: {
    title: 'Lines out of order',
    about: '`count >= 5 within 5m by service`; a share of the lines is up to 30 s late.',
    *cases() {
      for (const latePercent of [0, 1, 10, 50])
        yield caseOf(`${latePercent} % late`, FIVE, stateLines({ count: LINES, latePercent }));
    },
  },
};
