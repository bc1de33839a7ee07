import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/**
 * Files of more than a minute, the longest first.
 * A long file that starts last runs alone, with one core idle.
 */
const LONG_FILES = [
  'test/fuzz/changes.test.ts',
  'test/fuzz/answers.test.ts',
  'test/chaos/short.test.ts',
  'test/scenarios/self-drill.test.ts',
  'test/scenarios/self-alerts.test.ts',
  'test/scenarios/killed.test.ts',
  'test/scenarios/canaries.test.ts',
  'test/fuzz/kafka.test.ts',
  'test/scenarios/self-drill-servers.test.ts',
  'test/scenarios/kafka-time.test.ts',
  'test/scenarios/second-process.test.ts',
  'test/scenarios/outages.test.ts',
  'test/integration/elasticsearch-crashes.test.ts',
  'test/scenarios/descriptors.test.ts',
  'test/simulation/process.test.ts',
  'test/fuzz/mail.test.ts',
];

/** Starts the long test files first, then the others in vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files);
    return rest.sort((a, b) => place(a) - place(b));
  }
}

function place(file: TestSpecification): number {
  const at = LONG_FILES.findIndex((long) => file.moduleId.endsWith(long));
  return at === -1 ? LONG_FILES.length : at;
}
