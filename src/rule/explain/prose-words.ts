/** The words from which prose.ts makes sentences, one table for each language. */
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
  readonly by: (fields: string) => string;
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
  by: (fields) => `, for each ${fields} by itself`,
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
  by: (fields) => `（按 ${fields} 分别计算）`,
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
