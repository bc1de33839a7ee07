/** The lines of a page as events, as the decoder gave them. Documents are parsed only where values or hits need them. */
import { TIMELINESS } from '../../event/decoded-lines.ts';
import type { Field, JsonObject, LogEvent, Value } from '../../event/event.ts';
import { fieldValue, type Described } from '../../event/field-value.ts';
import type { LineKernel } from '../../event/kernel/line-kernel.ts';
import { valuesOnTape } from '../../event/kernel/tape-values.ts';
import type { Tape } from '../../event/kernel/tape.ts';
import { parseWithNumberTexts, withoutMark } from '../../event/number-text.ts';
import type { FoundPage } from './protocol.ts';

/** Returns the events of a page. `kernel`: reads values from the bytes of lines of JSON; without it every line is parsed. */
export function foundEvents(page: FoundPage, kernel?: LineKernel): readonly LogEvent[] {
  const bytes = Buffer.from(page.bytes.buffer, page.bytes.byteOffset, page.bytes.byteLength);
  const lines = { page, bytes, tape: kernel?.read(page) };
  return Array.from(page.offsets, (_, i) => new FoundEvent(lines, i));
}

interface FoundLines {
  readonly page: FoundPage;
  readonly bytes: Buffer;
  readonly tape: Tape | undefined;
}

class FoundEvent implements LogEvent {
  readonly #lines: FoundLines;
  readonly #index: number;
  #line: string | undefined;
  #described: (Described & { readonly timeMs: number }) | undefined;

  constructor(lines: FoundLines, index: number) {
    this.#lines = lines;
    this.#index = index;
  }

  get position(): LogEvent['position'] {
    const { partitions, partitionOf, offsets } = this.#lines.page;
    return { ...partitions[partitionOf[this.#index]!]!, offset: offsets[this.#index]! };
  }

  get timeMs(): number {
    return this.#lines.page.timesMs[this.#index]!;
  }

  get timeInferred(): boolean {
    return this.#lines.page.inferred[this.#index] === 1;
  }

  get timeliness(): LogEvent['timeliness'] {
    return TIMELINESS[this.#lines.page.timeliness[this.#index]!]!;
  }

  get undecodable(): string | undefined {
    return this.#lines.page.undecodable[this.#index] ?? undefined;
  }

  get line(): string {
    const { page, bytes } = this.#lines;
    return (this.#line ??= bytes.toString('utf8', page.starts[this.#index], page.ends[this.#index]));
  }

  get document(): JsonObject {
    return this.#asDescribed().document;
  }

  values(field: Field): readonly Value[] {
    const { page, bytes, tape } = this.#lines;
    // Only then is the document that of the line, whatever the line may be.
    const isOfLine = page.documents[this.#index] === null;
    const onTape = isOfLine && tape !== undefined ? valuesOnTape(tape, this.#index, field, bytes) : undefined;
    return (onTape ?? fieldValue(field, this.#asDescribed())).values;
  }

  #asDescribed(): Described & { readonly timeMs: number } {
    return (this.#described ??= described(this.timeMs, this.line, this.#lines.page.documents[this.#index]!));
  }
}

function described(
  timeMs: number,
  line: string,
  stored: string | null,
): Described & { readonly timeMs: number } {
  const json = isJsonOf(line, stored);
  // The stored JSON cannot hold a number beyond a double (1e400), but a keyword field needs the text of such a number. So the document is
  // parsed from the line.
  const document = JSON.parse(json ? withoutMark(line) : (stored ?? line)) as JsonObject;
  return json
    ? { timeMs, document, json: line, exactDocument: () => parseWithNumberTexts(line) }
    : { timeMs, document };
}

/** Returns true if the document is the JSON of the line. The line may write it differently (`1.0`); the numbers then keep their text. */
function isJsonOf(line: string, stored: string | null): boolean {
  if (stored === null) return true;
  if (!line.trimStart().startsWith('{')) return false;
  try {
    return JSON.stringify(JSON.parse(withoutMark(line))) === stored;
  } catch {
    return false;
  }
}
