/**
 * A process that tells many groups by mail is killed again and again, while the mail server is slow to say that it has taken a mail,
 * now and then for longer than a process lives, or loses the connection first. Whatever was on its way then may have been taken.
 */
import { DatabaseSync } from 'node:sqlite';
import { simpleParser } from 'mailparser';
import { expect } from 'vitest';
import { startScriptedSmtp, usually } from '../support/scripted-smtp.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { seeded, type Random } from '../support/timelines.ts';
import { until, type TocsinProcess } from '../support/tocsin-process.ts';

export interface MailKills {
  readonly groups: number;
  readonly kills: number;
}

/** A mail that came whole; the groups that it tells of. */
interface Came {
  readonly groups: readonly string[];
  readonly isMarked: boolean;
}

const SEVERITIES = ['critical', 'high', 'info'];
const RULES = SEVERITIES.map((severity) => {
  const when = `when     "ERROR" AND "fault_${severity}"`;
  return `rule fault_${severity} {\n  severity ${severity}\n  ${when}\n  alert    count >= 1 within 12h by service\n}\n`;
}).join('\n');

/** Fails where nobody was told of a group, or was told of it twice without a word. */
export async function surviveKills({ groups, kills }: MailKills): Promise<void> {
  const seed = Number(process.env['TOCSIN_SEED'] ?? Date.now() % 1_000_000_000);
  process.stderr.write(`seed ${seed} (TOCSIN_SEED)\n`);
  const random = seeded(seed);
  const came: Came[] = [];
  const server = await startScriptedSmtp((stage, socket, mail) => {
    if (stage !== 'text') {
      usually(stage, socket, mail);
      return;
    }
    const place = came.push({ groups: [], isMarked: false }) - 1;
    void simpleParser(mail).then(({ text = '' }) => {
      const told = [...new Set(text.match(/\bgroup-\d+\b/gu))];
      came[place] = { groups: told, isMarked: text.includes('Possible duplicate') };
    });
    answerLate(
      random,
      () => socket.writable && socket.write('250 taken\r\n'),
      () => socket.destroy(),
    );
  });
  const shop = openShop({
    channels: `{ email: { smtp: '${server.url}', from: 'tocsin@example.com', rate: 50/s, answer_within: 20s } }`,
    routes: "'email:orders@example.com'",
  });
  shop.write('rules/order.rule', RULES);
  let tocsin: TocsinProcess | undefined;
  try {
    for (let i = 0; i < kills; i++) {
      tocsin = shop.run();
      const [from, to] = [i, i + 1].map((part) => Math.floor((part * groups) / kills));
      for (let group = from!; group < to!; group++)
        shop.fault(`group-${group}`, `fault_${random.pick(SEVERITIES)}`);
      const running = tocsin;
      await until(
        () => running.stderr().includes('"message":"running"'),
        60_000,
        () => running.stderr(),
      );
      await new Promise((resolve) => setTimeout(resolve, random.below(6_000)));
      await tocsin.end('SIGKILL');
    }
    const last = (tocsin = shop.run());
    const missing = (): string[] => missingOf(came, groups);
    await until(
      () => missing().length === 0 && undelivered(shop) === 0,
      30_000 + groups * 1_000,
      () => `missing: ${missing().join(' ')}\n${last.stderr().slice(-4_000)}`,
    );
    expect(await last.end('SIGTERM')).toBe(0);
    expect(missing()).toEqual([]);
    expect(doubled(came)).toEqual([]);
  } finally {
    await tocsin?.end('SIGKILL');
    await server.close();
    shop.close();
  }
}

/** Messages that wait in the state file. */
function undelivered(shop: Shop): number {
  const database = new DatabaseSync(shop.path('data/state.db'), { readOnly: true });
  try {
    return Number(database.prepare("SELECT count(*) AS n FROM outbox WHERE state = 'pending'").get()?.['n']);
  } finally {
    database.close();
  }
}

/** Mostly soon; sometimes after more than the nine seconds that other servers need for a virus; now and then not at all. */
function answerLate(random: Random, answer: () => unknown, drop: () => unknown): void {
  if (random.chance(2)) setTimeout(drop, random.below(2_000));
  else if (random.chance(3)) setTimeout(answer, 9_000 + random.below(4_000));
  else setTimeout(answer, random.below(random.chance(20) ? 3_000 : 300));
}

function missingOf(came: readonly Came[], groups: number): string[] {
  const told = new Set(came.flatMap((mail) => mail.groups));
  return Array.from({ length: groups }, (_, i) => `group-${i}`).filter((group) => !told.has(group));
}

/** Groups of mails that do not say that they may be the second. */
function doubled(came: readonly Came[]): string[] {
  const told = new Set<string>();
  return came.flatMap(({ groups, isMarked }) => {
    const again = groups.filter((group) => told.has(group));
    for (const group of groups) told.add(group);
    return isMarked ? [] : again;
  });
}
