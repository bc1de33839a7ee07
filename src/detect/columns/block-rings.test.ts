import { expect, it } from 'vitest';
import { BlockRings } from './block-rings.ts';

it('give each queue places of its own, in order, and use again what was taken back', () => {
  const rings = new BlockRings(2);
  const noMove = (): void => expect.unreachable();
  const places = [0, 1, 0, 0, 1].map((slot) => rings.push(slot, noMove));
  expect(new Set(places).size).toBe(5);
  expect([...rings.places(0)]).toEqual([places[0], places[2], places[3]]);
  expect([rings.front(1), rings.back(1), rings.total]).toEqual([places[1], places[4], 5]);
  const { capacity } = rings;
  rings.clear(0);
  expect([rings.size(0), rings.total]).toEqual([0, 2]);
  for (let i = 0; i < 4; i++) rings.push(2, noMove);
  expect(rings.capacity).toBe(capacity);
});

it('tell their owner to move what fits into one block to its front', () => {
  const rings = new BlockRings(4);
  const moves: number[][] = [];
  const move = (...move: number[]): void => void moves.push(move);
  for (let i = 0; i < 4; i++) rings.push(0, move);
  rings.shift(0);
  expect(rings.push(0, move)).toBe(3);
  expect(moves).toEqual([[1, 0, 3]]);
  expect([...rings.places(0)]).toEqual([0, 1, 2, 3]);
});

it('keep their sizes where one queue has more entries than the others', () => {
  const rings = new BlockRings(2);
  const sizes = [3, 254, 255, 256, 257, 1_000, 1];
  for (const [slot, size] of sizes.entries())
    for (let n = 0; n < size; n++) rings.push(slot, () => undefined);
  for (const [slot, size] of sizes.entries()) {
    expect(rings.size(slot)).toBe(size);
    expect(new Set(rings.places(slot)).size).toBe(size);
    for (let n = size; n > 1; n--) rings.shift(slot);
    expect(rings.size(slot)).toBe(1);
  }
  expect(rings.total).toBe(sizes.length);
});
