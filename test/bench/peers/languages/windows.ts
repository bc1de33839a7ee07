/** The questions about windows in the languages of the other engines. */
import type { Question } from '../question.ts';

/** A statement of Esper. Throws for a percentile, which it has not. */
export function esperStatement({ form, from, withinS, by }: Question): string {
  if (form === 'p95') throw new Error('it has no percentiles');
  const value = form === 'count' ? 'count(*)' : 'count(distinct order_id)';
  return `@name('bench') select ${by}, ${value} as seen from Line#ext_timed(time, ${withinS} sec) group by ${by} having ${value} >= ${from}`;
}

/** A correlation of Sigma over a rule that every line satisfies. JSON is YAML. */
export function sigmaCorrelation({ form, from, withinS, by }: Question): string {
  const types = {
    count: { type: 'event_count', condition: { gte: from } },
    distinct: { type: 'value_count', condition: { field: 'order_id', gte: from } },
    p95: { type: 'value_percentile', condition: { field: 'duration_ms', percentile: 95, gte: from } },
  };
  const { type, condition } = types[form];
  const every = {
    title: 'every line',
    id: '00000000-0000-4000-8000-000000000000',
    logsource: { category: 'application' },
    detection: { every: { 'service|exists': true }, condition: 'every' },
    level: 'medium',
  };
  const correlation = {
    title: 'bench',
    id: '00000000-0000-4000-8000-000000000001',
    correlation: { type, rules: [every.id], 'group-by': [by], timespan: `${withinS}s`, condition },
    level: 'high',
  };
  return `${JSON.stringify(every)}\n---\n${JSON.stringify(correlation)}\n`;
}
