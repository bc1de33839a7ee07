/** Documents that the archive refused for good: a list of them, and sending them again. */
import { listDeadLetters, type DeadLetter } from '../../archive/dead-letters.ts';
import type { Config } from '../../config/config.ts';

export type { DeadLetter };

/** Oldest first. Rejects as the file system does. */
export async function deadLetters({ dataDir }: Pick<Config, 'dataDir'>): Promise<readonly DeadLetter[]> {
  return await listDeadLetters(dataDir);
}

/** How many are stored now and how many stay. Fails with FixableError where the archive takes nothing; each is then kept. */
export async function sendDeadLetters({
  archive,
  schema,
  dataDir,
}: Config): Promise<{ readonly stored: number; readonly kept: number }> {
  // The list needs no client of Elasticsearch.
  const { retryDeadLetters } = await import('../../archive/elasticsearch/retry-dead-letters.ts');
  return await retryDeadLetters(archive, schema, dataDir);
}
