import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compressionOf } from './compression.ts';

test.each([
  ['gzip', gzipSync('one\n')],
  ['zstd', zstdCompressSync('one\n')],
  ['bzip2', Buffer.from('425a6839314159265359f9d6e4ff', 'hex')],
  ['xz', Buffer.from('fd377a585a000004e6d6b446', 'hex')],
])('%s is known by how it begins', (name, bytes) => {
  expect(compressionOf(bytes)?.name).toBe(name);
});

test.each(['', '\n', 'B', 'BZh9 is our order', '{"a":1}', 'PK', ']', '7z'])('%j is text', (text) => {
  expect(compressionOf(Buffer.from(text))).toBeUndefined();
});

test('bytes without a beginning of their own are not told apart', () => {
  expect(compressionOf(deflateRawSync('one\n'))).toBeUndefined();
});
