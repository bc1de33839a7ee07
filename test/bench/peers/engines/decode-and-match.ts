/** Bytes of lines → events → matches by Tocsin. The only place of the benches of matching that calls it. */
import type { Batch } from '../../../../src/event/batch.ts';
import type { SourceConfig } from '../../../../src/config/config.ts';
import { createDecoder } from '../../../../src/ingest/decode/decoder.ts';
import { compileMatcher } from '../../../../src/match/matcher.ts';
import { countAlert, ruleOf } from '../../../support/conditions.ts';
import type { Wanted } from '../../lines/order-rules.ts';
import { conditionOf } from '../languages/tocsin.ts';
import { orderSchema } from '../order-schema.ts';
import type { Engine } from '../serve.ts';
import { countOf } from './lines-of.ts';

const source: SourceConfig = {
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 1 },
  decode: { kind: 'json' },
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
  const rules = wanted.map((rule, i) => ruleOf(`r${i}`, { when: conditionOf(rule), alert: countAlert([]) }));
  const matcher = compileMatcher({ rules, schema });
  let decoder = createDecoder(source, schema);
  let timing: string | undefined;
  return {
    chunks: batches.length,
    lines: countOf(batches),
    begin() {
      decoder = createDecoder(source, schema);
      timing = undefined;
    },
    judge(chunk) {
      const decoded = decoder.decode(batches[chunk]!, timing, matcher.kernel);
      timing = decoded.timing;
      return matcher.matchLines(decoded).columns.length;
    },
  };
}
