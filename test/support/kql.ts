/**
 * KQL as Kibana reads it: from the text of a link to the query that Kibana would send. Follows Kibana's grammar (kbn-es-query,
 * grammar.peggy) character by character where a text of ours can meet it, since spaces, escapes and keywords are what a link goes
 * wrong on. Nested queries and wildcards in names or in the middle of a value are refused: no link of ours may hold them.
 */
type Query = Readonly<Record<string, unknown>>;

/** A quoted text, an unquoted one (true, false and null stand for themselves), a prefix without its `*`, or `*` alone. */
type Value =
  | { readonly kind: 'quoted'; readonly value: string }
  | { readonly kind: 'unquoted'; readonly value: string | boolean | null }
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'anything' };

/** The zone of the browser, which Kibana sends with each date. */
const BROWSER_ZONE = 'Asia/Shanghai';

const SPACES = /[ \t\r\n\u00A0]*/y;
const OR = /[ \t\r\n\u00A0]+or[ \t\r\n\u00A0]+/iy;
const AND = /[ \t\r\n\u00A0]+and[ \t\r\n\u00A0]+/iy;
const NOT = /not[ \t\r\n\u00A0]+/iy;
const OPERATOR = /[ \t\r\n\u00A0]*(?:<=|>=|<|>)/y;
const COLON = /[ \t\r\n\u00A0]*:/y;
const ESCAPED = /\\(?:[trn]|u[0-9a-fA-F]{4})/y;
const ESCAPED_QUOTE = /\\["\\]/y;
const ESCAPED_SIGN = /\\(?:[\\():<>"*{}]|or|and|not)/iy;
const NO_QUOTE = /[^"]/y;
const NO_SIGN = /[^\\():<>"*{}]/y;

const RANGE: Readonly<Record<string, string>> = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' };

/** The query of a text; `dateFields` are those that the data view has as dates. Throws where Kibana shows a syntax error. */
export function kibanaQuery(text: string, dateFields: ReadonlySet<string>): Query {
  const reader = readerOf(text);
  reader.take(SPACES);
  const query = orQuery(reader, dateFields);
  reader.take(SPACES);
  if (!reader.isAtEnd()) throw reader.wrong('the end');
  return query;
}

interface Reader {
  /** Takes what the pattern (sticky) finds here. */
  take(pattern: RegExp): string | undefined;
  /** Takes this sign. */
  sign(wanted: string): boolean;
  isAhead(pattern: RegExp): boolean;
  isAtEnd(): boolean;
  wrong(expected: string): Error;
}

function readerOf(text: string): Reader {
  let at = 0;
  const find = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  return {
    take(pattern) {
      const found = find(pattern);
      at += found?.length ?? 0;
      return found;
    },
    sign(wanted) {
      const found = text.startsWith(wanted, at);
      if (found) at += wanted.length;
      return found;
    },
    isAhead: (pattern) => find(pattern) !== undefined,
    isAtEnd: () => at === text.length,
    wrong: (expected) => new Error(`KQL: expected ${expected} at character ${at} of ${text}`),
  };
}

function orQuery(reader: Reader, dates: ReadonlySet<string>): Query {
  const branches: Query[] = [];
  do {
    const operands: Query[] = [];
    do operands.push(notQuery(reader, dates));
    while (reader.take(AND) !== undefined);
    branches.push(operands.length === 1 ? operands[0]! : { bool: { filter: operands } });
  } while (reader.take(OR) !== undefined);
  return branches.length === 1 ? branches[0]! : anyOf(branches);
}

function notQuery(reader: Reader, dates: ReadonlySet<string>): Query {
  if (reader.take(NOT) === undefined) return subQuery(reader, dates);
  return { bool: { must_not: subQuery(reader, dates) } };
}

function subQuery(reader: Reader, dates: ReadonlySet<string>): Query {
  if (!reader.sign('(')) return expression(reader, dates);
  reader.take(SPACES);
  const query = orQuery(reader, dates);
  closed(reader);
  return query;
}

function expression(reader: Reader, dates: ReadonlySet<string>): Query {
  const first = literal(reader);
  const operator = reader.take(OPERATOR)?.trim();
  if (operator !== undefined) {
    reader.take(SPACES);
    const bound = literal(reader);
    if (bound.kind === 'prefix' || bound.kind === 'anything') throw reader.wrong('a value without *');
    return range(nameOf(reader, first), { [RANGE[operator]!]: bound.value }, dates);
  }
  if (reader.take(COLON) === undefined) return unfielded(first);
  reader.take(SPACES);
  const name = nameOf(reader, first);
  if (!reader.sign('(')) return fielded(name, literal(reader), dates);
  reader.take(SPACES);
  const queries: Query[] = [];
  do queries.push(fielded(name, literal(reader), dates));
  while (reader.take(OR) !== undefined);
  closed(reader);
  return anyOf(queries);
}

function closed(reader: Reader): void {
  reader.take(SPACES);
  if (!reader.sign(')')) throw reader.wrong(')');
}

function nameOf(reader: Reader, name: Value): string {
  if ((name.kind === 'quoted' || name.kind === 'unquoted') && typeof name.value === 'string')
    return name.value;
  throw reader.wrong('the name of a field before this');
}

function literal(reader: Reader): Value {
  if (!reader.sign('"')) return unquoted(reader);
  let value = '';
  while (!reader.sign('"')) {
    const part = escaped(reader) ?? reader.take(ESCAPED_QUOTE)?.slice(1) ?? reader.take(NO_QUOTE);
    if (part === undefined) throw reader.wrong('"');
    value += part;
  }
  return { kind: 'quoted', value };
}

/** Everything up to a sign or a keyword, spaces included. */
function unquoted(reader: Reader): Value {
  let value = '';
  let stars = 0;
  for (;;) {
    const part = escaped(reader) ?? reader.take(ESCAPED_SIGN)?.slice(1);
    if (part !== undefined) value += part;
    else if (reader.sign('*')) stars += 1;
    else if (reader.isAhead(OR) || reader.isAhead(AND) || reader.isAhead(NOT)) break;
    else {
      const next = reader.take(NO_SIGN);
      if (next === undefined) break;
      if (stars > 0 && next.trim() !== '') throw reader.wrong('nothing after *');
      value += next;
    }
  }
  value = value.trim();
  if (stars === 1) return value === '' ? { kind: 'anything' } : { kind: 'prefix', value };
  if (value === '' || stars > 1) throw reader.wrong('a value');
  if (value === 'null') return { kind: 'unquoted', value: null };
  return { kind: 'unquoted', value: value === 'true' || value === 'false' ? value === 'true' : value };
}

function escaped(reader: Reader): string | undefined {
  const found = reader.take(ESCAPED);
  return found === undefined ? undefined : (JSON.parse(`"${found}"`) as string);
}

/** Without fields Elasticsearch looks in the index's default ones. */
function unfielded(value: Value): Query {
  switch (value.kind) {
    case 'anything':
      return { match_all: {} };
    case 'prefix':
      return { query_string: { query: `${queryString(value.value)}*` } };
    case 'quoted':
    case 'unquoted': {
      const type = value.kind === 'quoted' ? 'phrase' : 'best_fields';
      return { multi_match: { type, query: value.value, lenient: true } };
    }
  }
}

function fielded(name: string, value: Value, dates: ReadonlySet<string>): Query {
  switch (value.kind) {
    case 'anything':
      return { exists: { field: name } };
    case 'prefix':
      return { query_string: { fields: [name], query: `${queryString(value.value)}*` } };
    case 'quoted':
    case 'unquoted':
      if (dates.has(name)) return range(name, { gte: value.value, lte: value.value }, dates);
      return { [value.kind === 'quoted' ? 'match_phrase' : 'match']: { [name]: value.value } };
  }
}

function range(name: string, bounds: Query, dates: ReadonlySet<string>): Query {
  return { range: { [name]: { ...bounds, ...(dates.has(name) && { time_zone: BROWSER_ZONE }) } } };
}

/** What Lucene's query parser takes for an operator, escaped as Kibana does. */
function queryString(text: string): string {
  return text.replace(/[+\-=&|><!(){}[\]^"~*?:\\/]/g, '\\$&');
}

function anyOf(queries: readonly Query[]): Query {
  return { bool: { should: queries, minimum_should_match: 1 } };
}
