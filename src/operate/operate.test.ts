import { describe, expect, it, vi } from 'vitest';
import { makeSecret } from '../config/secret.ts';
import { createLog } from './log.ts';
import { logRuntimeWarnings } from './runtime-warnings.ts';
import { onShutdown } from './shutdown.ts';

function lines(): { readonly written: string[]; readonly destination: { write(text: string): void } } {
  const written: string[] = [];
  return { written, destination: { write: (text) => void written.push(text) } };
}

describe('the log', () => {
  it('is JSON with ECS names', () => {
    const { written, destination } = lines();
    const log = createLog({ level: 'info', version: '1.2.3', destination });
    log.debug({}, 'not shown');
    log.warn({ 'event.action': 'reload', error: new TypeError('bad') }, 'rules refused');
    expect(written).toHaveLength(1);
    const line = JSON.parse(written[0]!) as Record<string, unknown>;
    expect(line).toMatchObject({
      'log.level': 'warn',
      'service.name': 'tocsin',
      'service.version': '1.2.3',
      'event.action': 'reload',
      'error.type': 'TypeError',
      'error.message': 'bad',
      message: 'rules refused',
    });
    expect(Date.parse(line['@timestamp'] as string)).toBeGreaterThan(0);
    expect(line).not.toHaveProperty('level');
  });

  it('takes warnings of the runtime, and leaves out the one that kafkajs causes all the time', async () => {
    const before = process.listeners('warning');
    const { written, destination } = lines();
    logRuntimeWarnings(createLog({ level: 'info', version: '1', destination }));
    try {
      process.emitWarning('-1 is a negative number.', 'TimeoutNegativeWarning');
      process.emitWarning('something\nwith token=hush', 'ExperimentalWarning');
      await vi.waitFor(() => expect(written).not.toHaveLength(0));
    } finally {
      process.removeAllListeners('warning');
      for (const listener of before) process.on('warning', listener);
    }
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ 'event.action': 'runtime-warning', 'error.type': 'ExperimentalWarning' }),
    ]);
    expect(written[0]).not.toContain('hush');
  });

  it('never holds a secret, whatever way it comes', () => {
    const { written, destination } = lines();
    const log = createLog({ level: 'info', version: '1', destination });
    const error = new Error('POST https://o.com/robot?access_token=hush1&sign=hush2 failed', {
      cause: new Error('smtp://me:hush3@mail:25 refused'),
    });
    log.error(
      {
        error,
        token: makeSecret('hush4'),
        config: {
          slack: { token: 'hush5' },
          list: ['Authorization: Bearer hush6'],
          deep: makeSecret('hush7'),
        },
        'slack.api_key': 'hush8',
      },
      'xoxb-hush9 was refused',
    );
    expect(written.join('')).not.toContain('hush');
    expect(written.join('')).toContain('smtp://me:[redacted]@mail:25');
  });
});

describe('signals', () => {
  it('ask once, insist the second time, and reload on SIGHUP', async () => {
    const said: string[] = [];
    const shutdown = onShutdown({
      atOnce: () => void said.push('now'),
      reload: () => void said.push('reload'),
    });
    process.emit('SIGHUP', 'SIGHUP');
    process.emit('SIGTERM', 'SIGTERM');
    expect(await shutdown.asked).toBe('SIGTERM');
    expect(said).toEqual(['reload']);
    process.emit('SIGINT', 'SIGINT');
    expect(said).toEqual(['reload', 'now']);
    shutdown.dispose();
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });
});
