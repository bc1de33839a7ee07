/** Lines of which some are no JSON any more, and rules that ask for what they have. The same for the same seed. */
import type { SourceConfig } from '../../src/config/config.ts';
import type { Schema } from '../../src/event/event.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import type { Condition, Rule } from '../../src/rule/ast.ts';
import { parseCondition } from '../../src/rule/load.ts';
import { makeBatch } from './byte-batch.ts';
import { READ_AT_MS } from './compare-ways.ts';
import { countAlert, ruleOf } from './conditions.ts';
import { oddConditions } from './odd-conditions.ts';
import { anyText } from './odd-lines.ts';
import type { Random } from './timelines.ts';

/** A line of JSON with a byte put in, taken out or changed, or one whose texts are written with other escapes. */
export function disturbed(line: string, random: Random): string | Uint8Array {
  if (random.chance(40))
    return line.replaceAll(/[^\x20-\x7e]|[a-z](?=[^"]*")/gu, (character) =>
      random.chance(70) || line.length > 5_000
        ? character
        : [...Array(character.length).keys()]
            .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
            .join(''),
    );
  if (random.chance(60)) return line;
  const bytes = Buffer.from(line);
  const at = random.below(bytes.length + 1);
  const put = Buffer.of(
    random.pick([
      0x22, 0x5c, 0x2c, 0x3a, 0x7b, 0x7d, 0x5b, 0x5d, 0x20, 0x09, 0x30, 0xe6, 0xff, 0xf7, 0x80, 0x2d, 0x2e,
    ]),
  );
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + random.below(2))]);
}

/** A line as most services write it: odd words, but plain values in plain places. */
export function plainLine(random: Random): string {
  const service = random.pick(['payment', 'Payment', 'order', 'cn-north', '支付', 'a "b"']);
  const flat = random.chance(50);
  return JSON.stringify({
    ...(random.chance(90) && { '@timestamp': `2026-11-23T09:00:0${random.below(10)}.000Z` }),
    ...(flat ? { 'service.name': service } : { service: { name: service, version: '1.0' } }),
    level: random.pick(['ERROR', 'error', 'Failed', 'timeout']),
    region: random.pick(['CN-North', 'cn-north', null]),
    status: random.pick([0, 7, 42, 100, 800, -1, '900', '7']),
    duration_ms: random.pick([0, 1, 2.5, 800.5, 1234.56]),
    paid: random.pick([true, false, 'true']),
    tags: random.chance(30) ? ['a', ['b', { c: [] }]] : undefined,
    error: random.chance(40) ? { message: anyText(random), code: 5 } : undefined,
    message: random.chance(85) ? anyText(random) : [anyText(random), anyText(random)],
    items: random.chance(20) ? { sku: random.pick(['ERROR', 'x']) } : undefined,
  });
}

/** What conditions are made for: they ask for what some of the lines have. */
interface OddWorld {
  readonly schema: Schema;
  readonly lines: readonly string[];
  readonly from: SourceConfig;
}

export function conditionsFor(
  count: number,
  random: Random,
  { schema, lines, from }: OddWorld,
): readonly Condition[] {
  const { events } = createDecoder(from, schema).decode(
    makeBatch(lines.slice(0, 300), { readAtMs: READ_AT_MS }),
    undefined,
  );
  const generated = oddConditions(random, schema, events);
  const conditions: Condition[] = [];
  for (let tries = 0; conditions.length < count && tries < 20 * count; tries += 1) {
    const { condition } = parseCondition(generated.next(), schema);
    if (condition !== undefined) conditions.push(condition);
  }
  return conditions;
}

/** Rules with a condition alone, and rules with lets that are counted, some of them beside a condition. */
export function rulesOf(conditions: readonly Condition[], random: Random): Rule[] {
  return conditions.map((condition, i) => {
    const other = random.pick(conditions);
    if (random.chance(80)) return ruleOf(`r${i}`, { when: condition, alert: countAlert([]) });
    const lets = new Map([['other', other]]);
    const alert = countAlert([], 'other');
    return ruleOf(`r${i}`, { lets, alert, ...(random.chance(50) && { when: condition }) });
  });
}
