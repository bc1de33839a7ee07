/** Conditions as texts, over every form of the language, made of what the events hold and of what they nearly hold. */
import type { Field, LogEvent, Schema } from '../../src/event/event.ts';
import { quote } from '../../src/rule/print.ts';
import { anyText, WORDS } from './odd-lines.ts';
import type { Random } from './timelines.ts';

const NUMBERS = [
  ...[
    '0',
    '-0',
    '-0.0',
    '1',
    '1.0',
    '01',
    '-1',
    '800',
    '800.5',
    '900',
    '0.1',
    '0.3',
    '0.30000000000000004',
    '0.5',
  ],
  ...[
    '2.5',
    '7',
    '9007199254740991',
    '-9007199254740991',
    '42',
    '0.0000001',
    '100.00',
    '12345678901234567890.5',
  ],
];

const DATES = [
  ...['2026-11-20T08:00:00.000Z', '2026-11-20T16:00:00.000+08:00', '2026-11-20T00:00:00.001-08:00'],
  ...[
    '1970-01-01T00:00:00.000Z',
    '0001-01-01T00:00:00.000Z',
    '0000-01-01T00:00:00.000+08:00',
    '2026-11-20T07:59:60.000Z',
  ],
  ...[
    '9999-12-31T23:59:59.999Z',
    '9999-12-31T23:59:59.999-08:00',
    '2026-11-20T08:00:00.001Z',
    '2026-11-23T09:00:05.000Z',
  ],
];

export interface OddConditions {
  /** A condition as a rule would write it; the checks may refuse it. */
  next(): string;
}

/** Conditions on these events. */
export function oddConditions(random: Random, schema: Schema, events: readonly LogEvent[]): OddConditions {
  const held = new Map<Field, readonly string[]>();
  for (const field of schema.fields) {
    const texts = new Set(events.flatMap((event) => event.values(field).map(String)));
    held.set(
      field,
      [...texts].filter((text) => !/[\r\n]/.test(text) && text.isWellFormed()),
    );
  }

  /** A text that an event may hold in that field. */
  function textFor(field: Field): string {
    const texts = held.get(field) ?? [];
    if (texts.length === 0 || random.chance(20))
      return random.chance(50) ? random.pick(WORDS) : anyText(random);
    const text = random.pick(texts);
    return random.chance(field.type === 'text' ? 70 : 15) ? part(text) : recased(text);
  }

  /** Some characters in a row. */
  function part(text: string): string {
    const characters = Array.from(text);
    const from = random.below(characters.length);
    return characters.slice(from, from + 1 + random.below(12)).join('');
  }

  function recased(text: string): string {
    if (random.chance(80)) return text;
    return random.chance(50) ? text.toUpperCase() : text.toLowerCase();
  }

  function textual(field: Field): string {
    const text = textFor(field);
    if (random.chance(25))
      return `${Array.from(text)
        .slice(0, 1 + random.below(6))
        .join('')}*`;
    return random.chance(15) ? text : quote(text);
  }

  function value(field: Field): string {
    switch (field.type) {
      case 'keyword':
      case 'text':
        return textual(field);
      case 'long':
      case 'double':
        return random.pick(NUMBERS);
      case 'boolean':
        return random.pick(['true', 'false']);
      case 'date':
        return quote(random.pick(DATES));
    }
  }

  function leaf(): string {
    if (random.chance(25)) return textual(random.pick(schema.searchFields));
    const field = random.pick(schema.fields);
    if (random.chance(10)) return `${field.name}:*`;
    const isOrdered = field.type === 'long' || field.type === 'double' || field.type === 'date';
    if (isOrdered && random.chance(60))
      return `${field.name} ${random.pick(['>', '>=', '<', '<='])} ${value(field)}`;
    if (random.chance(75)) return `${field.name}:${value(field)}`;
    const values = Array.from({ length: 1 + random.below(4) }, () => value(field));
    return `${field.name}:(${values.join(' OR ')})`;
  }

  function operand(depth: number): string {
    const inner = depth > 0 && random.chance(30) ? `(${condition(depth - 1)})` : leaf();
    return random.chance(20) ? `NOT ${inner}` : inner;
  }

  function condition(depth: number): string {
    if (random.chance(45)) return operand(depth);
    const operands = Array.from({ length: 2 + random.below(2) }, () => operand(depth));
    if (random.chance(50)) return operands.join(' AND ');
    return operands.map((text) => (text.startsWith('NOT ') ? `(${text})` : text)).join(' OR ');
  }

  return { next: () => condition(2) };
}
