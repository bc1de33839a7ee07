/** One event as conditions look at it: values by field, and the tokens of text fields. A text is analysed once, however many rules ask. */
import { tokenTexts } from '../event/analysis/analyze.ts';
import type { Field, LogEvent, Value } from '../event/event.ts';

export interface EventView {
  /** Sets the event to look at from now on. Call it for each event, also where an object stands for one after the other. */
  look(event: Pick<LogEvent, 'values'>): void;
  /** Lets go of the event, which may hold a whole batch. */
  forget(): void;
  values(field: Field): readonly Value[];
  /** Returns the tokens of each element of a text field separately, so that no phrase crosses elements. */
  tokens(field: Field): readonly (readonly string[])[];
}

export function createEventView(): EventView {
  let current: Pick<LogEvent, 'values'> | undefined;
  const analysed = new Map<Field, readonly (readonly string[])[]>();
  return {
    look(event) {
      current = event;
      if (analysed.size > 0) analysed.clear();
    },
    forget() {
      current = undefined;
      analysed.clear();
    },
    values: (field) => current!.values(field),
    tokens(field) {
      let tokens = analysed.get(field);
      if (tokens === undefined) {
        tokens = current!.values(field).map((value) => tokenTexts(String(value)));
        analysed.set(field, tokens);
      }
      return tokens;
    },
  };
}
