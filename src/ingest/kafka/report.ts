/** What people are told of a partition: loudly, with what was seen and what they decide. */
import type { Telemetry } from '../../event/telemetry.ts';
import type { Place } from './place.ts';

export interface ReportContext {
  readonly source: string;
  readonly topic: string;
  readonly reader: string;
  readonly telemetry: Telemetry;
}

/** Completes the text of a place that has just halted, and logs it. */
export function reportHalted(context: ReportContext, partition: number, place: Place): void {
  const { source, topic, reader, telemetry } = context;
  place.halted =
    `${topic}/${partition} is halted for ${reader}: ${place.halted ?? 'its log is not the one that was read'}. ` +
    'Nothing of it is read until you decide. To read the log that is there now from its beginning, give the source a new ' +
    'name and group in tocsin.yaml and restart; if the former log comes back, restart and reading goes on where it was.';
  telemetry.gauge('partition_halted', { source, partition, reader }, 1);
  telemetry.log.error(
    { 'event.action': 'kafka-halted', 'tocsin.source': source, 'kafka.partition': partition },
    place.halted,
  );
}

/** `place` stands already behind what is lost. */
export function reportLost(context: ReportContext, partition: number, place: Place, lost: number): void {
  const { source, topic, reader, telemetry } = context;
  telemetry.count('lines_lost', { source }, lost);
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
