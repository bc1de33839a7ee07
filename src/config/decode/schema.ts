/** The keys of `decode` in tocsin.yaml, and what is built from them. Which of them go together is checked in check.ts. */
import { z } from 'zod';
import { oneOrMore, word } from '../values.ts';
import { presetOf, PRESET_NAMES } from './presets.ts';
import { LEVEL_NAMES, PLAIN_KINDS, type StepConfig, type TextStep } from './steps.ts';

const field = word('the name of a field', 'message');
const scalar = z
  .union([z.string(), z.number(), z.boolean()])
  .meta({ what: 'a text, a number or true or false', example: 'shop-web' });
const patterns = (what: string, example: string) =>
  oneOrMore(`${what} or a list of them`, example).optional();
const onText = z.strictObject({ field: field.optional(), optional: z.boolean().optional() });
const grokPatterns = oneOrMore('a pattern of grok or a list of them', "'%{COMBINEDAPACHELOG}'");
const grok = z
  .union([
    grokPatterns.transform((pattern) => ({ pattern, patterns: {} })),
    z.strictObject({ pattern: grokPatterns, patterns: z.record(z.string(), z.string().min(1)).default({}) }),
  ])
  .meta({
    what: 'a pattern of grok, a list of them, or a block with `pattern` and `patterns`',
    example: "'%{COMBINEDAPACHELOG}'",
  });
const fields = z
  .union([z.null(), oneOrMore('a field or a list of fields', 'message')])
  .transform((value) => value ?? undefined)
  .optional();

/** A step has one of the kinds; `field` and `optional` stand beside it. */
const stepSchema = z
  .strictObject({
    json: onText.nullable().optional(),
    logfmt: onText.nullable().optional(),
    kv: z
      .union([field, z.strictObject({ field: field.optional() })])
      .nullable()
      .optional(),
    cri: onText.nullable().optional(),
    docker: onText.nullable().optional(),
    syslog: onText.nullable().optional(),
    klog: onText.nullable().optional(),
    journald: onText.nullable().optional(),
    w3c: z
      .strictObject({
        fields: word('names of columns', "'date time cs-method cs-uri-stem sc-status'").optional(),
      })
      .nullable()
      .optional(),
    dissect: patterns('a pattern of dissect', '"%{level} %{message}"'),
    regex: patterns('a regular expression of RE2', "'^(?<verb>[A-Z]+) (?<path>\\S+)'"),
    grok: grok.optional(),
    set: z.record(z.string(), scalar).optional(),
    map: z.record(z.string(), z.record(z.string(), scalar)).optional(),
    levels: z.enum(LEVEL_NAMES).optional(),
    each: z
      .union([
        field,
        z.strictObject({ field: field.optional(), skip: z.record(z.string(), scalar).optional() }),
      ])
      .nullable()
      .optional(),
    otel: z.null().optional(),
    replace: z
      .strictObject({ field, regex: word('a regular expression of RE2', "'/\\d+'"), with: z.string() })
      .optional(),
    trim: fields,
    strip_ansi: fields,
    field: field.optional(),
    optional: z.boolean().optional(),
  })
  .meta({ what: 'a step', example: 'json' });

const NAMES = [...PLAIN_KINDS, 'w3c', 'trim', 'strip_ansi', 'each', 'otel'] as const;

/** A name that is both is the step: beside others, it stands for itself alone. */
const named = z.enum([...NAMES, ...PRESET_NAMES]);

export const stepsSchema = z
  .array(
    z.union([named, stepSchema]).meta({
      what: 'the name of a step or of a preset (docs/reading.md), or a block with a step',
      example: 'json',
    }),
  )
  .min(1);

type StepFile = z.infer<typeof stepSchema>;

/** The keys that say what a step does, in the order of the reference. */
export const STEP_KEYS = Object.keys(stepSchema.shape).filter(
  (key) => key !== 'field' && key !== 'optional',
) as readonly Exclude<keyof StepFile, 'field' | 'optional'>[];

/** Builds the steps of a list. A block may still have every problem that is looked for in check.ts. */
export function buildSteps(steps: z.infer<typeof stepsSchema>): readonly StepConfig[] {
  return steps.flatMap((step) => {
    if (typeof step === 'object') return buildStep(step);
    const plain = NAMES.find((name) => name === step);
    return plain === undefined ? buildSteps(stepsSchema.parse(presetOf(step)!.decode)) : [{ kind: plain }];
  });
}

type StepKey = (typeof STEP_KEYS)[number];
type Builders = {
  readonly [Key in StepKey]: (given: NonNullable<StepFile[Key]>, step: StepFile) => readonly StepConfig[];
};

function buildStep(step: StepFile): readonly StepConfig[] {
  const given = STEP_KEYS.find((key) => Object.hasOwn(step, key));
  if (given === undefined) return [];
  const build = builders[given] as (given: unknown, step: StepFile) => readonly StepConfig[];
  return build(step[given] ?? {}, step);
}

const onTextAlone =
  (kind: Exclude<(typeof PLAIN_KINDS)[number], 'kv'>) => (given: z.infer<typeof onText>) => [
    { kind, ...placeOf(given) },
  ];

const builders: Builders = {
  json: onTextAlone('json'),
  logfmt: onTextAlone('logfmt'),
  cri: onTextAlone('cri'),
  docker: onTextAlone('docker'),
  syslog: onTextAlone('syslog'),
  klog: onTextAlone('klog'),
  journald: onTextAlone('journald'),
  kv: (given) => {
    const name = typeof given === 'string' ? given : given.field;
    return [{ kind: 'kv', ...(name !== undefined && { field: name }) }];
  },
  w3c: ({ fields }) => [{ kind: 'w3c', ...(fields !== undefined && { fields }) }],
  dissect: (patterns, step) => [{ kind: 'dissect', patterns, ...placeOf(step) }],
  regex: (patterns, step) => [{ kind: 'regex', patterns, ...placeOf(step) }],
  grok: ({ pattern, patterns }, step) => [
    { kind: 'grok', patterns: pattern, own: patterns, ...placeOf(step) },
  ],
  set: (values) => [{ kind: 'set', values }],
  map: (maps) =>
    Object.entries(maps).map(([field, { else: otherwise, ...table }]) => ({
      kind: 'map',
      field,
      table,
      ...(otherwise !== undefined && otherwise !== 'keep' && { otherwise }),
    })),
  levels: (of, { field = 'level' }) => [{ kind: 'levels', field, of }],
  each: (given) => {
    const { field, skip } = typeof given === 'string' ? { field: given } : given;
    return [
      {
        kind: 'each',
        ...(field !== undefined && field !== '.' && { field }),
        ...(skip !== undefined && { skip }),
      },
    ];
  },
  otel: () => [{ kind: 'otel' }],
  replace: ({ field, regex, with: by }) => [{ kind: 'replace', field, regex, by }],
  trim: (fields) => [{ kind: 'trim', ...(Array.isArray(fields) && { fields }) }],
  strip_ansi: (fields) => [{ kind: 'strip_ansi', ...(Array.isArray(fields) && { fields }) }],
};

function placeOf({ field, optional }: z.infer<typeof onText>): Pick<TextStep, 'field' | 'optional'> {
  return { ...(field !== undefined && { field }), ...(optional !== undefined && { optional }) };
}
