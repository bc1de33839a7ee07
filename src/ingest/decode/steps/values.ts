/** The steps that change values of a document, or add some. */
import { atPlaceholders } from '../../../config/decode/origins.ts';
import type { ValueStep } from '../../../config/decode/steps.ts';
import type { LineOrigin } from '../../../event/batch.ts';
import { pathReader } from '../../../event/field-path.ts';
import { Pattern } from '../../../event/pattern.ts';
import { whole } from '../../../event/slices.ts';
import { addKeyValues } from '../key-value.ts';
import { put, type Draft } from '../line-decoder.ts';
import { changer, changeTexts, textReader, type ValueChange } from './fields.ts';
import { levelReader } from './levels.ts';
import { otelStep } from './otel.ts';
import type { Step } from './step.ts';
import { w3cStep } from './w3c.ts';

type ConfigOf<Kind extends ValueStep['kind']> = Extract<ValueStep, { readonly kind: Kind }>;
type Maker<Kind extends ValueStep['kind']> = (config: ConfigOf<Kind>) => Step;

/** Throws RangeError for a pattern that cannot be used. */
export function valueStep(config: ValueStep): Step {
  const make = makers[config.kind] as Maker<ValueStep['kind']>;
  return make(config);
}

/** Longest text that a step makes of others, in UTF-16 units: twice a line. */
const GROWN_UNITS_MAX = 2 << 20;
const TOO_LONG = `a text grows beyond ${GROWN_UNITS_MAX} characters`;

const makers: { readonly [Kind in ValueStep['kind']]: Maker<Kind> } = {
  set: ({ values }) => {
    const setters = Object.entries(values).map(([name, value]) => ({ name, valueIn: template(value) }));
    return (_line, document, origin) => {
      for (const { name, valueIn } of setters) {
        const value = valueIn(document, origin);
        if (value === TOO_LONG) return TOO_LONG;
        if (value !== undefined) put(document, name, value);
      }
      return undefined;
    };
  },
  map: (config) => changing([config.field], mapping(config)),
  kv: ({ field }) => keyValueStep(field),
  w3c: ({ fields }) => w3cStep(fields),
  levels: ({ field, of }) => changing([field], levelReader(of)),
  replace: (config) => {
    const step = changing([config.field], replacing(config));
    return (line, document, origin) => {
      try {
        return step(line, document, origin);
      } catch (error) {
        if (error instanceof RangeError) return TOO_LONG;
        throw error;
      }
    };
  },
  otel: () => otelStep,
  trim: ({ fields }) => changingTexts(fields, (text) => text.trim()),
  strip_ansi: ({ fields }) => changingTexts(fields, withoutAnsi),
};

export function mapping({ table, otherwise }: ConfigOf<'map'>): ValueChange {
  const known = new Map(Object.entries(table));
  return (value) => {
    if (typeof value === 'object') return value;
    return known.get(String(value)) ?? otherwise ?? value;
  };
}

/** The change throws RangeError for a text that grows too long. Throws it for a pattern that cannot be used. */
export function replacing({ regex, by }: ConfigOf<'replace'>): ValueChange {
  const pattern = new Pattern(regex);
  return ofText((text) => whole(pattern.replacing(text, by, GROWN_UNITS_MAX)));
}

/** Pairs never replace what is known already, and a text may have none. */
function keyValueStep(field: string | undefined): Step {
  const read = field === undefined ? undefined : pathReader(field);
  return (line, document) => {
    const texts: string[] = read === undefined ? [line] : [];
    read?.(document, (leaf) => {
      if (typeof leaf === 'string') texts.push(leaf);
    });
    for (const text of texts) addKeyValues(text, document);
    return undefined;
  };
}

type Scalar = string | number | boolean;

/** Returns the value, or the text with the values of the fields that it names in braces; nothing if one of them is missing. */
function template(value: Scalar): (document: Draft, origin: LineOrigin) => Scalar | undefined {
  const pieces = typeof value === 'string' ? atPlaceholders(value) : [];
  if (pieces.length < 2) return () => value;
  const parts = pieces.map((part, i) => (i % 2 === 0 ? () => part : textReader(part)));
  return (document, origin) => {
    const texts = parts.map((read) => read(document, origin));
    if (texts.includes(undefined)) return undefined;
    return texts.reduce((sum, text) => sum + text!.length, 0) > GROWN_UNITS_MAX ? TOO_LONG : texts.join('');
  };
}

function changing(fields: readonly string[], change: ValueChange): Step {
  const changers = fields.map(changer);
  return (_line, document) => {
    for (const changeAll of changers) changeAll(document, change);
    return undefined;
  };
}

const ofText =
  (change: (text: string) => string): ValueChange =>
  (value) =>
    typeof value === 'string' ? change(value) : value;

function changingTexts(fields: readonly string[] | undefined, change: (text: string) => string): Step {
  if (fields !== undefined) return changing(fields, ofText(change));
  return (_line, document) => {
    changeTexts(document, change);
    return undefined;
  };
}

/** Escape sequences of terminals (ECMA-48): colours and the like, titles of windows, single ones. */
const ANSI = new RegExp(
  String.raw`\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])`,
  'gu',
);

const withoutAnsi = (text: string): string => (text.includes('\u001b') ? text.replaceAll(ANSI, '') : text);
