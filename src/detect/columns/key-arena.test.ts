import { expect, it } from 'vitest';
import { hashInHand, KeyArena, takeKey } from './key-arena.ts';

const KEYS = ['', 'a', 'order-17', '订单', 'x'.repeat(254), 'x'.repeat(255), '长'.repeat(300)];

it('gives back each key by its address, with the hash that it has in hand', () => {
  const arena = new KeyArena();
  const addresses = KEYS.map((key) => (takeKey(key), arena.keep()));
  for (const [i, key] of KEYS.entries()) {
    expect(arena.text(addresses[i]!)).toBe(key);
    takeKey(key);
    expect(hashInHand()).toBe(arena.hash(addresses[i]!));
    expect(addresses.filter((address) => arena.isInHand(address))).toEqual([addresses[i]]);
  }
});

it('keeps a key of the same length where another one was freed', () => {
  const arena = new KeyArena();
  takeKey('order-17');
  const address = arena.keep();
  arena.free(address);
  takeKey('order-18');
  expect(arena.keep()).toBe(address);
  expect(arena.text(address)).toBe('order-18');
});
