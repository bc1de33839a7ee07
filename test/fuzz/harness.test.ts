import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { fuzz, type Fuzzer } from './harness.ts';

const of = (run: Fuzzer<number>['run'], rest: Partial<Fuzzer<number>> = {}): Fuzzer<number> => ({
  name: 'numbers',
  input: (random) => random.below(1_000_000),
  run,
  ...rest,
});

const spin = (ms: number): void => {
  const from = process.threadCpuUsage();
  const spent = (): number => {
    const { user, system } = process.threadCpuUsage(from);
    return (user + system) / 1_000;
  };
  while (spent() < ms);
};

test('the same seed gives the same inputs, and each seed another', async () => {
  const seen: number[][] = [];
  for (const seed of ['7', '7', '8']) {
    process.env['TOCSIN_SEED'] = seed;
    const inputs: number[] = [];
    await fuzz(
      of((input) => void inputs.push(input)),
      500,
    );
    seen.push(inputs);
  }
  delete process.env['TOCSIN_SEED'];
  expect(seen[0]!.length).toBeGreaterThan(10);
  expect(seen[1]!.slice(0, 10)).toEqual(seen[0]!.slice(0, 10));
  expect(seen[2]!.slice(0, 9)).toEqual(seen[0]!.slice(1, 10));
  expect(new Set(seen[0]).size).toBeGreaterThan(seen[0]!.length / 2);
});

test('a step that goes wrong is named with its seed and its input', async () => {
  const failing = of((input) => {
    if (input > 500_000) throw new TypeError('no such thing');
  });
  await expect(fuzz(failing, 5_000)).rejects.toThrow(
    /TOCSIN_SEED=\d+\nTypeError: no such thing[^]*input: \d+/u,
  );
});

test('a thread that is held, and a wait without end, are told', async () => {
  await expect(
    fuzz(
      of(() => spin(1_300)),
      10,
    ),
  ).rejects.toThrow('held the thread');
  await expect(
    fuzz(
      of(() => new Promise(() => undefined), { stepMs: 50 }),
      10,
    ),
  ).rejects.toThrow('no end within 50 ms');
});

test('memory that is kept is told', async () => {
  const kept: Buffer[] = [];
  const hoarding = of(() => void kept.push(Buffer.alloc(8 << 20, 1)), { growthBytes: 32 << 20 });
  await expect(fuzz(hoarding, 5_000)).rejects.toThrow('the process has grown');
});

test.each([
  'setTimeout(() => { throw new Error("nobody caught it"); })',
  'Promise.reject(new Error("nobody caught it"))',
])('what escapes is told: %s', (escape) => {
  // In a process of its own: the runner of the tests would take it for its own failure.
  const program = `
      import { fuzz } from ${JSON.stringify(new URL('harness.ts', import.meta.url).href)};
      const run = () => { void (() => ${escape})(); return new Promise((go) => setTimeout(go, 50)); };
      await fuzz({ name: 'x', input: () => 1, run }, 10).catch((error) => console.log(error.message));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  expect(output).toMatch(/TOCSIN_SEED=\d+\nError: nobody caught it/u);
});
