/** Masks events for an archive that is masked as well: line, document and values without anything that people may not see. */
import type { JsonObject, LogEvent } from '../../event/event.ts';
import { fieldValue } from '../../event/field-value.ts';
import type { Mask } from '../../event/mask/mask.ts';
import { parsingWithNumberTexts, writingWithNumberTexts } from '../../event/number-text.ts';
import type { Slices } from '../../event/slices.ts';

/** Masks events in slices, because lines may be long. Returns the event itself where nothing in it was masked. */
export function* maskedEvents(events: readonly LogEvent[], mask: Mask): Slices<readonly LogEvent[]> {
  const shown: LogEvent[] = [];
  for (const event of events) {
    shown.push(yield* maskedEvent(event, mask));
    yield;
  }
  return shown;
}

function* maskedEvent(event: LogEvent, mask: Mask): Slices<LogEvent> {
  const { line, document } = yield* masked(event, mask);
  if (document === event.document && line === event.line) return event;
  const { position, timeMs, timeInferred, timeliness, undecodable } = event;
  return {
    position,
    timeMs,
    timeInferred,
    timeliness,
    line,
    document,
    ...(undecodable !== undefined && { undecodable: yield* mask.longText(undecodable) }),
    values: (field) => fieldValue(field, { timeMs, document }).values,
  };
}

type Written = Pick<LogEvent, 'line' | 'document'>;

/** Masks line and document of an event. A line of JSON stays JSON: it is written again from the masked document. */
function* masked({ line, document, undecodable }: LogEvent, mask: Mask): Slices<Written> {
  const exact =
    undecodable === undefined && line.includes('{') ? yield* parsingWithNumberTexts(line) : undefined;
  if (exact === undefined) {
    return { line: yield* mask.longText(line), document: yield* mask.document(document) };
  }
  const shown = yield* mask.document(exact);
  if (shown === exact) return { line, document };
  const written = yield* writingWithNumberTexts(shown);
  yield;
  return { line: written, document: JSON.parse(written) as JsonObject };
}
