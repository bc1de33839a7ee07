/** Lists the documents that the archive refused for good, and sends them again. */
import { listDeadLetters, type DeadLetter } from '../../archive/dead-letters.ts';
import type { Config } from '../../config/config.ts';

export type { DeadLetter };

/** Lists the dead letters, oldest first. Rejects as the file system does. */
export async function deadLetters({ dataDir }: Pick<Config, 'dataDir'>): Promise<readonly DeadLetter[]> {
  return await listDeadLetters(dataDir);
}

/**
 * Sends all dead letters again. Resolves to the number that are stored now and the number that are kept. Fails with FixableError where the
 * archive takes nothing; each letter is kept then.
 */
export async function sendDeadLetters({
  archive,
  schema,
  dataDir,
}: Config): Promise<{ readonly stored: number; readonly kept: number }> {
  // Imported here because the list needs no client of Elasticsearch.
  const { retryDeadLetters } = await import('../../archive/elasticsearch/retry-dead-letters.ts');
  return await retryDeadLetters(archive, schema, dataDir);
}
