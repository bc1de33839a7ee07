import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { makeBatch } from '../../../test/support/byte-batch.ts';
import { candidatesOf, type Tried } from '../../../test/support/candidates.ts';
import { LineKernel } from './line-kernel.ts';
import { ODD, QUIET, LANE_SHIFT, WANTED } from './tape.ts';

const ROOT = resolve(import.meta.dirname, '../../..');

test('the committed module is what the compiler makes of its sources', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
  try {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: { kernel: string };
    };
    const built = join(folder, 'kernel.wasm');
    const [, ...args] = scripts.kernel.replace(/-o \S+/u, `-o ${built}`).split(' ');
    execFileSync(process.execPath, [join(ROOT, 'node_modules/assemblyscript/bin/asc.js'), ...args], {
      cwd: ROOT,
    });
    const isSame = readFileSync(built).equals(readFileSync(join(import.meta.dirname, 'kernel.wasm')));
    expect(isSame, 'run `npm run kernel`').toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** A kernel that looks for `error` in the texts at `message`, which is an anchor. */
function errorKernel(): LineKernel {
  const kernel = new LineKernel();
  kernel.addField('text', ['message']);
  kernel.addText('token', 'error', 0);
  kernel.setCandidates(candidatesOf(1, [{ anchor: 0 }]));
  return kernel;
}

const read = (kernel: LineKernel, lines: readonly string[]) => kernel.read(makeBatch(lines, { readAtMs: 0 }));

test('a tape has a line of each state, and hits of the wanted ones', () => {
  const tape = read(errorKernel(), [
    '{"message":"an Error"}',
    '{"message":"fine"}',
    '{"message":',
    '{"message":"error"}',
  ]);
  expect([...tape.states]).toEqual([WANTED, QUIET, ODD, WANTED]);
  expect([...tape.hitsFrom]).toEqual([0, 1, 1, 1, 2]);
  expect([...tape.hits.filter((_, i) => i % 2 === 0)]).toEqual([0, 0]);
  expect(tape.hits[1]! >>> LANE_SHIFT).toBe(0);
});

test('a batch with more bytes, lines, hits or values than one call has room for is read in several', () => {
  const [kernel, single] = [errorKernel(), errorKernel()];
  kernel.keepsAll = true;
  single.keepsAll = true;
  const errors = `{"message":"${'error '.repeat(10_000)}"}`;
  const values = `{"message":[${'"error",'.repeat(7_000)}"x"]}`;
  const lines = [
    ...Array.from({ length: 70 }, (_, i) => (i % 2 === 0 ? errors : values)),
    `{"message":"${'x'.repeat(3_000_000)} error"}`,
    ...Array.from({ length: 9_000 }, () => '{"message":"error"}'),
  ];
  const tape = read(kernel, lines);
  expect(tape.states[70]).toBe(ODD);
  for (const [i, line] of lines.entries()) {
    if (i > 75 && i < lines.length - 5) continue;
    const own = read(single, [line]);
    expect(tape.states[i]).toBe(own.states[0]);
    expect(tape.hitsFrom[i + 1]! - tape.hitsFrom[i]!).toBe(own.hitsFrom[1]);
    expect(tape.valuesFrom[i + 1]! - tape.valuesFrom[i]!).toBe(own.valuesFrom[1]);
  }
  expect(tape.states.filter((state) => state === WANTED)).toHaveLength(lines.length - 1);
});

test('words beyond ASCII are found from the first line on, also where they are escaped', () => {
  for (const line of ['{"message":"an é 支 error"}', String.raw`{"message":"an \u00e9 \u652f \u0065rror"}`]) {
    const kernel = errorKernel();
    kernel.addText('token', '支', 1);
    const tape = read(kernel, ['{"message":"fine"}', line]);
    expect([...tape.states]).toEqual([QUIET, WANTED]);
    expect([...tape.hits.filter((_, i) => i % 2 === 0)]).toEqual([1, 0]);
  }
});

test('every line of a batch is read, whatever its place in it', () => {
  const lines = Array.from({ length: 300 }, (_, i) => `{"a":${i},"message":"${'x '.repeat(i)}error"}`);
  const tape = read(errorKernel(), lines);
  expect(tape.states.every((state) => state === WANTED)).toBe(true);
  expect(tape.hits).toHaveLength(2 * lines.length);
});

test('a line is wanted if it has an anchor and the second atom of some rule, in a lane of it', () => {
  const kernel = new LineKernel();
  kernel.addField('text', ['message']);
  kernel.addField('text', ['service']);
  for (const [atom, text] of ['order', 'failed', 'stock', 'api'].entries())
    kernel.addText('token', text, atom);
  kernel.addPair(1, 2, 4);
  const tried = [
    { anchor: 0, second: 1 },
    { anchor: 0, second: 3, lanes: 2 },
    { anchor: 4, second: 3 },
  ];
  kernel.setCandidates(candidatesOf(5, tried, [0, 1]));
  const tape = read(kernel, [
    '{"message":"order"}',
    '{"message":"failed order"}',
    '{"message":"failed"}',
    '{"message":"order api"}',
    '{"message":"order","service":"api"}',
    '{"message":"failed stock api"}',
    '{"message":"failed x stock api"}',
    '{"message":"failed","service":"stock api"}',
    '{"message":["failed","stock"],"service":"api"}',
  ]);
  expect([...tape.states].map((state) => state === WANTED)).toEqual([
    false,
    true,
    false,
    false,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('candidates that are set anew, as many as come, hold from then on', () => {
  const kernel = errorKernel();
  const wants = (line: string): boolean => read(kernel, [line]).states[0] === WANTED;
  for (const atoms of [1, 5_000, 3, 100_000, 0]) {
    for (let atom = 1; atom < Math.min(atoms, 4); atom += 1) kernel.addText('token', `word${atom}`, atom);
    kernel.setCandidates(candidatesOf(atoms, [{ anchor: atoms - 1, second: 0 }].slice(0, atoms)));
    expect(wants('{"message":"error"}')).toBe(atoms === 1);
    expect(wants('{"message":"error word2"}')).toBe(atoms === 1 || atoms === 3);
  }
});

test('lines that many rules want are read in several calls, and one that more rules want than there is room for is odd', () => {
  const kernel = errorKernel();
  const lines = Array.from({ length: 120 }, (_, i) =>
    i % 3 === 0 ? '{"message":"fine"}' : '{"message":"error"}',
  );
  const wantedBy = (rules: number) => candidatesOf(1, Array<Tried>(rules).fill({ anchor: 0 }), [0]);
  kernel.setCandidates(wantedBy(5_000));
  const tape = read(kernel, lines);
  for (const i of lines.keys()) {
    const [from, to] = [tape.triedFrom[i]!, tape.triedFrom[i + 1]!];
    expect(to - from).toBe(i % 3 === 0 ? 0 : 5_000);
    expect(tape.tried.slice(from, to).every((each, rule) => each === 2 * rule)).toBe(true);
  }
  kernel.setCandidates(wantedBy(262_145));
  expect([...read(kernel, lines.slice(0, 4)).states]).toEqual([QUIET, ODD, ODD, QUIET]);
});
