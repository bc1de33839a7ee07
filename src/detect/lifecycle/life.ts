/** The life of a group: the state of its alert, beside the state of its operator. Most groups have no life. */
import type { Episode } from '../../event/alert.ts';
import { positionText } from '../../event/event.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';

export interface Life {
  readonly phase: 'idle' | 'pending' | 'firing' | 'cooldown';
  /** Set in the phases pending and firing. */
  readonly pendingAtMs?: number | undefined;
  readonly opened?: Pick<Episode, 'alertId' | 'firstEvent' | 'samples' | 'measured'> | undefined;
  /** Set in the phase firing. */
  readonly firedAtMs?: number | undefined;
  /** Set in the phase firing: the first instant at which the form no longer held. */
  readonly quietAtMs?: number | undefined;
  /** Set in the phase cooldown: its end. */
  readonly untilMs?: number | undefined;
  /** In the phase cooldown: the form held at the last instant. */
  readonly held: boolean;
  /** Grows in place while the group fires: to copy a life at each event would cost more than all else. */
  count: number;
  readonly suppressed: number;
  /** The first event of the last alert, and how many alerts before it began with the same event. Kept while the group remembers events. */
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

/** True if nothing of the life must be remembered. */
export function isSpentLife(life: Life | undefined): boolean {
  return life === undefined || (life.phase === 'idle' && life.suppressed === 0);
}

export function firstName({ position, timeMs }: Episode['firstEvent']): string {
  return `${positionText(position)}@${timeMs}`;
}

/** Returns how many alerts in a row of this group have begun with this event before. */
export function repeatOf(life: Life, first: Episode['firstEvent']): number {
  return firstName(first) === life.lastFirst ? life.repeat + 1 : 0;
}

/** Writes the members in a fixed order, so that equal lives give equal bytes. */
export function saveLife(life: Life, writer: ByteWriter): void {
  const { phase, pendingAtMs, opened, firedAtMs, quietAtMs, untilMs } = life;
  const { held, count, suppressed, lastFirst, repeat } = life;
  writer.json({
    phase,
    pendingAtMs,
    opened,
    firedAtMs,
    quietAtMs,
    untilMs,
    held,
    count,
    suppressed,
    lastFirst,
    repeat,
  });
}

export function loadLife(reader: ByteReader): Life {
  return reader.json() as Life;
}
