import { expect, it } from 'vitest';
import type { Log } from '../../event/telemetry.ts';
import { createRulesUnrest } from './unrest.ts';

it('a folder that is never quiet is a problem while it lasts, told once in the log, with the rules that hold', () => {
  const told: string[] = [];
  const say =
    (level: string) =>
    (_fields: object, text: string): void =>
      void told.push(`${level} ${text}`);
  const log: Log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const sinceMs = Date.parse('2026-11-23T12:03:11Z');
  const unrest = createRulesUnrest({ log, rulesSinceMs: () => sinceMs, timezone: 'Asia/Shanghai' });
  expect(unrest.problem()).toBeUndefined();
  unrest.note('pay/a.rule');
  unrest.note('b\u202e.rule');
  expect(unrest.problem()!.detail).toMatch(/^the rules folder changes all the time \(b.{1,12}\.rule\)/u);
  expect(unrest.problem()!.detail).toContain('the rules of 2026-11-23 20:03:11 +08:00 hold');
  expect(unrest.problem()!.detail).not.toContain('\u202e');
  unrest.note(undefined);
  unrest.note(undefined);
  expect(unrest.problem()).toBeUndefined();
  expect(told).toEqual([
    expect.stringMatching(/^warn the rules folder changes all the time \(pay\/a\.rule\)/u),
    expect.stringMatching(/^info the rules folder is quiet again/u),
  ]);
});
