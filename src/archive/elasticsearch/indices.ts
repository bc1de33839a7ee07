/** The indices of the archive: their template, the mapping of existing indices, their creation by name, and retention. */
import type { Client } from '@elastic/elasticsearch';
import type { ElasticsearchConfig } from '../../config/archives/elasticsearch.ts';
import type { Schema } from '../../event/event.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { z } from 'zod';
import { acknowledged, ask, askUnless, NONSENSE, refusalOf } from './ask.ts';
import type { Refusal } from './ask.ts';
import { fixOf, FOREIGN_MAPPING, nonsenseText } from './client.ts';
import {
  changedFields,
  defaultField,
  foreignParts,
  indexPatterns,
  indexTemplate,
  missingFields,
  refusingFields,
  seenMapping,
} from './index-template.ts';
import type { Ageing } from '../ageing.ts';
import { DAY_MS, dayOfIndex, daysKept } from './placement.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** Options for requests about all indices of the archive: none may exist, and some may be closed. */
const LENIENT = { ignore_unavailable: true, allow_no_indices: true } as const;

/**
 * Returns the name of the alias through which documents are written. Only the archive makes this alias, together with the index. If
 * somebody created the cluster or the index anew, the alias is missing. Elasticsearch then refuses the document instead of guessing a
 * mapping for it.
 */
export function writeAlias(index: string): string {
  return `${index}-write`;
}

const mappings = z.record(z.string(), z.object({ mappings: seenMapping }));
const anySettings = z.record(z.string(), z.unknown());

/** Brings the template and the archive's open indices up to date. Fails with FixableError if Elasticsearch does not allow it. */
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
  await bringUpToDate(telemetry, async () => {
    const known = await ask(mappings, (options) => client.indices.getMapping({ index, ...LENIENT }, options));
    for (const [name, { mappings: mapping }] of Object.entries(known)) {
      await addFields(client, schema, telemetry, name, mapping);
    }
  });
  const settings = defaultField(schema);
  await bringUpToDate(telemetry, () =>
    ask(acknowledged, (options) => client.indices.putSettings({ index, ...LENIENT, settings }, options)),
  );
}

/**
 * Adds the fields that were declared since to an index of the archive. An index that is not the archive's stays as it is: it is refused
 * when it is written to.
 */
async function addFields(
  client: Client,
  schema: Schema,
  telemetry: Telemetry,
  index: string,
  mapping: z.infer<typeof seenMapping>,
): Promise<void> {
  if (foreignParts(mapping).length > 0) return;
  const changed = changedFields(schema, mapping);
  if (changed.length > 0) {
    telemetry.log.warn(
      { 'event.action': 'archive-open' },
      `the index ${index} keeps the former type of ${changed.join(', ')}; the declared one holds from the next daily index on`,
    );
  }
  const missing = missingFields(schema, mapping);
  if (Object.keys(missing).length === 0) return;
  await bringUpToDate(telemetry, () =>
    ask(acknowledged, (options) => client.indices.putMapping({ index, properties: missing }, options)),
  );
}

/**
 * Makes sure that an index exists with the archive's mapping and its alias. Creates the index, or checks the one that exists. Returns why
 * documents cannot be written to it, undefined if they can.
 */
export async function ensureIndex(
  client: Client,
  config: ElasticsearchConfig,
  schema: Schema,
  index: string,
): Promise<Refusal | undefined> {
  try {
    await putTemplate(client, config, schema);
    const { template } = indexTemplate(schema, config.index);
    const alias = writeAlias(index);
    // The request holds the whole mapping, so that another template, or none, does not change it.
    const made = await askUnless(400, acknowledged, (options) =>
      client.indices.create({ index, ...template, aliases: { [alias]: { is_write_index: true } } }, options),
    );
    if (made !== undefined) return undefined;
    const known = await ask(mappings, (options) => client.indices.getMapping({ index }, options));
    const mapping = known[index]?.mappings ?? {};
    const parts = [...foreignParts(mapping), ...refusingFields(schema, mapping)];
    if (parts.length > 0) {
      const reason = `the index ${index} is not one that Tocsin made: ${parts.join(', ')}`;
      return { status: undefined, type: FOREIGN_MAPPING, reason };
    }
    await ask(acknowledged, (options) =>
      client.indices.putAlias({ index, name: alias, is_write_index: true }, options),
    );
    return undefined;
  } catch (error) {
    return refusalOf(error);
  }
}

/** Deletes, by name, the daily indices of days before the retention. `ageing` says up to which time retention counts. */
export async function dropOldIndices(
  client: Client,
  config: ElasticsearchConfig,
  ageing: Ageing,
  telemetry: Telemetry,
): Promise<void> {
  try {
    const index = indexPatterns(config.index);
    const asked = { index, name: 'index.uuid', ...LENIENT, expand_wildcards: 'all' } as const;
    const known = await ask(anySettings, (options) => client.indices.getSettings(asked, options));
    const days = Object.keys(known).flatMap((name) => {
      const day = dayOfIndex(config.index, name);
      return day === undefined ? [] : [{ name, day }];
    });
    const newestDay = Math.max(...days.map(({ day }) => day));
    // The newest line is at the latest from the end of the newest day.
    const nowMs = ageing.nowMs(days.length === 0 ? undefined : (newestDay + 1) * DAY_MS - 1);
    if (nowMs === undefined) return;
    const { oldestDay } = daysKept(nowMs, config.retentionMs);
    for (const { name } of days.filter(({ day }) => day < oldestDay)) {
      await ask(acknowledged, (options) =>
        client.indices.delete({ index: name, ignore_unavailable: true }, options),
      );
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

/** Returns an error of the client as a FixableError. */
export function archiveError(error: unknown, config: ElasticsearchConfig, what: string): FixableError {
  return error instanceof FixableError ? error : refusedError(refusalOf(error), config, what, error);
}

export function refusedError(
  refusal: Refusal,
  config: ElasticsearchConfig,
  what: string,
  cause?: unknown,
): FixableError {
  const { status, type, reason } = refusal;
  return new FixableError(
    'archive',
    type === FOREIGN_MAPPING
      ? reason
      : type === NONSENSE
        ? nonsenseText(config.node, reason)
        : status === undefined
          ? `Elasticsearch at ${config.node} cannot be reached (${reason})`
          : `Elasticsearch at ${config.node} ${what} (${status}, ${type}: ${reason})`,
    fixOf(refusal, config.node),
    { cause },
  );
}

async function putTemplate(client: Client, config: ElasticsearchConfig, schema: Schema): Promise<void> {
  const { index_patterns, priority, template } = indexTemplate(schema, config.index);
  const wanted = { name: config.index, index_patterns: [...index_patterns], priority, template };
  await ask(acknowledged, (options) => client.indices.putIndexTemplate(wanted, options));
}

/**
 * Runs a request that changes existing indices. Older indices that refuse it go on without it; the index of the next day has the change.
 */
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
