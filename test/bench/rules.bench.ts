/**
 * How long 5,000 rules in 500 files take to be checked, and how long a reload keeps the stream waiting: the longest time between two
 * batches that became durable, with the real rules in force, decoder, matcher, detector, engine and store (SQLite on disk), while all
 * rules change, one does, or none is read again, which is what the stream itself takes. Sources, archive and receivers are left out; a
 * snapshot may fall into any of them. `node test/bench/rules.bench.ts [RULES] [FILES]`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { batchInput } from '../../src/app/decoding.ts';
import type { Engine, RulesInForce } from '../../src/app/types.ts';
import { readRules } from '../../src/app/rulebook.ts';
import { openRules } from '../../src/app/rules/in-force.ts';
import { rulesFolder } from '../../src/app/rules/rules-folder.ts';
import { createRuleChanges } from '../../src/app/rules/changes.ts';
import type { Config } from '../../src/config/config.ts';
import { defaultConfigText } from '../../src/config/default-text.ts';
import { parseConfig } from '../../src/config/load.ts';
import { rightClock } from '../support/clock.ts';
import { openNotes } from '../../src/detect/store/notes.ts';
import { openStateStore } from '../../src/detect/store/store.ts';
import { silent } from '../../src/event/telemetry.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import { makeBatch } from '../support/byte-batch.ts';
import { figure } from './figure.ts';
import { quietEngine } from './quiet-engine.ts';

const [RULE_COUNT = 0, FILE_COUNT = 1] = [5_000, 500].map((max, i) => Number(process.argv[2 + i] ?? max));
const BATCH_LINES = 2;

/** What a rule says in an edition of the folder: another edition, another meaning. */
function ruleText(i: number, edition: number): string {
  const forms = [
    `when "ERROR" AND ("fault_${i}" OR "inventory rollback ${i}")\n  alert count >= ${5 + edition} within 5m by service\n  for 1m`,
    `let paid = service:pay${i} AND "payment succeeded ${edition}"\n  let synced = "inventory synced"\n  alert paid not followed by synced within 10m by order_id`,
    `let bad = status:F${i}_${edition}\n  let every = status:*\n  alert count(bad) / count(every) > 5% and count(every) >= 100 within 10m by channel`,
    `when order_state:* AND error_code:E${i}_${edition}\n  alert order_state stays PROCESSING for 72h by order_id`,
  ];
  const test = `test "t" {\n    at 0s x 5 every 10s { message: "ERROR fault_${i}", service: pay }\n    expect fire\n  }`;
  return `rule rule_${i} "Rule ${i}" {\n  severity low\n  owner team-order\n  ${forms[i % forms.length]!}\n  ${test}\n}\n`;
}

/** Writes the first `files` of the folder. */
function writeRules(dir: string, files: number, edition: (rule: number) => number): void {
  const each = Math.ceil(RULE_COUNT / FILE_COUNT);
  for (let file = 0; file < files; file++) {
    const folder = join(dir, `team${file % 20}`);
    mkdirSync(folder, { recursive: true });
    const rules = Array.from({ length: each }, (_, i) => file * each + i);
    writeFileSync(
      join(folder, `f${file}.rule`),
      rules.map((rule) => ruleText(rule, edition(rule))).join('\n'),
    );
  }
}

const say = (what: string, ms: number, note = ''): void => {
  figure(`${what}: ms`, ms);
  process.stdout.write(`${what.padEnd(44)}${String(Math.round(ms)).padStart(6)} ms${note}\n`);
};

interface Wait {
  readonly ms: number;
  /** Without the time in which the machine ran something else. */
  readonly cpuMs: number;
}

/** The stream: small batches one after the other, others running in between; gives how long each was waited for. */
async function stream({ config, rules, engine }: Parts, isOver: () => boolean): Promise<readonly Wait[]> {
  const source = config.sources[0]!;
  const decoder = createDecoder(source, config.schema);
  const waits: Wait[] = [];
  let durableAt = performance.now();
  let spent = process.threadCpuUsage();
  while (!isOver()) {
    const readAtMs = Date.now();
    const lines = Array.from({ length: BATCH_LINES }, (_, i) => {
      const rule = Math.floor(((readAtMs * 31 + i * 97) % RULE_COUNT) / 2);
      return `{"@timestamp":${JSON.stringify(new Date(readAtMs).toISOString())},"level":"ERROR","service":"pay${rule}","order_id":"A${rule}","message":"fault_${rule} payment succeeded"}`;
    });
    const batch = makeBatch(lines, { source: source.name, readAtMs }, offset);
    offset = batch.next.offset;
    const decoded = decoder.decode(batch, timing, rules.matcher().kernel);
    timing = decoded.timing;
    await engine.take(batchInput(batch, decoded, rules.matcher().matchLines(decoded).columns));
    const { user, system } = process.threadCpuUsage(spent);
    waits.push({ ms: performance.now() - durableAt, cpuMs: (user + system) / 1000 });
    durableAt = performance.now();
    spent = process.threadCpuUsage();
    await setImmediate();
  }
  return waits;
}
let offset = 0;
let timing: string | undefined;

/** Longest wait for a batch while `work` runs beside the stream. */
async function pauses(what: string, parts: Parts, work: () => Promise<unknown>): Promise<void> {
  let isOver = false;
  const streaming = stream(parts, () => isOver);
  const begun = performance.now();
  await work();
  const took = performance.now() - begun;
  // What the work leaves behind may still go on.
  await setTimeout(500);
  isOver = true;
  const waits = (await streaming).toSorted((a, b) => b.ms - a.ms);
  const longest = Math.max(...waits.map(({ cpuMs }) => cpuMs));
  const median = waits[waits.length >> 1]?.ms ?? 0;
  const note = `  (on the CPU ${longest.toFixed(0)}; median ${median.toFixed(1)}; took ${Math.round(took)})`;
  figure(`${what}: longest wait of the stream on the CPU: ms`, longest);
  say(`${what}: longest wait of the stream`, waits[0]?.ms ?? 0, note);
}

interface Parts {
  readonly config: Config;
  readonly rules: RulesInForce;
  readonly engine: Engine;
}

const DIR = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
try {
  const { config } = parseConfig(defaultConfigText({ language: 'en' }), join(DIR, 'tocsin.yaml'), {});
  if (config === undefined) throw new Error('the configuration is wrong');
  writeRules(config.rulesDir, FILE_COUNT, () => 0);
  const begun = performance.now();
  const checked = readRules(config);
  const count = checked.ruleset?.rules.length ?? 0;
  say(`${count} rules in ${checked.texts.size} files checked`, performance.now() - begun);

  const store = openStateStore(join(config.dataDir, 'state.db'));
  const engine = quietEngine(store);
  const opening = performance.now();
  const clock = rightClock();
  const folder = rulesFolder(config, clock);
  const rules = await openRules({ folder, schema: config.schema, telemetry: silent, clock });
  const changes = createRuleChanges({
    config,
    engine,
    notes: openNotes(store.tables),
    log: silent.log,
    clock: rightClock(),
  });
  await changes.putInForce(rules.ruleset());
  say('put into force at the start', performance.now() - opening);
  const parts = { config, rules, engine };
  const reload = (): Promise<void> => changes.reload(rules);
  await pauses('warming up', parts, () => setTimeout(8_000));
  for (let round = 1; round <= 3; round++) {
    await pauses('no reload', parts, () => setTimeout(1_000));
    writeRules(config.rulesDir, FILE_COUNT, () => round);
    await pauses(`all ${count} rules changed`, parts, reload);
    writeRules(config.rulesDir, 1, (rule) => (rule === 1 ? round + 10 : round));
    await pauses(`one of ${count} rules changed`, parts, reload);
    writeRules(config.rulesDir, 1, () => round);
    await reload();
  }
  await engine.close();
  store.close();
} finally {
  rmSync(DIR, { recursive: true });
}
