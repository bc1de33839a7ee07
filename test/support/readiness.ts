/** What readiness is made from where nothing is wrong. */
import type { ReadinessParts } from '../../src/app/health/readiness.ts';

export const allWell: ReadinessParts = {
  alertLoops: [],
  archiveLoops: () => [],
  archiveProblem: () => undefined,
  heldReading: () => undefined,
  firstStart: () => undefined,
  stateProblem: () => undefined,
  descriptorProblem: () => undefined,
  rulesProblem: () => undefined,
  rulesUnrest: () => undefined,
  health: () => [],
  channelProblems: () => new Map(),
  failing: () => [],
};
