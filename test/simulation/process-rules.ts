/** Rules of every form as text, and what their conditions say of an event: what the real matcher is held to as well. */
import type { Value } from '../../src/event/event.ts';
import { makeSchema } from '../../src/event/schema.ts';
import type { Rule, Ruleset } from '../../src/rule/ast.ts';
import { loadRuleTexts } from '../../src/rule/load.ts';
import type { OracleEvent } from '../support/oracle.ts';
import { orderContext } from '../support/rule-context.ts';
import type { Random } from '../support/timelines.ts';

export interface OrderEvent {
  readonly service?: string;
  readonly level: string;
  readonly order_id?: string;
  readonly order_state?: string;
}

type Condition = (event: OrderEvent) => boolean;

const conditions: Readonly<Record<string, Condition>> = {
  'level:ERROR': ({ level }) => level === 'ERROR',
  'level:*': () => true,
  'order_state:*': (event) => event.order_state !== undefined,
  'order_state:PAID': (event) => event.order_state === 'PAID',
  'order_state:SENT': (event) => event.order_state === 'SENT',
  'order_state:NEW': (event) => event.order_state === 'NEW',
};

export interface SimulatedRule {
  readonly text: (severity: string) => string;
  readonly when?: string;
  readonly lets: Readonly<Record<string, string>>;
}

/** The sources of a world, with their lateness. */
export type Sources = readonly { readonly name: string; readonly latenessMs: number }[];

/** Something that a program has to say, about one of so many services and orders. */
export function randomEvent(random: Random, groups: number): OrderEvent {
  return {
    ...(random.chance(90) && { service: `s${random.below(Math.max(2, groups))}` }),
    level: random.chance(50) ? 'ERROR' : 'INFO',
    ...(random.chance(90) && { order_id: `o${random.below(Math.max(3, groups))}` }),
    ...(random.chance(70) && { order_state: random.pick(['NEW', 'PAID', 'SENT']) }),
  };
}

/** One rule of a form, with times of its own. */
export function randomRule(random: Random, name: string, sources: Sources): SimulatedRule {
  const { when, lets = {}, alert, rest = '' } = randomForm(random);
  const from = random.chance(50) ? [] : sources.filter(() => random.chance(50)).map((source) => source.name);
  const cooldown = random.chance(30) ? `cooldown ${seconds(random, 1, 120)}` : '';
  const clauses = [
    ...(from.length === 0 ? [] : [`from ${from.join(', ')}`]),
    ...Object.entries(lets).map(([letName, condition]) => `let ${letName} = ${condition}`),
    ...(when === undefined ? [] : [`when ${when}`]),
    `alert ${alert}`,
    rest,
    cooldown,
  ].filter((clause) => clause !== '');
  return {
    text: (severity) => `rule ${name} {\n  severity ${severity}\n  ${clauses.join('\n  ')}\n}\n`,
    ...(when !== undefined && { when }),
    lets,
  };
}

interface Form {
  readonly when?: string;
  readonly lets?: Readonly<Record<string, string>>;
  readonly alert: string;
  readonly rest?: string;
}

function seconds(random: Random, min: number, more: number): string {
  return `${min + random.below(more)}s`;
}

function randomForm(random: Random): Form {
  const within = seconds(random, 5, 180);
  const never = random.chance(25)
    ? 'resolve never'
    : random.pick(['', `resolve after ${seconds(random, 1, 120)}`]);
  const by = random.pick(['service', 'order_id']);
  const sides = { a: 'order_state:PAID', b: 'order_state:SENT' };
  const three = { ...sides, c: 'level:ERROR' };
  const forms: readonly (() => Form)[] = [
    () => ({
      when: 'level:ERROR',
      alert: `count >= ${1 + random.below(4)} within ${within}${random.chance(80) ? ` by ${by}` : ''}`,
      rest: never,
    }),
    () => ({
      when: 'level:ERROR',
      alert: `count >= ${2 + random.below(2)} within ${within} by ${by}`,
      rest: `for ${seconds(random, 1, 40)}`,
    }),
    () => ({
      when: 'level:*',
      alert: `distinct(order_id) > ${1 + random.below(2)} within ${within} by service`,
      rest: never,
    }),
    () => ({ lets: sides, alert: `a not followed by b within ${within} by order_id`, rest: never }),
    () => ({ lets: sides, alert: `a then b within ${within} by order_id`, rest: never }),
    () => ({ lets: three, alert: `a then b then c within ${within} by ${by}`, rest: never }),
    () => ({
      lets: { a: 'level:ERROR', b: 'order_state:SENT', u: 'order_state:NEW' },
      alert: `all of a, b within ${within} by order_id until u`,
      rest: never,
    }),
    () => ({ when: 'order_state:*', alert: `order_state stays PAID for ${within} by order_id`, rest: never }),
    () => ({ when: 'level:*', alert: `nothing for ${within} by service seen within 10m` }),
    () => ({
      when: 'order_state:*',
      alert: `order_state changes from SENT to PAID within ${within} by order_id`,
    }),
    () => ({ when: 'level:*', alert: `new order_id within ${within} by service` }),
    () => ({ when: 'level:*', alert: `count < 3 within ${within} by service seen within 9m` }),
  ];
  return random.pick(forms)();
}

const schema = makeSchema(
  ['service', 'level', 'order_id', 'order_state'].map((name) => ({ name, type: 'keyword', paths: [name] })),
  ['level'],
);

/** The rules of a text, as the program reads them. */
export function rulesetOfText(text: string, sources: Sources): Ruleset {
  const context = {
    ...orderContext,
    schema,
    sources: sources.map(({ name }) => name),
    latenessMs: (name: string) => sources.find((source) => source.name === name)!.latenessMs,
  };
  const { ruleset, diagnostics } = loadRuleTexts([{ file: 'simulated.rule', text }], context);
  if (ruleset === undefined) throw new Error(`${text}\n${JSON.stringify(diagnostics)}`);
  return ruleset;
}

/** An event as a rule sees it. */
export function asSeenBy(
  { when, lets }: SimulatedRule,
  rule: Rule,
  event: OrderEvent,
  place: Pick<OracleEvent, 'timeMs' | 'source' | 'partition' | 'offset'>,
): OracleEvent {
  const field = (name: string): readonly Value[] => {
    const value = event[name as keyof OrderEvent];
    return value === undefined ? [] : [value];
  };
  const group = rule.alert.by.map(({ name }) => field(name)[0]);
  return {
    ...place,
    isWhen: when === undefined || conditions[when]!(event),
    lets: Object.entries(lets).flatMap(([name, condition]) => (conditions[condition]!(event) ? [name] : [])),
    group: group.includes(undefined) ? undefined : (group as Value[]),
    values: { order_state: field('order_state'), order_id: field('order_id') },
  };
}
