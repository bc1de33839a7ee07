/**
 * The hash of the meaning of a rule (semantics: Ends): a rule whose hash changed starts anew. Titles, names of lets, places, the order of
 * clauses, severity and receivers do not count. Everything that can change which events fire when does count.
 */
import { createHash } from 'node:crypto';
import type { Field, JsonValue } from '../event/event.ts';
import { dateMs, normaliseText } from '../event/field-value.ts';
import type { AlertSpec, Condition, LetRef, Literal, Rule } from './ast.ts';
import type { RuleContext } from './context.ts';
import type { MeaningWriter } from './forms/form.ts';
import { formOf } from './forms/forms.ts';

/** Returns the SHA-256 (hex) of the canonical JSON of the rule's meaning. */
export function meaningOf(rule: Omit<Rule, 'meaning'>, context: RuleContext): string {
  const writer = new RuleMeaning(rule, context);
  const sources = rule.from.length > 0 ? rule.from : context.sources;
  const meaning = {
    when: rule.when === undefined ? null : writer.condition(rule.when),
    alert: writer.spec(rule.alert),
    forMs: rule.forMs,
    resolveNever: rule.resolveNever,
    resolveAfterMs: rule.resolveAfterMs,
    cooldownMs: rule.cooldownMs,
    from: [...rule.from].sort(),
    lateness: [...sources].sort().map((source) => [source, context.latenessMs(source)]),
    // Written last: by then the writer has seen every use.
    fields: writer.fieldsUsed(),
    searchFields: writer.searchFieldsUsed(),
  };
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex');
}

class RuleMeaning implements MeaningWriter {
  readonly #rule: Omit<Rule, 'meaning'>;
  readonly #context: RuleContext;
  readonly #used = new Map<string, Field>();
  #searches = false;

  constructor(rule: Omit<Rule, 'meaning'>, context: RuleContext) {
    this.#rule = rule;
    this.#context = context;
  }

  fieldsUsed(): JsonValue {
    return [...this.#used.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(fieldMeaning);
  }

  searchFieldsUsed(): JsonValue {
    return this.#searches ? this.#context.schema.searchFields.map(fieldMeaning) : null;
  }

  condition(condition: Condition): JsonValue {
    switch (condition.kind) {
      case 'and':
      case 'or':
        return [condition.kind, ...condition.operands.map((operand) => this.condition(operand))];
      case 'not':
        return ['not', this.condition(condition.operand)];
      case 'value':
        this.#searches = true;
        return [condition.value.kind === 'prefix' ? 'prefix' : 'value', condition.value.text];
      case 'field': {
        const field = this.#field(condition.field.name);
        const values = condition.values.map((value) => literalMeaning(field, value));
        return ['field', condition.field.name, values];
      }
      case 'exists':
        this.#field(condition.field.name);
        return ['exists', condition.field.name];
      case 'compare': {
        const field = this.#field(condition.field.name);
        return ['compare', condition.field.name, condition.op, literalMeaning(field, condition.value)];
      }
    }
  }

  spec(spec: AlertSpec): JsonValue {
    const by = spec.by.map(({ name }) => this.field(name));
    return [spec.kind, ...formOf(spec).meaning(spec, by, this)];
  }

  /** Returns the condition of a let, so that its name does not count. */
  let(ref: LetRef): JsonValue {
    const condition = this.#rule.lets.get(ref.name);
    return condition === undefined ? null : this.condition(condition);
  }

  literal(field: string, literal: Literal): JsonValue {
    return literalMeaning(this.#field(field), literal);
  }

  #field(name: string): Field | undefined {
    const field = this.#context.schema.byName.get(name);
    if (field !== undefined) this.#used.set(name, field);
    return field;
  }

  field(name: string): string {
    this.#field(name);
    return name;
  }
}

function literalMeaning(field: Field | undefined, literal: Literal): JsonValue {
  const text = field === undefined ? literal.text : normaliseText(field, literal.text);
  if (literal.kind === 'prefix') return { prefix: text };
  if (field?.type === 'long' || field?.type === 'double') return Number(literal.text);
  if (field?.type === 'date') return dateMs(literal.text) ?? text;
  return text;
}

function fieldMeaning(field: Field): JsonValue {
  return [field.name, field.type, field.paths, field.normalise ?? null];
}
