/** The words that prose.ts puts rules into, a table a language. */
import type { Comparison, Expr } from '../ast.ts';

export interface Words {
  readonly and: string;
  readonly or: string;
  readonly not: (what: string) => string;
  readonly says: (text: string) => string;
  readonly begins: (field: string, text: string) => string;
  readonly contains: (field: string, texts: string) => string;
  readonly is: (field: string, texts: string) => string;
  readonly exists: (field: string) => string;
  readonly compares: Readonly<Record<Comparison['op'], (a: string, b: string) => string>>;
  readonly units: readonly (readonly [one: string, many: string])[];
  readonly unitGap: string;
  readonly measure: Readonly<
    Record<Exclude<Expr['kind'], 'number' | 'ratio' | 'baseline'>, (of: string) => string>
  >;
  readonly events: string;
  readonly ratio: (a: string, b: string) => string;
  readonly baseline: (factor: string, over: string) => string;
  readonly within: (what: string, span: string) => string;
  readonly by: (fields: string) => string;
  readonly form: {
    readonly notFollowed: (a: string, b: string, span: string) => string;
    readonly skew: (b: string, span: string) => string;
    readonly then: (steps: readonly string[], span: string) => string;
    readonly allOf: (steps: readonly string[], span: string) => string;
    readonly until: (what: string) => string;
    readonly stays: (field: string, value: string, span: string) => string;
    readonly changes: (field: string, from: string, to: string, span: string) => string;
    readonly new: (field: string, span: string) => string;
    readonly nothing: (span: string) => string;
  };
  readonly any: string;
  readonly fires: (what: string) => string;
  readonly among: (what: string) => string;
  readonly where: (name: string, what: string) => string;
  readonly held: (span: string) => string;
  readonly resolves: (span: string) => string;
  readonly never: string;
  readonly cooldown: (span: string) => string;
  readonly stop: string;
  readonly group: (what: string) => string;
  readonly gap: string;
}

export const EN: Words = {
  and: ' and ',
  or: ' or ',
  not: (what) => `not (${what})`,
  says: (text) => `the event says ${text}`,
  begins: (field, text) => `${field} begins with ${text}`,
  contains: (field, texts) => `${field} says ${texts}`,
  is: (field, texts) => `${field} is ${texts}`,
  exists: (field) => `${field} has a value`,
  compares: {
    '>': (a, b) => `${a} is above ${b}`,
    '>=': (a, b) => `${a} is at least ${b}`,
    '<': (a, b) => `${a} is below ${b}`,
    '<=': (a, b) => `${a} is at most ${b}`,
    '==': (a, b) => `${a} is exactly ${b}`,
  },
  units: [
    ['day', 'days'],
    ['hour', 'hours'],
    ['minute', 'minutes'],
    ['second', 'seconds'],
    ['millisecond', 'milliseconds'],
  ],
  unitGap: ' ',
  measure: {
    count: (of) => `the number of ${of}`,
    distinct: (of) => `the number of different values of ${of}`,
    sum: (of) => `the sum of ${of}`,
    avg: (of) => `the average of ${of}`,
    min: (of) => `the smallest ${of}`,
    max: (of) => `the largest ${of}`,
    p50: (of) => `the median of ${of}`,
    p90: (of) => `the 90th percentile of ${of}`,
    p95: (of) => `the 95th percentile of ${of}`,
    p99: (of) => `the 99th percentile of ${of}`,
  },
  events: 'events',
  ratio: (a, b) => `${a} divided by ${b}`,
  baseline: (factor, over) => `${factor} times its mean over the preceding ${over}`,
  within: (what, span) => `${what} within ${span}`,
  by: (fields) => `, for each ${fields} by itself`,
  form: {
    notFollowed: (a, b, span) => `${a} is not followed by ${b} within ${span}`,
    skew: (b, span) => ` (${b} up to ${span} earlier counts too, since the clocks may differ)`,
    then: (steps, span) => `${steps.join(', then ')} come in this order within ${span}`,
    allOf: (steps, span) => `${steps.join(' and ')} all come, in any order, within ${span}`,
    until: (what) => `, unless ${what} comes`,
    stays: (field, value, span) => `${field} stays ${value} for ${span}`,
    changes: (field, from, to, span) => `${field} changes from ${from} to ${to} within ${span}`,
    new: (field, span) => `${field} has a value that was not seen in the preceding ${span}`,
    nothing: (span) => `there is no event for ${span}`,
  },
  any: 'any other value',
  fires: (what) => `Fires when ${what}.`,
  among: (what) => `It looks at events where ${what}.`,
  where: (name, what) => `“${name}” means: ${what}.`,
  held: (span) => `This must hold for ${span}.`,
  resolves: (span) => `Resolved after ${span} of quiet.`,
  never: 'Each firing is an alert of its own.',
  cooldown: (span) => `Then it stays quiet for ${span}.`,
  stop: ' and ',
  group: (what) => `(${what})`,
  gap: ' ',
};

export const ZH: Words = {
  and: ' 且 ',
  or: ' 或 ',
  not: (what) => `非（${what}）`,
  says: (text) => `事件中有 ${text}`,
  begins: (field, text) => `${field} 以 ${text} 开头`,
  contains: (field, texts) => `${field} 中有 ${texts}`,
  is: (field, texts) => `${field} 为 ${texts}`,
  exists: (field) => `${field} 有值`,
  compares: {
    '>': (a, b) => `${a}大于 ${b}`,
    '>=': (a, b) => `${a}不少于 ${b}`,
    '<': (a, b) => `${a}小于 ${b}`,
    '<=': (a, b) => `${a}不多于 ${b}`,
    '==': (a, b) => `${a}等于 ${b}`,
  },
  units: [
    ['天', '天'],
    ['小时', '小时'],
    ['分钟', '分钟'],
    ['秒', '秒'],
    ['毫秒', '毫秒'],
  ],
  unitGap: ' ',
  measure: {
    count: (of) => `${of}数`,
    distinct: (of) => `${of} 的不同取值数`,
    sum: (of) => `${of} 之和`,
    avg: (of) => `${of} 的平均值`,
    min: (of) => `${of} 的最小值`,
    max: (of) => `${of} 的最大值`,
    p50: (of) => `${of} 的中位数`,
    p90: (of) => `${of} 的 90 分位数`,
    p95: (of) => `${of} 的 95 分位数`,
    p99: (of) => `${of} 的 99 分位数`,
  },
  events: '事件',
  ratio: (a, b) => `${a}与${b}之比`,
  baseline: (factor, over) => `此前 ${over}均值的 ${factor} 倍`,
  within: (what, span) => `${span}内${what}`,
  by: (fields) => `（按 ${fields} 分别计算）`,
  form: {
    notFollowed: (a, b, span) => `${a}之后 ${span}内没有${b}`,
    skew: (b, span) => `（时钟可能不一致，早至 ${span}的${b}也算）`,
    then: (steps, span) => `${span}内依次出现${steps.join('、')}`,
    allOf: (steps, span) => `${span}内${steps.join('、')}都出现（不分先后）`,
    until: (what) => `，除非出现${what}`,
    stays: (field, value, span) => `${field} 持续 ${span}为 ${value}`,
    changes: (field, from, to, span) => `${field} 在 ${span}内由 ${from} 变为 ${to}`,
    new: (field, span) => `${field} 出现此前 ${span}内没有过的值`,
    nothing: (span) => `连续 ${span}没有事件`,
  },
  any: '其他任何值',
  fires: (what) => `${what}时告警。`,
  among: (what) => `只看满足以下条件的事件：${what}。`,
  where: (name, what) => `“${name}”指：${what}。`,
  held: (span) => `须持续 ${span}。`,
  resolves: (span) => `平静 ${span}后恢复。`,
  never: '每次触发都是单独的告警。',
  cooldown: (span) => `之后静默 ${span}。`,
  stop: '、',
  group: (what) => `（${what}）`,
  gap: '',
};
