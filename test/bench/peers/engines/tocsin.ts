/**
 * Tocsin as an engine: bytes of lines → events → matches. The only place of these benches that calls it. Options are the fields in which
 * words are looked for; none: every text.
 */
import { readFileSync } from 'node:fs';
import type { SourceConfig } from '../../../../src/config/config.ts';
import { createDecoder } from '../../../../src/ingest/decode/decoder.ts';
import { compileMatcher } from '../../../../src/match/matcher.ts';
import { and, countAlert, field, not, or, prefix, ruleOf, value } from '../../../support/conditions.ts';
import type { Condition } from '../../../../src/rule/ast.ts';
import type { Wanted } from '../../lines/order-rules.ts';
import { orderSchema } from '../order-schema.ts';
import { serve } from '../serve.ts';
import { batchesOf, countOf } from './lines-of.ts';

const source: SourceConfig = {
  name: 'orders',
  kind: { kind: 'stdin', spoolBytes: 1 },
  decode: { kind: 'json' },
  timestamp: { path: ['@timestamp'], format: 'iso8601', timezone: 'UTC' },
  latenessMs: 30_000,
};

serve(({ linesFile, rulesFile, options }) => {
  const schema = orderSchema(options.length > 0 ? options : undefined);
  const batches = batchesOf(linesFile);
  const wanted = JSON.parse(readFileSync(rulesFile, 'utf8')) as readonly Wanted[];
  return {
    load() {
      const rules = wanted.map((rule, i) =>
        ruleOf(`r${i}`, { when: conditionOf(rule), alert: countAlert(['service_exact']) }),
      );
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
          const decoded = decoder.decode(batches[chunk]!, timing);
          timing = decoded.timing;
          return matcher.match(decoded.events).matches.length;
        },
      };
    },
  };
});

function conditionOf(rule: Wanted): Condition {
  switch (rule.kind) {
    case 'words':
      return value(rule.words.join(' '));
    case 'prefix':
      return value(prefix(rule.prefix));
    case 'field':
      return rule.field === 'status' ? field('status', rule.value) : field(`${rule.field}_exact`, rule.value);
    case 'and':
      return and(...rule.of.map(conditionOf));
    case 'or':
      return or(...rule.of.map(conditionOf));
    case 'not':
      return not(conditionOf(rule.of));
  }
}
