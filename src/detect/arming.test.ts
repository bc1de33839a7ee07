import { expect, it } from 'vitest';
import { byteReader, byteWriter } from './columns/bytes.ts';
import { Arming } from './arming.ts';

it('is due at the earliest that was heard, and at no instant that is settled', () => {
  const arming = new Arming(['["pay"]'], true);
  expect([arming.isOpen, arming.dueMs]).toEqual([true, Infinity]);
  arming.saw(100, -Infinity);
  arming.saw(50, 79);
  arming.saw(90, -Infinity);
  expect(arming.dueMs).toBe(80);
  arming.done();
  arming.saw(10, -Infinity);
  expect([arming.isOpen, arming.dueMs]).toEqual([false, Infinity]);
});

it('goes back with the clock only where it was armed', () => {
  const arming = new Arming([], true);
  arming.clockWentBack(5, -Infinity);
  expect(arming.dueMs).toBe(Infinity);
  arming.saw(100, -Infinity);
  arming.clockWentBack(5, -Infinity);
  expect(arming.dueMs).toBe(5);
});

it.each([true, false])('comes back from its bytes (needed: %s)', (isNeeded) => {
  const arming = new Arming([], isNeeded);
  arming.saw(100, -Infinity);
  const writer = byteWriter();
  arming.save(writer);
  const again = new Arming([], true);
  again.load(byteReader(writer.finish()));
  expect([again.isOpen, again.dueMs]).toEqual([isNeeded, isNeeded ? 100 : Infinity]);
});
