import { describe, expect, it } from 'vitest';
import { createDescriptorWatch } from './descriptor-watch.ts';

function watched(limit: number, found: () => number | Error) {
  const said: string[] = [];
  let nowMs = 0;
  const note = (fields: Readonly<Record<string, unknown>>): void =>
    void said.push(String(fields['event.action']));
  const log = { debug: note, info: note, warn: note, error: note };
  const watch = createDescriptorWatch({
    telemetry: { log },
    steadyMs: () => nowMs,
    limit,
    open: () => {
      const answer = found();
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(Array.from({ length: answer }, String));
    },
  });
  return { watch, said, pass: (ms: number) => (nowMs += ms) };
}

describe('descriptors', () => {
  it('are named while they are short, with the limit, and for a minute after', async () => {
    let open = 100;
    const { watch, said, pass } = watched(1_000, () => open);
    await watch.look();
    expect([watch.problem(), said]).toEqual([undefined, []]);
    open = 900;
    await watch.look();
    await watch.look();
    expect(watch.problem()?.detail).toBe('the process has 900 of 1000 files open that it may have');
    expect(watch.problem()?.fix).toContain('ulimit -n');
    expect(said).toEqual(['descriptors-short']);
    open = 100;
    pass(59_000);
    await watch.look();
    expect(watch.problem()).toBeDefined();
    pass(2_000);
    expect(watch.problem()).toBeUndefined();
  });

  it('are named where none is left to look with', async () => {
    const { watch, said } = watched(1_000, () => Object.assign(new Error('no'), { code: 'EMFILE' }));
    await watch.look();
    expect(watch.problem()?.detail).toMatch(/files open that it may have$/u);
    expect(said).toEqual(['descriptors-short']);
  });

  it('are said to be few at the start, where they are', () => {
    expect(watched(100, () => 1).said).toEqual(['descriptors-few']);
  });
});
