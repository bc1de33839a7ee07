/** Checks that values fit the type of the field in which they are looked up, and mean the same in the stream, in Kibana and to a reader. */
import { tokenTexts } from '../../event/analysis/analyze.ts';
import type { Field } from '../../event/event.ts';
import { dateMs } from '../../event/field-value.ts';
import type { Literal } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { formOf } from '../forms/forms.ts';
import { write, writeOneOf } from '../mending.ts';
import type { RuleContext } from '../context.ts';
import { durationMs } from '../../event/duration.ts';
import type { Leaf } from '../leaves.ts';
import { printLiteral, quote } from '../print.ts';
import type { RuleCheck } from './check.ts';
import { alertOf, conditionsOf } from '../block.ts';
import { leavesOf } from '../leaves.ts';

const KEYWORD_LIMIT = 8191;
/** A prefix of a number (`5*`) mostly means an HTTP status, which has so many digits. */
const STATUS_DIGITS = 3;
const PREFIX_DIGITS_MAX = 9;
/** Each word becomes a clause in every field in which it is looked up. Elasticsearch refuses a query with too many clauses. */
const WORDS_MAX = 200;

export const checkValues: RuleCheck = (rule, context) => {
  const found = conditionsOf(rule)
    .flatMap(leavesOf)
    .flatMap((leaf) => checkLeaf(leaf, context));
  const spec = alertOf(rule);
  for (const { field, value } of spec === undefined ? [] : formOf(spec).values(spec)) {
    const declared = context.schema.byName.get(field.name);
    if (declared !== undefined && declared.type !== 'text') found.push(...unfit(declared, value));
  }
  return found;
};

/** Checks the values of one leaf. A leaf with an undeclared field is left to the check of fields. */
export function checkLeaf(leaf: Leaf, context: Pick<RuleContext, 'schema'>): readonly Diagnostic[] {
  if (leaf.kind === 'value') return unfielded(leaf.value, context.schema.searchFields);
  const field = context.schema.byName.get(leaf.field.name);
  if (field === undefined || leaf.kind === 'exists') return [];
  if (leaf.kind === 'field')
    return leaf.values.flatMap((value) => numberPrefix(leaf, field, value) ?? unfit(field, value));
  if (field.type === 'date') return badDate(field, leaf.value);
  if (field.type === 'long' || field.type === 'double') return badNumber(field, leaf.value, true);
  return [
    at(
      leaf.span,
      'TOC215',
      `\`${leaf.op}\` compares numbers and dates; \`${field.name}\` is a ${field.type} field`,
      field.type === 'boolean'
        ? write(leaf.span, `${field.name}:true`)
        : `write ${field.name}:"…" for a value, or declare the field as long or double`,
    ),
  ];
}

function unfielded(value: Literal, searchFields: readonly Field[]): readonly Diagnostic[] {
  if (searchFields.length === 0)
    return [
      at(
        value.span,
        'TOC206',
        'a value without a field is looked up in `search_fields`, and there are none',
        'name the field: message:"…"',
      ),
    ];
  return searchFields.some((field) => field.type === 'text') ? badText('the searched text', value) : [];
}

function unfit(field: Field, value: Literal): readonly Diagnostic[] {
  switch (field.type) {
    case 'text':
      return badText(`\`${field.name}\``, value);
    case 'keyword':
      if (value.text.length <= KEYWORD_LIMIT) return [];
      return [
        at(
          value.span,
          'TOC214',
          `no keyword is longer than ${KEYWORD_LIMIT} characters`,
          'shorten it to a prefix',
        ),
      ];
    case 'long':
    case 'double':
      return badNumber(field, value, false);
    case 'boolean':
      if (value.kind === 'word' && (value.text === 'true' || value.text === 'false')) return [];
      return [
        at(
          value.span,
          'TOC214',
          `\`${field.name}\` is a boolean field`,
          writeOneOf(value.span, ['true', 'false'], `write ${field.name}:true or ${field.name}:false`),
        ),
      ];
    case 'date':
      return badDate(field, value);
  }
}

function badText(where: string, value: Literal): readonly Diagnostic[] {
  const tokens = tokenTexts(value.text);
  if (tokens.length === 0)
    return [
      at(
        value.span,
        'TOC216',
        `\`${value.text}\` holds no word: ${where} is searched by words, so nothing can match it`,
        'search for the words around it',
      ),
    ];
  if (tokens.length > WORDS_MAX)
    return [
      at(
        value.span,
        'TOC230',
        `this text is too long to search for: ${tokens.length} words, at most ${WORDS_MAX}`,
        'keep the words that tell it from others',
      ),
    ];
  const hint = write(
    value.span,
    quote(value.text),
    `it is cut into ${tokens.slice(0, 8).join(' · ')}; for them in this order write ${quote(value.text)}`,
  );
  if (value.kind === 'prefix') {
    if (tokens.length === 1 && tokens[0]!.length === value.text.length) return [];
    return [
      at(
        value.span,
        'TOC217',
        `\`${value.text}*\` is not the beginning of one word of ${where}`,
        tokens.length === 1 ? write(value.span, `${tokens[0]!}*`) : hint,
      ),
    ];
  }
  const unquoted = value.kind === 'word' || value.kind === 'number';
  if (unquoted && (tokens.length > 1 || value.text.startsWith('-')))
    return [at(value.span, 'TOC217', `\`${value.text}\` is not one word of ${where}`, hint)];
  return [];
}

/** `> 2s`: only the name of a field can say which unit it counts in. */
function withUnit(field: Field, value: Literal): Diagnostic {
  const ms = durationMs(value.text);
  const unitMs = /(?:^|[._])(?:ms|millis)$/i.test(field.name)
    ? 1
    : /(?:^|[._])s(?:ec)?$/i.test(field.name)
      ? 1000
      : 0;
  return at(
    value.span,
    'TOC214',
    `\`${field.name}\` is a ${field.type} field and takes a number without a unit`,
    ms !== undefined && unitMs > 0
      ? write(value.span, String(ms / unitMs))
      : 'write the bare number, in the unit that the field counts in',
  );
}

/** `http_status:5*`, `http_status:5xx`: a number has no beginning, but the numbers that are meant lie between two others. */
function numberPrefix(
  leaf: Extract<Leaf, { readonly kind: 'field' }>,
  field: Field,
  value: Literal,
): readonly Diagnostic[] | undefined {
  if (field.type !== 'long' && field.type !== 'double') return undefined;
  const digits =
    value.kind === 'prefix' ? /^\d+$/.exec(value.text)?.[0] : /^(\d+?)[xX]+$/.exec(value.text)?.[1];
  if (digits === undefined || digits.length > PREFIX_DIGITS_MAX) return undefined;
  const left =
    value.kind === 'prefix' ? Math.max(1, STATUS_DIGITS - digits.length) : value.text.length - digits.length;
  const [from, below] = [Number(digits), Number(digits) + 1].map((number) => number * 10 ** left);
  const range = `(${field.name} >= ${from} AND ${field.name} < ${below})`;
  const others = leaf.values.filter((other) => other !== value);
  const [only] = others;
  const rest =
    only === undefined
      ? ''
      : `${field.name}:${others.length === 1 ? printLiteral(only) : `(${others.map(printLiteral).join(' OR ')})`}`;
  const text = rest === '' ? range : `(${range} OR ${rest})`;
  const written = value.kind === 'prefix' ? `${value.text}*` : value.text;
  return [
    at(
      value.span,
      'TOC214',
      `\`${field.name}\` is a ${field.type} field: a number does not begin with \`${written}\``,
      write(leaf.span, text, `for ${from} to ${below! - 1} write ${text}`),
    ),
  ];
}

function badNumber(field: Field, value: Literal, ordered: boolean): readonly Diagnostic[] {
  if (value.kind !== 'number') {
    if (/^(?:\d+(?:ms|[smhd]))+$/.test(value.text)) return [withUnit(field, value)];
    const digits = /^-?\d+(?:\.\d+)?/.exec(value.text)?.[0];
    return [
      at(
        value.span,
        'TOC214',
        `\`${field.name}\` is a ${field.type} field and takes a number`,
        digits !== undefined
          ? write(value.span, digits, `write ${digits}${value.kind === 'string' ? ' without quotes' : ''}`)
          : `write for instance ${field.name}${ordered ? ' > ' : ':'}500`,
      ),
    ];
  }
  const number = Number(value.text);
  if (field.type === 'long' && !ordered && !Number.isInteger(number))
    return [
      at(
        value.span,
        'TOC214',
        `\`${field.name}\` holds whole numbers, so it never is ${value.text}`,
        'compare with > or <',
      ),
    ];
  if (Number.isInteger(number) && !Number.isSafeInteger(number))
    return [
      at(
        value.span,
        'TOC214',
        `${value.text} is beyond the whole numbers that are exact (2^53 - 1)`,
        'declare ids as keyword',
      ),
    ];
  return [];
}

const FULL_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:\d\d)$/;

function badDate(field: Field, value: Literal): readonly Diagnostic[] {
  const whole = FULL_DATE.test(value.text) && dateMs(value.text) !== undefined;
  if (whole && value.kind === 'string') return [];
  const ms = value.kind === 'number' ? undefined : dateMs(value.text);
  const iso = ms === undefined ? '2026-11-20T08:00:00.000Z' : new Date(ms).toISOString();
  return [
    at(
      value.span,
      'TOC223',
      `\`${field.name}\` is a date: it takes a full time in quotes, with milliseconds and \`Z\` or an offset`,
      write(
        value.span,
        quote(iso),
        `write ${quote(iso)}; shorter ones are rounded differently by Elasticsearch and Kibana`,
      ),
    ),
  ];
}
