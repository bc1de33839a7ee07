/**
 * Times and positions of events, ten bytes each. Many events share their source, their partition and the upper halves of time and offset.
 * Such a combination is kept once and has a number. An event keeps this number and the two lower halves. Nothing is rounded.
 */
import type { EventPosition } from '../../event/event.ts';
import { noShorts, noWords, withRoom } from './columns.ts';
import type { EventRef } from '../input/event-ref.ts';

/** Events in flat columns, by an index that the owner gives out. */
export interface EventColumn {
  /** Makes room for indices below `length`. */
  grow(length: number): void;
  set(at: number, event: EventRef): void;
  timeMs(at: number): number;
  get(at: number): EventRef;
  /** Copies an event over another one. */
  move(from: number, to: number): void;
  readonly bytes: number;
}

const HALF = 2 ** 32;

interface Common {
  readonly source: string;
  readonly partition: number;
  readonly timeHigh: number;
  readonly offsetHigh: number;
}

export function createEventColumn(): EventColumn {
  let timeLow = noWords;
  let offsetLow = noWords;
  // Replaced by 32-bit numbers as soon as there are more than 65,536 combinations.
  let numbers: Uint16Array | Uint32Array = noShorts;
  const commons: Common[] = [];
  const known = new Map<string, number>();
  let last = -1;

  function numberOf({ source, partition }: EventPosition, timeHigh: number, offsetHigh: number): number {
    const recent = commons[last];
    if (
      recent?.partition === partition &&
      recent.timeHigh === timeHigh &&
      recent.offsetHigh === offsetHigh &&
      recent.source === source
    )
      return last;
    const key = `${partition} ${timeHigh} ${offsetHigh} ${source}`;
    let number = known.get(key);
    if (number === undefined) {
      number = commons.length;
      commons.push({ source, partition, timeHigh, offsetHigh });
      known.set(key, number);
      if (number > 0xffff && numbers instanceof Uint16Array) numbers = Uint32Array.from(numbers);
    }
    last = number;
    return number;
  }

  return {
    grow(length) {
      timeLow = withRoom(timeLow, length);
      offsetLow = withRoom(offsetLow, length);
      numbers = withRoom<Uint16Array | Uint32Array>(numbers, length);
    },
    set(at, { timeMs, position }) {
      const timeHigh = Math.floor(timeMs / HALF);
      const offsetHigh = Math.floor(position.offset / HALF);
      // Called before `numbers` is used: it may replace `numbers` by a wider column.
      const number = numberOf(position, timeHigh, offsetHigh);
      numbers[at] = number;
      timeLow[at] = timeMs - timeHigh * HALF;
      offsetLow[at] = position.offset - offsetHigh * HALF;
    },
    timeMs: (at) => commons[numbers[at]!]!.timeHigh * HALF + timeLow[at]!,
    get(at) {
      const { source, partition, timeHigh, offsetHigh } = commons[numbers[at]!]!;
      return {
        timeMs: timeHigh * HALF + timeLow[at]!,
        position: { source, partition, offset: offsetHigh * HALF + offsetLow[at]! },
      };
    },
    move(from, to) {
      timeLow[to] = timeLow[from]!;
      offsetLow[to] = offsetLow[from]!;
      numbers[to] = numbers[from]!;
    },
    get bytes() {
      return timeLow.byteLength + offsetLow.byteLength + numbers.byteLength;
    },
  };
}
