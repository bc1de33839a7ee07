/** Bytes of lines → events → matches by Tocsin. The benches of matching call it through here. */
import type { Batch } from '../../../../src/event/batch.ts';
import type { SourceConfig } from '../../../../src/config/config.ts';
import type { Schema } from '../../../../src/event/event.ts';
import { createDecoder } from '../../../../src/ingest/decode/decoder.ts';
import { compileMatcher, type Matcher } from '../../../../src/match/matcher.ts';
import { countAlert, ruleOf } from '../../../support/conditions.ts';
import type { Wanted } from '../../lines/order-rules.ts';
import { conditionOf } from '../languages/tocsin.ts';
import { orderSchema } from '../order-schema.ts';
import type { Engine } from '../serve.ts';
import { countOf } from './lines-of.ts';

export const ORDER_SOURCE: SourceConfig = {
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 1 },
  decode: { steps: [{ kind: 'json' }] },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
  latenessMs: 30_000,
};

/** `searched`: the fields in which words are looked for; absent: every text of a line. */
export function decodeAndMatch(
  batches: readonly Batch[],
  wanted: readonly Wanted[],
  searched?: readonly string[],
): Engine {
  const schema = orderSchema(searched);
  const matcher = matcherOf(wanted, schema);
  let decoder = createDecoder(ORDER_SOURCE, schema);
  let timing: string | undefined;
  return {
    chunks: batches.length,
    lines: countOf(batches),
    begin() {
      decoder = createDecoder(ORDER_SOURCE, schema);
      timing = undefined;
    },
    judge(chunk) {
      const decoded = decoder.decode(batches[chunk]!, timing, matcher.kernel);
      timing = decoded.timing;
      return matcher.matchLines(decoded).columns.length;
    },
  };
}

export function matcherOf(wanted: readonly Wanted[], schema: Schema): Matcher {
  const rules = wanted.map((rule, i) => ruleOf(`r${i}`, { when: conditionOf(rule), alert: countAlert([]) }));
  return compileMatcher({ rules, schema });
}
