/**
 * Minutes of odd rule files (bytes, mutated rules, deep nesting, up to 10 MB) through check, lint, fmt and explain, in a process of their
 * own: nothing may crash or speak of the parser, no tool may take above 2 s or the process above 512 MB. A process examines some
 * thousands of texts, since what it holds at most says less of one text the longer it lives. Says the slowest of each tool
 * and the most memory; exits with 1 at a finding, its bytes kept. `node test/bench/odd-rules.bench.ts [SECONDS] [SEED]`,
 * the seed also as TOCSIN_SEED.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { examineRules } from '../support/examined-rules.ts';
import { oddRuleBytes } from '../support/odd-rule-texts.ts';
import { figure } from './figure.ts';

const [BYTES_MAX, CPU_MAX_MS, MEMORY_MAX_MB] = [10 * 1_048_576, 2_000, 512];
const TEXTS_A_PROCESS = 5_000;

interface Examined {
  /** CPU time of each tool, ms. */
  readonly tools: Readonly<Record<string, number>>;
  readonly fault?: string;
  readonly memoryMb: number;
}

function examine(dir: string): Examined {
  const tools: Record<string, number> = {};
  const memoryMb = (): number => Math.round(process.resourceUsage().maxRSS / 1024);
  try {
    examineRules(dir, readFileSync(join(dir, 'x.rule')), (tool, work) => {
      const begun = process.threadCpuUsage();
      const result = work();
      const { user, system } = process.threadCpuUsage(begun);
      tools[tool] = Math.round((user + system) / 1000);
      return result;
    });
    return { tools, memoryMb: memoryMb() };
  } catch (error) {
    return { tools, fault: String(error).slice(0, 500), memoryMb: memoryMb() };
  }
}

async function examineMany(seconds: number, firstSeed: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-odd-'));
  const slowest = new Map<string, { readonly ms: number; readonly what: string }>();
  const findings: string[] = [];
  // Half of the bound, as Node itself does in a container of 512 MB; without it garbage is left lying while there is room.
  const begin = (): ChildProcess =>
    fork(import.meta.filename, { execArgv: [`--max-old-space-size=${MEMORY_MAX_MB / 2}`] });
  let examiner = begin();
  let [texts, seed, memoryMb] = [0, firstSeed, 0];
  const find = (what: string): void => {
    const kept = join(tmpdir(), `odd-${findings.length}.rule`);
    writeFileSync(kept, readFileSync(join(dir, 'x.rule')));
    findings.push(`${what} (${kept}, seed ${seed})`);
  };
  for (const endAt = performance.now() + seconds * 1000; performance.now() < endAt; seed++) {
    for (const bytes of fc.sample(oddRuleBytes(BYTES_MAX), { seed, numRuns: 10 })) {
      writeFileSync(join(dir, 'x.rule'), bytes);
      examiner.send(dir);
      const [examined] = (await once(examiner, 'message')) as [Examined];
      if (examined.fault !== undefined) find(examined.fault);
      if (memoryMb <= MEMORY_MAX_MB && examined.memoryMb > MEMORY_MAX_MB)
        find(`${examined.memoryMb} MB of memory`);
      memoryMb = Math.max(memoryMb, examined.memoryMb);
      for (const [tool, ms] of Object.entries(examined.tools)) {
        const what = `${bytes.length} bytes: ${JSON.stringify(Buffer.from(bytes.subarray(0, 40)).toString())}`;
        if (ms > (slowest.get(tool)?.ms ?? 0)) slowest.set(tool, { ms, what });
        if (ms > CPU_MAX_MS) find(`${tool} took ${ms} ms`);
      }
      texts += 1;
      if (texts % TEXTS_A_PROCESS > 0) continue;
      examiner.disconnect();
      examiner = begin();
    }
  }
  examiner.disconnect();
  rmSync(dir, { recursive: true });
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  figure('texts', texts);
  figure('most memory: MB', memoryMb);
  say(`${texts} texts, seeds ${firstSeed} to ${seed - 1}; at most ${memoryMb} MB`);
  for (const [tool, { ms, what }] of slowest) {
    figure(`${tool}, slowest: ms of CPU`, ms);
    say(`${tool}: at most ${ms} ms of CPU (${what})`);
  }
  for (const finding of findings) say(`FOUND ${finding}`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}

if (process.send === undefined) {
  const seed = process.argv[3] ?? process.env['TOCSIN_SEED'] ?? Date.now() % 1_000_000;
  await examineMany(Number(process.argv[2] ?? 300), Number(seed));
} else process.on('message', (dir: string) => process.send!(examine(dir)));
