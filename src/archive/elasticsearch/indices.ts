/** The indices of the archive: template, mapping of those that exist already, creation by name, retention. */
import type { Client } from '@elastic/elasticsearch';
import type { ElasticsearchConfig } from '../../config/config.ts';
import type { Schema } from '../../event/event.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { ArchiveError } from '../archive.ts';
import { fixOf, refusalOf } from './client.ts';
import type { Refusal } from './client.ts';
import { defaultField, indexPatterns, indexTemplate, properties } from './index-template.ts';
import { dayOfIndex, daysKept } from './placement.ts';

/** What a request about all our indices may find: none, closed ones. */
const LENIENT = { ignore_unavailable: true, allow_no_indices: true } as const;

/** Brings the template and the open indices up to date. Fails with ArchiveError where Elasticsearch does not let us. */
export async function prepareIndices(
  client: Client,
  config: ElasticsearchConfig,
  schema: Schema,
  telemetry: Telemetry,
): Promise<void> {
  try {
    await putTemplate(client, config, schema);
  } catch (error) {
    throw archiveError(error, config, 'does not take the index template');
  }
  const index = indexPatterns(config.index);
  const mapping = { dynamic: false, properties: properties(schema) } as const;
  await bringUpToDate(telemetry, () => client.indices.putMapping({ index, ...LENIENT, ...mapping }));
  const settings = defaultField(schema);
  await bringUpToDate(telemetry, () => client.indices.putSettings({ index, ...LENIENT, settings }));
}

/** Creates an index that Elasticsearch does not create by itself, template first. */
export async function createIndex(
  client: Client,
  config: ElasticsearchConfig,
  schema: Schema,
  index: string,
): Promise<void> {
  await putTemplate(client, config, schema);
  await client.indices.create({ index }, { ignore: [400] }); // 400: another request has just created it
}

/** Deletes the daily indices of days before the retention, by name. */
export async function dropOldIndices(
  client: Client,
  config: ElasticsearchConfig,
  nowMs: number,
  telemetry: Telemetry,
): Promise<void> {
  const { oldestDay } = daysKept(nowMs, config.retentionMs);
  try {
    const index = indexPatterns(config.index);
    const known = await client.indices.getSettings({
      index,
      name: 'index.uuid',
      ...LENIENT,
      expand_wildcards: 'all',
    });
    for (const name of Object.keys(known)) {
      const day = dayOfIndex(config.index, name);
      if (day === undefined || day >= oldestDay) continue;
      await client.indices.delete({ index: name, ignore_unavailable: true });
      telemetry.log.info({ 'event.action': 'archive-retention' }, `deleted the index ${name}`);
    }
  } catch (error) {
    const { type, reason } = refusalOf(error);
    telemetry.log.warn(
      { 'event.action': 'archive-retention' },
      `old indices are kept for now: ${type}: ${reason}`,
    );
  }
}

/** What the client threw as something that a person can mend. */
export function archiveError(error: unknown, config: ElasticsearchConfig, what: string): ArchiveError {
  return error instanceof ArchiveError ? error : refusedError(refusalOf(error), config, what, error);
}

export function refusedError(
  refusal: Refusal,
  config: ElasticsearchConfig,
  what: string,
  cause?: unknown,
): ArchiveError {
  const { status, type, reason } = refusal;
  return new ArchiveError(
    status === undefined
      ? `Elasticsearch at ${config.node} cannot be reached (${reason})`
      : `Elasticsearch at ${config.node} ${what} (${status}, ${type}: ${reason})`,
    fixOf(refusal, config.node),
    { cause },
  );
}

async function putTemplate(client: Client, config: ElasticsearchConfig, schema: Schema): Promise<void> {
  const { index_patterns, priority, template } = indexTemplate(schema, config.index);
  await client.indices.putIndexTemplate({
    name: config.index,
    index_patterns: [...index_patterns],
    priority,
    template,
  });
}

/** Older indices may hold a field with another type; they stay as they are, and the next day's index has the new one. */
async function bringUpToDate(telemetry: Telemetry, request: () => Promise<unknown>): Promise<void> {
  try {
    await request();
  } catch (error) {
    const { type, reason } = refusalOf(error);
    telemetry.log.warn(
      { 'event.action': 'archive-open' },
      `existing indices keep their mapping, the new one holds from the next daily index on: ${type}: ${reason}`,
    );
  }
}
