/** The chaos suite in short, for every run of the tests; the whole of it is `npm run nightly`. */
import { describe } from 'vitest';
import { elasticsearchRuns } from '../support/elasticsearch.ts';
import { kafkaAvailable } from '../support/kafka.ts';
import { SHORT } from './happenings.ts';
import { endured } from './judge.ts';

describe.skipIf(!kafkaAvailable() || !elasticsearchRuns())('chaos in short', () => {
  endured('no alert is lost, false or doubled, and people are told of each loss', SHORT, 600_000);
});
