/** The chaos suite, whole: everything that happens to a process in the field, one after the other, while orders flow. */
import { ALL } from './happenings.ts';
import { endured } from './judge.ts';

endured(
  'through everything that happens in the field, no alert is lost, false or doubled, and people are told of each loss',
  ALL,
  3_600_000,
);
