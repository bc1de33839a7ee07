import { expect, test } from 'vitest';
import type { Field } from './event.ts';
import { makeSchema } from './schema.ts';

const fields: readonly Field[] = [
  { name: 'level', type: 'keyword', paths: ['level'] },
  { name: 'took', type: 'double', paths: ['took'] },
  { name: 'message', type: 'text', paths: ['message'] },
];

test('by default every text and keyword field is searched', () => {
  expect(makeSchema(fields).searchFields.map((field) => field.name)).toEqual(['level', 'message']);
});

test('named search fields are searched in their order', () => {
  const schema = makeSchema(fields, ['message', 'level', 'message']);
  expect(schema.searchFields.map((field) => field.name)).toEqual(['message', 'level']);
  expect(schema.byName.get('took')).toBe(fields[1]);
});

test('a field declared twice and a search field that cannot be one are refused', () => {
  expect(() => makeSchema([...fields, fields[0]!])).toThrow('field level is declared twice');
  expect(() => makeSchema(fields, ['mesage'])).toThrow('mesage is not a declared field');
  expect(() => makeSchema(fields, ['took'])).toThrow('took is double');
});
