/** Arbitrary rule files as text, for properties of parser and printer: syntactically right, not always meaningful. */
import fc from 'fast-check';

const word = fc.constantFrom(
  'service',
  'level',
  'order_id',
  'http.route',
  '@timestamp',
  '支付',
  'severity',
  'count',
  'within',
  'x',
);
const duration = fc.constantFrom('0s', '500ms', '30s', '5m', '1h30m', '72h', '7d', '2d3h4m5s6ms');
const quoted = fc
  .string({
    unit: fc.constantFrom('a', 'B', ' ', '支', '😀', '\\', '"', '#', '{', '(', 'é', '\t', ':', '*'),
    maxLength: 8,
  })
  .map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);
const number = fc.constantFrom('0', '5', '-3', '1.5', '9007199254740993', '007');
const value = fc.oneof(
  word,
  quoted,
  number,
  duration,
  fc.constantFrom('order*', '支付*', '42*', 'E-42', 'true'),
);
const relation = fc.constantFrom('>', '>=', '<', '<=');
const space = fc.constantFrom(' ', ' ', ' ', '\n  ', ' # note\n  ', '  ');
const list = (item: fc.Arbitrary<string>, by: string, minLength = 1): fc.Arbitrary<string> =>
  fc.array(item, { minLength, maxLength: 3 }).map((items) => items.join(by));

const { condition } = fc.letrec<{ condition: string; atom: string; operand: string }>((tie) => ({
  atom: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    value,
    fc.tuple(word, value).map(([field, text]) => `${field}:${text}`),
    fc.tuple(word, list(value, ' OR ')).map(([field, texts]) => `${field}:(${texts})`),
    word.map((field) => `${field}:*`),
    fc.tuple(word, relation, number).map((parts) => parts.join(' ')),
    fc.tuple(space, tie('condition')).map(([gap, inner]) => `(${gap}${inner})`),
  ),
  operand: fc.oneof(
    tie('atom'),
    tie('atom').map((atom) => `NOT ${atom}`),
  ),
  condition: fc.oneof(
    tie('operand'),
    fc.tuple(tie('operand'), space, tie('operand')).map(([a, gap, b]) => `${a}${gap}AND${gap}${b}`),
    fc.tuple(tie('atom'), space, tie('atom')).map(([a, gap, b]) => `${a}${gap}OR ${b}`),
  ),
}));

const name = fc.constantFrom('paid', 'synced', 'refunded');
const by = fc.oneof(
  fc.constant(''),
  list(word, ', ').map((fields) => ` by ${fields}`),
);
const until = fc.oneof(
  fc.constant(''),
  name.map((let_) => ` until ${let_}`),
);
const skew = fc.oneof(
  fc.constant(''),
  duration.map((span) => ` skew ${span}`),
);
const seen = fc.oneof(
  fc.constant(''),
  duration.map((span) => ` seen within ${span}`),
);
const measure = fc.oneof(
  fc.constant('count'),
  name.map((let_) => `count(${let_})`),
  fc.tuple(fc.constantFrom('distinct', 'sum', 'avg', 'p95'), word).map(([f, field]) => `${f}(${field})`),
);
const expr = fc.oneof(
  measure,
  number,
  fc.constantFrom('5%', '0.5%', '3 * baseline(24h)', '1.5*baseline(7d)'),
  fc.tuple(measure, measure).map((parts) => parts.join(' / ')),
);
const comparison = fc
  .tuple(expr, fc.oneof(relation, fc.constant('==')), expr)
  .map((parts) => parts.join(' '));
const literal = fc.oneof(word, quoted, number, duration);
const side = fc.oneof(literal, fc.constant('*'));
const spec = fc.oneof(
  fc.tuple(list(comparison, ' and '), duration, by, seen).map(([c, d, b, s]) => `${c} within ${d}${b}${s}`),
  fc
    .tuple(name, name, duration, by, skew)
    .map(([a, c, d, b, s]) => `${a} not followed by ${c} within ${d}${b}${s}`),
  fc.tuple(list(name, ' then ', 2), duration, by, until).map(([n, d, b, u]) => `${n} within ${d}${b}${u}`),
  fc.tuple(list(name, ', ', 2), duration, by, until).map(([n, d, b, u]) => `all of ${n} within ${d}${b}${u}`),
  fc.tuple(word, literal, duration, by).map(([f, v, d, b]) => `${f} stays ${v} for ${d}${b}`),
  fc
    .tuple(word, side, side, duration, by)
    .map(([f, from, to, d, b]) => `${f} changes from ${from} to ${to} within ${d}${b}`),
  fc.tuple(word, duration, by).map(([f, d, b]) => `new ${f} within ${d}${b}`),
  fc.tuple(duration, by, seen).map(([d, b, s]) => `nothing for ${d}${b}${s}`),
  fc.tuple(duration, word).map(([d, f]) => `nothing for ${d} by ${f} expected ${f} in "list.txt"`),
);

const object = fc
  .array(fc.tuple(fc.oneof(word, quoted), fc.oneof(word, quoted, number, duration)), { maxLength: 3 })
  .map((pairs) => `{${pairs.map(([key, text]) => ` ${key}: ${text}`).join(',')} }`);
const step = fc.oneof(
  fc.tuple(duration, object).map(([d, o]) => `at ${d} ${o}`),
  fc.tuple(duration, duration, object).map(([d, e, o]) => `at ${d} x 5 every ${e} ${o}`),
  fc.constantFrom(
    'expect fire',
    'expect resolve',
    'expect nothing',
    'expect nothing after 2m',
    'replay "a.ndjson"',
  ),
  fc.tuple(duration, object).map(([d, o]) => `expect fire at ${d} ${o}`),
);
const clause = fc.oneof(
  fc.constantFrom(
    'severity high',
    'owner team-order',
    'resolve never',
    'runbook "a.md"',
    'max_groups 10',
    'from a, b',
  ),
  object.map((labels) => `labels ${labels}`),
  fc.tuple(name, condition).map(([n, c]) => `let ${n} = ${c}`),
  condition.map((c) => `when ${c}`),
  spec.map((s) => `alert ${s}`),
  fc.tuple(fc.constantFrom('for', 'cooldown', 'resolve after'), duration).map((parts) => parts.join(' ')),
  list(
    fc.oneof(
      fc.constantFrom('terminal', 'dingtalk:order-group'),
      quoted.map((q) => `slack:${q}`),
    ),
    ', ',
  ).map((receivers) => `notify ${receivers}`),
  fc
    .tuple(quoted, fc.array(step, { maxLength: 4 }))
    .map(([q, steps]) => `test ${q} {\n${steps.join('\n')} }`),
);
const gap = fc.constantFrom('\n', '\n\n\n', ' # side\n', '\n# above\n', '\r\n');
const clauses = fc.array(fc.tuple(clause, gap), { maxLength: 6 }).map((all) => all.flat().join(''));
const rule = fc
  .tuple(fc.constantFrom('', ' "A \\"title\\""'), gap, clauses)
  .map(([title, after, inside]) => `rule r${title} {${after}${inside}}`);

const lets = fc
  .array(fc.tuple(name, condition, gap), { maxLength: 2 })
  .map((all) => all.map(([n, c, after]) => `let ${n} = ${c}${after}`).join(''));

/** One to three blocks, and lets outside of them, with comments and odd spacing. */
export function anyRuleFile(): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.option(clauses, { nil: undefined }),
      lets,
      fc.array(fc.tuple(rule, gap), { minLength: 1, maxLength: 2 }),
    )
    .map(
      ([defaults, shared, rules]) =>
        `${defaults === undefined ? '' : `defaults {\n${defaults}}\n`}${shared}${rules.flat().join('')}`,
    );
}
