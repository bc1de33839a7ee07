/**
 * Notices a state that knows less than an earlier one did. Reports this at once and notes it durably. Messages that may have been sent
 * before are marked when they are sent again: all messages about times before the loss was noticed, and none about later times.
 */
import type { Notes, OlderRow } from '../../detect/store/notes.ts';
import type { StateStore } from '../../detect/store/store.ts';
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Engine } from '../types.ts';

export interface StateAge {
  /** Messages decided about times up to here (ms since epoch) may have been sent before; -Infinity where nothing was lost. */
  readonly toldBeforeMs: () => number;
  /**
   * Notes that alerting has no position of a partition that its consumer group has read up to `offset`. Messages are marked from now on.
   * Resolves when that is durable.
   */
  continued(engine: Pick<Engine, 'tell'>, source: string, partition: number, offset: number): Promise<void>;
  /** Does as `continued` does, where alerting's position of a partition (`own`) is older than the group's: another process has read on from it. */
  readFurther(
    engine: Pick<Engine, 'tell'>,
    source: string,
    partition: number,
    own: number,
    offset: number,
  ): Promise<void>;
}

export interface StateAgeOptions {
  readonly store: Pick<StateStore, 'age' | 'transaction'>;
  readonly notes: Notes;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Notes durably the loss that the opening of the store has found. Call it before anything else reads the store. Throws FixableError. */
export function createStateAge({ store, notes, telemetry, clock }: StateAgeOptions): StateAge {
  let older = notes.read('older');
  /** True once this process has noted a loss. */
  let isRecorded = false;

  const record = (row: OlderRow): void => {
    older = row;
    isRecorded = true;
    const { kind, because } = row;
    telemetry.count('state_lost', { kind });
    telemetry.log.error(
      { 'event.action': 'state-older', 'tocsin.kind': kind },
      `${because}. ${consequences[kind]}`,
    );
  };

  const recordLoss = async (
    engine: Pick<Engine, 'tell'>,
    kind: OlderRow['kind'],
    because: string,
  ): Promise<void> => {
    if (isRecorded) return;
    const row: OlderRow = { kind, because, atMs: clock.nowMs() };
    record(row);
    await engine.tell([], (tx) => notes.write(tx, 'older', row));
  };

  const { loss } = store.age;
  const found = loss && { ...loss, atMs: clock.nowMs() };
  store.transaction((tx) => {
    if (found !== undefined) notes.write(tx, 'older', found);
    store.age.accept(tx);
  });
  if (found !== undefined) record(found);
  store.age.note();

  return {
    toldBeforeMs: () => older?.atMs ?? -Infinity,
    continued: (engine, source, partition, offset) =>
      recordLoss(
        engine,
        'group',
        `state.db knows nothing of partition ${partition} of source ${source}, which its group has read up to ${offset}`,
      ),
    readFurther: (engine, source, partition, own, offset) =>
      recordLoss(
        engine,
        'entries',
        `state.db has read partition ${partition} of source ${source} up to ${own}, its group up to ${offset}`,
      ),
  };
}

const TOLD_AGAIN = 'Alerts of before may be told again: they are marked as possible duplicates';

const consequences: Readonly<Record<OlderRow['kind'], string>> = {
  put_back: `What was read since is read again. ${TOLD_AGAIN}`,
  gone: `Files are alerted on from their beginning, Kafka from the offsets of the group. ${TOLD_AGAIN}`,
  another: `Reading goes on from the positions in it. ${TOLD_AGAIN}`,
  entries: `What was read since is read again. ${TOLD_AGAIN}`,
  windows: `Reading goes on where it was, all rules begin with empty windows. ${TOLD_AGAIN}`,
  group: `Reading goes on from there with empty windows. ${TOLD_AGAIN}`,
};
