/**
 * The state of a detector as a sequence of parts. Each part is small enough to write between two batches. First come the small things, then
 * the texts kept for messages, then for each rule its event-time buffer and its groups. All parts show one instant: the one at which the
 * checkpoint began.
 */
import type { Sample } from '../event/alert.ts';
import type { Waiting } from './input/waiting.ts';
import { byteReader, byteWriter, type ByteReader, type ByteWriter } from './columns/bytes.ts';
import type { DetectRule } from './input/input.ts';
import type { Partitions } from './time/watermarks.ts';
import type { RuleRun, SavedRun } from './rule-run.ts';
import type { Samples } from './lifecycle/samples.ts';
import { loadWaiting, saveWaiting } from './waiting-bytes.ts';
import { FixableError } from '../event/fixable-error.ts';

/** The state that a checkpoint saves and loads. */
export interface DetectorState {
  readonly partitions: Partitions;
  readonly samples: Samples;
  runs(): readonly RuleRun[];
  /** Creates a run of the rule that has seen nothing. It is not part of the state yet. */
  newRun(rule: DetectRule): RuleRun;
  /** Adds a run to the state, after its own state has been loaded. */
  addRun(run: RuleRun): void;
}

export interface Checkpoint extends Iterable<Uint8Array> {
  /** The next part; undefined after the last one, and after `end`. */
  next(): Uint8Array | undefined;
  /** True once `next` has given all parts. Stays false if `end` was called before that. */
  readonly isComplete: boolean;
  /** Abandons the checkpoint. */
  end(): void;
}

const FORMAT = 'tocsin-state';
/** Raised with every change of the layout. The tests keep a checkpoint of each format (test/fixtures/checkpoints). */
export const CHECKPOINT_FORMAT = 7;
/** The format before, which is read as well: its waiting matches are JSON. */
const JSON_FORMAT = 6;

/** Rules or texts in one part; each takes about 1 kB. */
const TEXTS_A_PART = 200;
/**
 * Waiting matches in one part; each takes about 10 bytes where many rules match every event, and some 100 at the most. Such a part takes a
 * millisecond or two, most of them for keys and values, each of which a part writes once.
 */
const WAITING_A_PART = 8_000;

/** Begins a checkpoint of the state as it is now. */
export function saveState(state: DetectorState): Checkpoint {
  const saved: SavedRun[] = [];
  const parts = partsOf(state, saved);
  // Makes the first part at once. This fixes the state that all later parts show.
  let ahead = parts.next();
  let isComplete = false;
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    for (const run of saved) run.end();
    parts.return(undefined);
    ahead = { done: true, value: undefined };
  };
  const next = (): Uint8Array | undefined => {
    if (ahead.done === true) return undefined;
    const { value } = ahead;
    ahead = parts.next();
    if (ahead.done === true) {
      isComplete = true;
      end();
    }
    return value;
  };
  return {
    next,
    *[Symbol.iterator]() {
      for (let part = next(); part !== undefined; part = next()) yield part;
    },
    get isComplete() {
      return isComplete;
    },
    end,
  };
}

function* partsOf(state: DetectorState, saved: SavedRun[]): Generator<Uint8Array, undefined> {
  const writer = byteWriter();
  const texts = state.samples.all();
  const runs = state.runs();
  const rules = runs.map(({ ruleJson }) => ruleJson);
  writer.text(FORMAT);
  writer.whole(CHECKPOINT_FORMAT);
  state.partitions.save(writer);
  writer.whole(rules.length);
  writer.whole(texts.length);
  for (const run of runs) {
    const begun = run.beginSave(writer);
    writer.whole(begun.waiting.length);
    saved.push(begun);
  }
  yield writer.finish();
  yield* listParts(rules, (rule) => writer.text(rule), writer);
  yield* listParts(texts, (sample) => writer.json(sample()), writer);
  for (const run of saved) {
    for (let from = 0; from < run.waiting.length; from += WAITING_A_PART) {
      saveWaiting(run.waiting, from, Math.min(from + WAITING_A_PART, run.waiting.length), writer);
      yield writer.finish();
    }
    for (let part = run.groups.next(); part !== undefined; part = run.groups.next()) yield part;
    run.end();
  }
  return undefined;
}

function* listParts<T>(
  all: readonly T[],
  write: (one: T) => void,
  writer: ByteWriter,
): Generator<Uint8Array> {
  for (let from = 0; from < all.length; from += TEXTS_A_PART) {
    for (const one of all.slice(from, from + TEXTS_A_PART)) write(one);
    yield writer.finish();
  }
}

/**
 * Loads a checkpoint into a state that has seen nothing. Throws FixableError if the checkpoint has another format, or if its bytes do not
 * follow that format. Errors that the iterator of `parts` throws itself pass through unchanged.
 */
export function loadState(parts: Iterable<Uint8Array>, state: DetectorState): void {
  const iterator = parts[Symbol.iterator]();
  const next = (): Uint8Array => {
    const result = iterator.next();
    if (result.done !== true) return result.value;
    throw new FixableError(
      'state',
      'The saved state is not whole.',
      'Move the data folder away to begin anew.',
    );
  };
  const first = byteReader(next());
  const format = knownFormat(first);
  try {
    loadParts(first, next, state, format);
  } catch (error) {
    if (!isMisread(error)) throw error;
    throw new FixableError(
      'state',
      `The saved state is damaged: it does not hold what its format, ${FORMAT} ${format}, says.`,
      'Move the data folder away to begin with empty windows.',
      { cause: error },
    );
  }
}

/** Reads the format. Throws FixableError for one that this version does not know. */
function knownFormat(reader: ByteReader): number {
  const found = formatIn(reader);
  if (found === CHECKPOINT_FORMAT || found === JSON_FORMAT) return found;
  throw new FixableError(
    'state',
    `The saved state has ${found === undefined ? 'an unknown format' : `format ${FORMAT} ${found}`}; this version of Tocsin reads ${FORMAT} ${CHECKPOINT_FORMAT}.`,
    'Start the version that wrote it, or move the data folder away to begin with empty windows.',
  );
}

/** Reads the number of the format; undefined if the bytes do not begin with one. */
function formatIn(reader: ByteReader): number | undefined {
  try {
    return reader.text() === FORMAT ? reader.whole() : undefined;
  } catch (error) {
    if (isMisread(error)) return undefined;
    throw error;
  }
}

/** True for errors of damaged bytes: they end too early or too late, are not UTF-8, not JSON, or JSON of another shape. */
function isMisread(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError;
}

function loadParts(first: ByteReader, next: () => Uint8Array, state: DetectorState, format: number): void {
  state.partitions.load(first);
  const [ruleCount, textCount] = [first.whole(), first.whole()];
  const rules = [...listIn(ruleCount, next, (part) => JSON.parse(part.text()) as DetectRule)];
  const runs = rules.map((rule) => {
    const run = state.newRun(rule);
    run.load(first);
    return { run, waitingCount: first.whole() };
  });
  first.end();
  for (const { timeMs, position, excerpt, fields } of listIn(
    textCount,
    next,
    (part) => part.json() as Sample,
  ))
    state.samples.keep(timeMs, position, { excerpt, fields });
  for (const { run, waitingCount } of runs) {
    run.loadWaiting(
      format === JSON_FORMAT
        ? [...listIn(waitingCount, next, (part) => part.json() as Waiting)]
        : waitingIn(waitingCount, next),
    );
    while (run.loadGroups(next()));
    state.addRun(run);
  }
}

function* listIn<T>(count: number, next: () => Uint8Array, read: (part: ByteReader) => T): Generator<T> {
  for (let left = count; left > 0; left -= TEXTS_A_PART) {
    const part = byteReader(next());
    for (let i = Math.min(left, TEXTS_A_PART); i > 0; i--) yield read(part);
    part.end();
  }
}

function waitingIn(count: number, next: () => Uint8Array): readonly Waiting[] {
  const all: Waiting[] = [];
  while (all.length < count) {
    const part = byteReader(next());
    for (const event of loadWaiting(part)) all.push(event);
    part.end();
  }
  return all;
}
