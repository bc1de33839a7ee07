/**
 * Reports a rules folder that never comes to rest, so that no change of it can be taken up: in the log and on /readyz while it lasts. A
 * half-written set must not run, because the alerts of a rule that seems removed are closed.
 */
import { localTime } from '../../event/local-time.ts';
import type { Log } from '../../event/telemetry.ts';
import { visibleLine } from '../../event/visible.ts';

export interface RulesUnrest {
  /** Notes a file that changes again and again; undefined: the folder is quiet and taken up. `watchRules` calls it. */
  readonly note: (file: string | undefined) => void;
  readonly problem: () => { readonly detail: string; readonly fix: string } | undefined;
}

export interface RulesUnrestOptions {
  readonly log: Log;
  /** Returns when the rules that run now were put into force. */
  readonly rulesSinceMs: () => number;
  readonly timezone: string | undefined;
}

const FIX =
  'see what writes there (a synchronisation, a generator, an editor that saves all the time) and let it write elsewhere, then move whole files into the folder; SIGHUP takes the folder up as it is';

export function createRulesUnrest({ log, rulesSinceMs, timezone }: RulesUnrestOptions): RulesUnrest {
  let changing: string | undefined;
  const detail = (file: string): string =>
    `the rules folder changes all the time (${file}), so that no change of it is taken up; the rules of ${localTime(rulesSinceMs(), timezone)} hold`;
  return {
    note(file) {
      const before = changing;
      changing = file === undefined ? undefined : visibleLine(file, 300);
      if (changing !== undefined && before === undefined)
        log.warn({ 'event.action': 'rules-restless' }, `${detail(changing)}. ${FIX}`);
      if (changing === undefined && before !== undefined)
        log.info(
          { 'event.action': 'rules-quiet' },
          'the rules folder is quiet again, its changes are taken up',
        );
    },
    problem: () => (changing === undefined ? undefined : { detail: detail(changing), fix: FIX }),
  };
}
