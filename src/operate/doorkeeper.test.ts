import { describe, expect, it } from 'vitest';
import { createDoorkeeper, isLoopback, tokenHash } from './doorkeeper.ts';

const TOKEN = 'correct horse battery';
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
const visitor = (host?: string, authorization?: string) => ({ host, authorization });

describe('who may read the text of logs', () => {
  const statusOf = (host: string, authorization?: string, hash?: string) =>
    createDoorkeeper({ host, names: [], ...(hash !== undefined && { tokenHash: hash }) }).mayNotRead(
      visitor('x', authorization),
    )?.status;

  it('is whoever is on this machine, where it listens only there and has no token', () => {
    expect(statusOf('127.0.0.1')).toBeUndefined();
    expect(statusOf('::1')).toBeUndefined();
    expect(statusOf('localhost')).toBeUndefined();
  });

  it('is nobody where others can reach it and no token is set', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.7', '192.168.1.1', 'tocsin.internal', '::ffff:10.0.0.7'])
      expect(statusOf(host, `Bearer ${TOKEN}`)).toBe(403);
  });

  it('is whoever has the token, on this machine too', () => {
    const hash = tokenHash('s3cret-s3cret-s3cret');
    for (const host of ['0.0.0.0', '127.0.0.1']) {
      expect(statusOf(host, 'Bearer s3cret-s3cret-s3cret', hash)).toBeUndefined();
      expect(statusOf(host, 'bearer  s3cret-s3cret-s3cret', hash)).toBeUndefined();
      expect(statusOf(host, basic('li:s3cret-s3cret-s3cret'), hash)).toBeUndefined();
      for (const wrong of [
        undefined,
        '',
        'Bearer',
        'Bearer ',
        'Bearer s3cret',
        basic('s3cret-s3cret-s3cret'),
        basic('s3cret-s3cret-s3cret:'),
        `Bearer ${hash}`,
        'Digest s3cret-s3cret-s3cret',
      ])
        expect(statusOf(host, wrong, hash)).toBe(401);
    }
  });
});

describe('the name that a request is for', () => {
  const doorkeeper = createDoorkeeper({ host: '127.0.0.1', names: ['Tocsin.example.com'] });

  it('is one of this machine, or the one under which people reach it', () => {
    for (const host of [
      '127.0.0.1:7080',
      '127.0.0.1',
      'localhost:7080',
      'LOCALHOST',
      '[::1]:7080',
      '127.8.9.1',
    ])
      expect(doorkeeper.wrongHost(visitor(host))).toBeUndefined();
    expect(doorkeeper.wrongHost(visitor('tocsin.example.com'))).toBeUndefined();
    expect(doorkeeper.wrongHost(visitor('tocsin.example.com:443'))).toBeUndefined();
  });

  it('is refused where a page of the web has made it ours', () => {
    for (const host of [
      'evil.example',
      'evil.example:7080',
      '127.0.0.1.evil.example',
      'localhost.evil',
      '',
      ':7080',
    ])
      expect(doorkeeper.wrongHost(visitor(host))?.status).toBe(421);
  });

  it('is not asked where any name may be right', () => {
    expect(createDoorkeeper({ host: '0.0.0.0', names: [] }).wrongHost(visitor('pod-7'))).toBeUndefined();
  });

  it('knows what reaches only this machine', () => {
    expect(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '128.0.0.1', 'localhost.example', ''].some(isLoopback)).toBe(false);
  });
});
