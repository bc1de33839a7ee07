/** What is known of a group beyond what its operator holds: where its alert stands. Most groups have none. */
import type { Episode } from '../../event/alert.ts';
import { positionText } from '../../event/event.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';

export interface Life {
  readonly phase: 'idle' | 'pending' | 'firing' | 'cooldown';
  /** pending, firing. */
  readonly pendingAtMs?: number | undefined;
  readonly opened?: Pick<Episode, 'alertId' | 'firstEvent' | 'samples' | 'measured'> | undefined;
  /** firing. */
  readonly firedAtMs?: number | undefined;
  /** firing: first instant at which the form no longer held. */
  readonly quietAtMs?: number | undefined;
  /** cooldown: its end. */
  readonly untilMs?: number | undefined;
  /** cooldown: the form held at the last instant. */
  readonly held: boolean;
  readonly count: number;
  readonly suppressed: number;
  /** First event of the last alert and how often it was one before, while the group still remembers events. */
  readonly lastFirst: string;
  readonly repeat: number;
}

export const newLife: Life = Object.freeze({
  phase: 'idle',
  held: false,
  count: 0,
  suppressed: 0,
  lastFirst: '',
  repeat: 0,
});

/** Nothing need be remembered of it. */
export function isSpentLife({ phase, suppressed }: Life): boolean {
  return phase === 'idle' && suppressed === 0;
}

export function firstName({ position, timeMs }: Episode['firstEvent']): string {
  return `${positionText(position)}@${timeMs}`;
}

/** How many alerts in a row of this group have begun with this event before. */
export function repeatOf(life: Life, first: Episode['firstEvent']): number {
  return firstName(first) === life.lastFirst ? life.repeat + 1 : 0;
}

/** Bytes of equal lives are equal, in whatever order their parts came to be. */
export function saveLife(life: Life, writer: ByteWriter): void {
  const { phase, pendingAtMs, opened, firedAtMs, quietAtMs, untilMs } = life;
  const { held, count, suppressed, lastFirst, repeat } = life;
  writer.json({
    ...{ phase, pendingAtMs, opened, firedAtMs, quietAtMs, untilMs },
    ...{ held, count, suppressed, lastFirst, repeat },
  });
}

export function loadLife(reader: ByteReader): Life {
  return reader.json() as Life;
}
