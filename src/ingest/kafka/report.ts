/** Reports trouble with a partition as errors: the facts, and the decision that people must take. */
import type { Telemetry } from '../../event/telemetry.ts';
import type { PartitionPlace } from './place.ts';
import type { OpenTransaction } from './transactions.ts';

export interface KafkaReportContext {
  readonly source: string;
  readonly topic: string;
  readonly reader: string;
  readonly telemetry: Telemetry;
}

/** Completes the text of a place that has just halted, and logs it. */
export function reportHalted(context: KafkaReportContext, partition: number, place: PartitionPlace): void {
  const { source, topic, reader, telemetry } = context;
  const wayBack =
    place.unfit === undefined ? 'if the former log comes back, restart' : 'or put that back and restart';
  place.halted =
    `${topic}/${partition} is halted for ${reader}: ${place.halted ?? 'its log is not the one that was read'}. ` +
    'Nothing of it is read until you decide. To read the log that is there now from its beginning, give the source a new ' +
    `name and group in tocsin.yaml and restart; ${wayBack} and reading goes on where it was.`;
  telemetry.gauge('partition_halted', { source, partition, reader }, 1);
  telemetry.log.error(
    { 'event.action': 'kafka-halted', 'tocsin.source': source, 'kafka.partition': partition },
    place.halted,
  );
}

/** Reports lost lines. `place` is already behind them. */
export function reportLost(
  context: KafkaReportContext,
  partition: number,
  place: PartitionPlace,
  lost: number,
): void {
  const { source, topic, reader, telemetry } = context;
  telemetry.count('lines_lost', { source, reader }, lost);
  telemetry.log.error(
    {
      'event.action': 'kafka-lost',
      'tocsin.source': source,
      'kafka.partition': partition,
      'tocsin.lost': lost,
    },
    `${topic}/${partition}: up to ${lost} lines (offsets ${place.next - lost} to ${place.next - 1}) were removed from the log ` +
      `before ${reader} read them; reading goes on at ${place.next}. Raise retention.ms or retention.bytes of ${topic}, or find ` +
      'out why reading was behind.',
  );
}

/** Reports a transaction that is not waited for any more. The records from it up to `high` are not given to consumers while it is open. */
export function reportOutwaited(
  context: KafkaReportContext,
  partition: number,
  transaction: OpenTransaction,
  high: number,
): void {
  const { source, topic, reader, telemetry } = context;
  telemetry.count('transactions_hanging', { source, reader });
  telemetry.log.error(
    {
      'event.action': 'kafka-transaction-outwaited',
      'tocsin.source': source,
      'kafka.partition': partition,
      'kafka.offset': transaction.offset,
    },
    `${topic}/${partition}: the transaction at offset ${transaction.offset} has been open for longer than transaction_wait; ` +
      `rules no longer wait for it, and what stands behind it (offsets ${transaction.offset} to ${high - 1}) may come too late for ` +
      'them. Find the producer that left it open, or end it with kafka-transactions.sh abort',
  );
}
