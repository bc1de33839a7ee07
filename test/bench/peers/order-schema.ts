/** The fields of the lines of the benches, as Tocsin is told of them. */
import type { Schema } from '../../../src/event/event.ts';
import { makeSchema } from '../../../src/event/schema.ts';

const TEXTS = [
  'level',
  'service',
  'host',
  'trace_id',
  'span_id',
  'order_id',
  'message',
  'http.method',
  'http.path',
  'http.client_ip',
  'error.type',
  'error.stack',
];

/** Words are looked for in the texts that `searched` names, or in every text of a line. */
export function orderSchema(searched: readonly string[] = TEXTS): Schema {
  return makeSchema(
    [
      ...TEXTS.map((name) => ({ name, type: 'text' as const, paths: [name] })),
      { name: 'level_exact', type: 'keyword', paths: ['level'] },
      { name: 'service_exact', type: 'keyword', paths: ['service'] },
      { name: 'status', type: 'long', paths: ['status'] },
    ],
    searched,
  );
}
