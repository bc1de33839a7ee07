/** The state of alerting is lost, or a part of it: the next start says so, and what it tells again it marks. */
import { copyFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { openShop, type Shop } from '../support/shop.ts';
import { until, type TocsinProcess } from '../support/tocsin-process.ts';

const CLOSING: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of CLOSING.splice(0).reverse()) await close();
});

function running(place: Shop): TocsinProcess {
  const tocsin = place.run();
  CLOSING.push(() => tocsin.end('SIGKILL'));
  return tocsin;
}

const MARKED = 'Possible duplicate';
/** In every message of the shop's rule, and in none of Tocsin's own alerts. */
const FIRING = '(order_timeouts)';

const count = (text: string, word: string): number => text.split(word).length - 1;

/** Waits until the terminal shows so many firings, and this. */
async function fired(tocsin: TocsinProcess, firings: number): Promise<string> {
  await until(
    () => count(tocsin.stdout(), FIRING) >= firings,
    60_000,
    () => tocsin.stdout() + tocsin.stderr(),
  );
  return tocsin.stdout();
}

const burst = (place: Shop, service: string): void => {
  for (let i = 0; i < 3; i += 1) place.fault(service);
};

test.each([
  [
    'state.db is removed',
    'gone',
    (place: Shop) =>
      ['', '-wal', '-shm'].forEach((end) => rmSync(place.path(`data/state.db${end}`), { force: true })),
  ],
  ['state.db-wal is lost', 'another|entries|gone', (place: Shop) => rmSync(place.path('data/state.db-wal'))],
  [
    'state.db of before is put back by hand',
    'entries',
    (place: Shop) => {
      for (const end of ['-wal', '-shm']) rmSync(place.path(`data/state.db${end}`), { force: true });
      copyFileSync(place.path('before.db'), place.path('data/state.db'));
    },
  ],
])(
  'after a crash %s: said at the start, and told again as a possible duplicate; what is new is not marked',
  async (_title, kind, lose) => {
    const place = openShop();
    CLOSING.push(() => place.close());
    const first = running(place);
    await until(
      () => first.stderr().includes('"message":"running"'),
      60_000,
      () => first.stderr(),
    );
    expect(await first.end('SIGTERM')).toBe(0);
    const before = new DatabaseSync(place.path('data/state.db'));
    before.exec(`VACUUM INTO '${place.path('before.db')}'`);
    before.close();

    const second = running(place);
    burst(place, 'pay');
    expect(await fired(second, 1)).not.toContain(MARKED);
    // What state.db has come to is noted once a second.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await second.end('SIGKILL');
    lose(place);

    const third = running(place);
    const again = await fired(third, 1);
    expect(count(again, FIRING)).toBe(1);
    expect(count(again, MARKED)).toBe(1);
    expect(third.stderr()).toMatch(new RegExp(`"event.action":"state-older"`, 'u'));
    expect(third.stderr()).toMatch(new RegExp(`"tocsin.kind":"(${kind})"`, 'u'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    burst(place, 'stock');
    const all = await fired(third, 2);
    expect(count(all, MARKED)).toBe(1);
    await until(
      () => third.stdout().includes('(tocsin_state_older)'),
      60_000,
      () => third.stdout(),
    );
    expect(await third.end('SIGTERM')).toBe(0);

    const fourth = running(place);
    burst(place, 'cart');
    expect(await fired(fourth, 1)).not.toContain(MARKED);
    expect(fourth.stderr()).not.toContain('state-older');
    expect(await fourth.end('SIGTERM')).toBe(0);
  },
);
