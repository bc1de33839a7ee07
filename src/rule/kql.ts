/**
 * A condition as KQL, the text of a Kibana link. In Kibana it selects what the rule matched. Unlike a rule, Kibana knows no normalised
 * fields. So a value that such fields hold in another form is written once for each form.
 */
import type { Field, Schema } from '../event/event.ts';
import { normaliseText } from '../event/field-value.ts';
import type { Condition, Literal } from './ast.ts';
import { dateText, declared, indexedPrefix } from './elasticsearch.ts';

/** Returns the KQL of a checked condition. Throws for an undeclared field, which the checks refuse. */
export function toKql(condition: Condition, schema: Schema): string {
  switch (condition.kind) {
    case 'and':
      return condition.operands.map((operand) => inParens(operand, schema)).join(' and ');
    case 'or':
      return condition.operands.map((operand) => inParens(operand, schema)).join(' or ');
    case 'not':
      return `not ${inParens(condition.operand, schema)}`;
    case 'value':
      return unfielded(condition.value, schema);
    case 'field': {
      const field = declared(condition.field.name, schema);
      const values = condition.values.map((value) => valueText(field, value));
      return `${name(field)}:${values.length === 1 ? values[0]! : `(${values.join(' or ')})`}`;
    }
    case 'exists':
      return `${name(declared(condition.field.name, schema))}:*`;
    case 'compare': {
      const field = declared(condition.field.name, schema);
      const bound = field.type === 'date' ? quoted(dateText(condition.value)) : number(condition.value);
      // Kibana reads "not" before a space as the operator, even at the end of a name.
      const gap = /not$/i.test(field.name) ? '' : ' ';
      return `${name(field)}${gap}${condition.op} ${bound}`;
    }
  }
}

function inParens(condition: Condition, schema: Schema): string {
  const text = toKql(condition, schema);
  const alone = condition.kind === 'field' || condition.kind === 'exists' || condition.kind === 'compare';
  return alone || (condition.kind === 'value' && !text.includes(' or ')) ? text : `(${text})`;
}

/**
 * Writes a value without a field. It is looked up in the index's default fields, which are the search fields. It is also looked up in
 * fields that hold it in another form.
 */
function unfielded(value: Literal, schema: Schema): string {
  const texts = [value.kind === 'prefix' ? `${bare(value.text)}*` : quoted(value.text)];
  for (const field of schema.searchFields)
    if (normaliseText(field, value.text) !== value.text)
      texts.push(`${name(field)}:${valueText(field, value)}`);
  return texts.length === 1 ? texts[0]! : texts.join(' or ');
}

function valueText(field: Field, value: Literal): string {
  if (value.kind === 'prefix') return `${bare(indexedPrefix(field, value))}*`;
  switch (field.type) {
    case 'text':
    case 'keyword':
      return quoted(normaliseText(field, value.text));
    case 'long':
    case 'double':
      return number(value);
    case 'boolean':
      return value.text;
    case 'date':
      return quoted(dateText(value));
  }
}

/** Writes a number as written, except a negative zero: to Elasticsearch's doubles that is less than 0. */
function number({ text }: Literal): string {
  return Number(text) === 0 ? '0' : text;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * Writes an unquoted text, with the signs of KQL escaped. Words such as OR are operators only before a space, and `\not` would be a line
 * end and "ot".
 */
function bare(text: string): string {
  return text.replace(/[\\():<>"*{}]/g, '\\$&');
}

function name(field: Field): string {
  return bare(field.name);
}
