/** The chaos suite in short, for every run of the tests; the whole of it is `npm run nightly`. */
import { describe, test } from 'vitest';
import { elasticsearchRuns } from '../support/elasticsearch.ts';
import { kafkaAvailable } from '../support/kafka.ts';
import { short } from './happenings.ts';
import { endure } from './judge.ts';

describe.skipIf(!kafkaAvailable() || !elasticsearchRuns())('chaos in short', () => {
  test('new partitions, a full disk and kills: no alert is lost, false or doubled, and people are told', async () => {
    await endure(short);
  }, 600_000);
});
