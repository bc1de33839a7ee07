/** The rules of the benches as Lucene queries: words in the field `all`, which has every text of a line. */
import type { Wanted } from '../../lines/order-rules.ts';

/** A query a line. */
export function luceneQueries(rules: readonly Wanted[]): string {
  return rules.map((rule) => `${queryOf(rule)}\n`).join('');
}

function queryOf(rule: Wanted): string {
  switch (rule.kind) {
    case 'words':
      return `all:"${rule.words.join(' ')}"`;
    case 'prefix':
      return `all:${rule.prefix}*`;
    case 'field':
      return `${rule.field}:"${rule.value}"`;
    case 'or':
      return `(${rule.of.map(queryOf).join(' OR ')})`;
    case 'and':
      return `(${rule.of.map((each) => `${each.kind === 'not' ? '-' : '+'}${queryOf(each.kind === 'not' ? each.of : each)}`).join(' ')})`;
    case 'not':
      return `(*:* -${queryOf(rule.of)})`;
  }
}
