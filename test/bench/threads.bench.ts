/**
 * How much faster lines become matches where other threads read them: `node test/bench/threads.bench.ts [ROUNDS]`. Lines a second of the
 * wall clock with none and with one thread beside the one that matches, by turns; medians of the ratios within a round. Of use only on
 * a quiet machine with two cores. Matches are held to be equal.
 */
import { orderLines } from './lines/order-lines.ts';
import { orderRules } from './lines/order-rules.ts';
import {
  createKernelThreads,
  readInThreads,
  type KernelThreads,
} from '../../src/event/kernel/kernel-threads.ts';
import type { Batch } from '../../src/event/batch.ts';
import type { Matcher } from '../../src/match/matcher.ts';
import { createDecoder } from '../../src/ingest/decode/decoder.ts';
import { matcherOf, ORDER_SOURCE } from './peers/engines/decode-and-match.ts';
import { batchesOf, countOf } from './peers/engines/lines-of.ts';
import { orderSchema } from './peers/order-schema.ts';
import { figure } from './figure.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
const RULES = [1, 100, 1_000, 10_000];
const THREADS = [0, 1];
/** Passes over all lines in one measurement. */
const PASSES = 3;

interface Pass {
  readonly matches: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

const CORPUS = orderLines();
const BATCHES = batchesOf(Buffer.from(CORPUS.lines.map((line) => `${line}\n`).join('')));
const SCHEMA = orderSchema();

async function pass(matcher: Matcher, threads: KernelThreads): Promise<Pass> {
  const decoder = createDecoder(ORDER_SOURCE, SCHEMA);
  const kernel = matcher.kernel!;
  const [beganMs, cpu] = [performance.now(), process.cpuUsage()];
  let matches = 0;
  for (let i = 0; i < PASSES; i += 1) {
    let timing: string | undefined;
    const read = (each: Batch): Promise<Batch> => decoder.readAhead(each, kernel, threads)!;
    for await (const batch of threads === POOLS[0] ? BATCHES : readInThreads(threads, BATCHES, read)) {
      const decoded = decoder.decode(batch, timing, kernel);
      timing = decoded.timing;
      matches += matcher.matchLines(decoded).columns.length;
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  return { matches, wallMs: performance.now() - beganMs, cpuMs: (user + system) / 1_000 };
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const median = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)]!;

const POOLS = THREADS.map((count) => createKernelThreads(count, (error) => print(String(error))));
print('rules    threads    lines/s    to none    CPU to none');
for (const count of RULES) {
  const matcher = matcherOf(orderRules(count, CORPUS), SCHEMA);
  const rounds: Pass[][] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const passes: Pass[] = [];
    for (const threads of POOLS) passes.push(await pass(matcher, threads));
    if (new Set(passes.map(({ matches }) => matches)).size > 1) throw new Error('matches differ');
    // The first round warms up.
    if (round >= 0) rounds.push(passes);
  }
  for (const [i, threads] of THREADS.entries()) {
    const lines = PASSES * countOf(BATCHES);
    const rate = median(rounds.map((passes) => (lines / passes[i]!.wallMs) * 1_000));
    const wall = median(rounds.map((passes) => passes[0]!.wallMs / passes[i]!.wallMs));
    const cpu = median(rounds.map((passes) => passes[i]!.cpuMs / passes[0]!.cpuMs));
    const cells = [
      String(count).padEnd(8),
      String(threads).padEnd(10),
      Math.round(rate).toString().padEnd(10),
    ];
    print(`${cells.join(' ')} ${wall.toFixed(2).padEnd(10)} ${cpu.toFixed(2)}`);
    if (threads > 0) figure(`${count} rules, ${threads} threads, to none (ratio)`, wall);
  }
}
await Promise.all(POOLS.map((threads) => threads.close()));
