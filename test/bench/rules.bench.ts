/**
 * How long 5,000 rules in 500 files take to be checked, and how long putting them into force keeps the stream waiting: the longest
 * time during which nothing else could run. `node test/bench/rules.bench.ts [RULES] [FILES]`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { compileMatcher } from '../../src/match/matcher.ts';
import { loadRules, loadRulesInSlices } from '../../src/rule/load.ts';
import { orderContext } from '../support/rule-context.ts';

const [ruleCount, fileCount] = [5_000, 500].map((most, i) => Number(process.argv[2 + i] ?? most));

function ruleText(i: number): string {
  const forms = [
    `when "ERROR" AND ("fault_${i}" OR "inventory rollback ${i}")\n  alert count >= 5 within 5m by service\n  for 1m`,
    `let paid = service:pay${i} AND "payment succeeded"\n  let synced = "inventory synced"\n  alert paid not followed by synced within 10m by order_id`,
    `let bad = status:F${i}\n  let every = status:*\n  alert count(bad) / count(every) > 5% and count(every) >= 100 within 10m by channel`,
    `when order_state:* AND error_code:E${i}\n  alert order_state stays PROCESSING for 72h by order_id`,
  ];
  const test = `test "t" {\n    at 0s x 5 every 10s { message: "ERROR fault_${i}", service: pay }\n    expect fire\n  }`;
  return `rule rule_${i} "Rule ${i}" {\n  severity low\n  owner team-order\n  ${forms[i % forms.length]!}\n  ${test}\n}\n`;
}

const dir = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
try {
  for (let file = 0; file < fileCount!; file++) {
    const folder = join(dir, `team${file % 20}`);
    mkdirSync(folder, { recursive: true });
    const each = Math.ceil(ruleCount! / fileCount!);
    const texts = Array.from({ length: each }, (_, i) => ruleText(file * each + i));
    writeFileSync(join(folder, `f${file}.rule`), texts.join('\n'));
  }
  let begun = performance.now();
  const checked = loadRules(dir, orderContext);
  const errors = checked.diagnostics.filter(({ severity }) => severity === 'error').length;
  const say = (what: string, ms: number): void =>
    void process.stdout.write(`${what}: ${Math.round(ms)} ms\n`);
  say(
    `${checked.ruleset?.rules.length ?? 0} rules in ${checked.files.length} files checked (${errors} errors)`,
    performance.now() - begun,
  );

  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  begun = performance.now();
  const { ruleset } = await loadRulesInSlices(dir, orderContext);
  await setTimeout(20);
  say('loaded in slices', performance.now() - begun);
  say('longest pause of the stream while loading', delay.max / 1e6);
  begun = performance.now();
  compileMatcher(ruleset!);
  say('longest pause while they come into force', performance.now() - begun);
} finally {
  rmSync(dir, { recursive: true });
}
