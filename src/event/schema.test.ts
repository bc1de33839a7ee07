import { expect, test } from 'vitest';
import type { Field } from './event.ts';
import { makeSchema } from './schema.ts';

const FIELDS: readonly Field[] = [
  { name: 'level', type: 'keyword', paths: ['level'] },
  { name: 'took', type: 'double', paths: ['took'] },
  { name: 'message', type: 'text', paths: ['message'] },
];

test('by default every text and keyword field is searched', () => {
  expect(makeSchema(FIELDS).searchFields.map((field) => field.name)).toEqual(['level', 'message']);
});

test('named search fields are searched in their order', () => {
  const schema = makeSchema(FIELDS, ['message', 'level', 'message']);
  expect(schema.searchFields.map((field) => field.name)).toEqual(['message', 'level']);
  expect(schema.byName.get('took')).toBe(FIELDS[1]);
});

test('a field declared twice and a search field that cannot be one are refused', () => {
  expect(() => makeSchema([...FIELDS, FIELDS[0]!])).toThrow('field level is declared twice');
  expect(() => makeSchema(FIELDS, ['mesage'])).toThrow('mesage is not a declared field');
  expect(() => makeSchema(FIELDS, ['took'])).toThrow('took is double');
});
