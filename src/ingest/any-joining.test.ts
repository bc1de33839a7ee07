/** Any lines, any boundaries of batches and any restarts give the events that a plain joining of all lines gives. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchOf, linesOf, textsOf } from '../../test/support/batches.ts';
import { MULTILINE_KINDS } from '../config/decode/multiline.ts';
import type { Batch } from '../event/batch.ts';
import { Pattern } from '../event/pattern.ts';
import { joinLines } from './join-lines.ts';
import type { Joining } from './joining.ts';
import { createLineJoiner } from './line-joiner.ts';
import type { LogReader } from './source.ts';

interface Piece {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  readonly isPart: boolean;
}

const PATTERN_OF = { start: '^X', continue: '^ ', end: '(?:;|^)$' };

const joiningOf = fc
  .record({
    by: fc.constantFrom(...MULTILINE_KINDS, undefined),
    envelope: fc.constantFrom('cri', 'docker', undefined),
    linesMax: fc.oneof(fc.integer({ min: 2, max: 40 }), fc.constant(5_000)),
  })
  .map(({ by, envelope, linesMax }): Joining => ({
    waitMs: 1_000,
    linesMax,
    ...(by !== undefined && { lines: { by, pattern: new Pattern(PATTERN_OF[by]) } }),
    ...(envelope !== undefined && { envelope }),
  }));

const piece: fc.Arbitrary<Piece> = fc.record({
  stream: fc.constantFrom('stdout', 'stderr'),
  text: fc.constantFrom('X', 'Xa', 'a', ' at', 'aX', '', 'Y;', 'é;X'),
  isPart: fc.boolean(),
});

/** With more lines than 1,000, an open event might count as complete because of those that wait behind it. */
const piecesOf = (lines: number): fc.Arbitrary<readonly Piece[]> =>
  fc.array(piece, { minLength: 1, maxLength: lines, size: 'max' });

const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });

function lineOf({ stream, text, isPart }: Piece, { envelope }: Joining): string {
  if (envelope === 'cri') return `2026-11-27T11:10:05Z ${stream} ${isPart ? 'P' : 'F'} ${text}`;
  if (envelope === 'docker') return JSON.stringify({ log: isPart ? text : `${text}\n`, stream });
  return text;
}

/** The lines as a reader gives them: blank ones only where there is a pattern. */
const readLines = (pieces: readonly Piece[], joining: Joining): readonly string[] =>
  pieces.map((each) => lineOf(each, joining)).filter((line) => line !== '' || joining.lines !== undefined);

interface PlainEvent {
  readonly stream: string;
  readonly lines: string[];
  blanks: number;
  part: string | undefined;
  isOver: boolean;
}

/** Joins all lines at once. */
function plainly(pieces: readonly Piece[], joining: Joining): readonly string[] {
  const events: PlainEvent[] = [];
  const by = joining.lines?.by;
  const matches = (text: string): boolean => joining.lines!.pattern.test(text);
  const endsAfter = (text: string): boolean => by === undefined || (by === 'end' && matches(text));
  const goesOn = (text: string): boolean =>
    by === 'end' || (by === 'continue' && matches(text)) || (by === 'start' && !matches(text));
  for (const each of pieces) {
    const line = lineOf(each, joining);
    const stream = joining.envelope === undefined ? '' : each.stream;
    const before = events.findLast((event) => event.stream === stream && !event.isOver);
    if (line === '') {
      if (before === undefined) continue;
      before.blanks += 1;
      before.isOver = endsAfter('');
      continue;
    }
    const belongs =
      before !== undefined &&
      (before.part !== undefined || goesOn(each.text)) &&
      before.lines.length + before.blanks < joining.linesMax;
    if (!belongs && before !== undefined) before.isOver = true;
    const event = belongs ? before : { stream, lines: [], blanks: 0, part: undefined, isOver: false };
    if (!belongs) events.push(event);
    event.lines.push(...Array.from({ length: event.blanks }, () => ''), line);
    event.blanks = 0;
    const text = (event.part ?? '') + each.text;
    const isPart = joining.envelope !== undefined && each.isPart;
    event.part = isPart ? text : undefined;
    event.isOver = !isPart && endsAfter(text);
  }
  return events.map(({ lines }) => lines.join('\n'));
}

/** Cuts lines into batches of these sizes, in turn, from the line at an offset on. */
function batchesOf(lines: readonly string[], cuts: readonly number[], from = 0): readonly Batch[] {
  const batches: Batch[] = [];
  let offset = 0;
  let at = 0;
  while (offset < from) offset += Buffer.byteLength(lines[at++]!) + 1;
  for (let i = 0; at < lines.length; i += 1) {
    const some = lines.slice(at, (at += cuts[i % cuts.length]!));
    batches.push(batchOf(some, offset));
    offset = batches.at(-1)!.next.offset;
  }
  return batches;
}

test('events do not depend on the boundaries of batches, nor on restarts', () => {
  const world = joiningOf.chain((joining) =>
    fc.tuple(fc.constant(joining), piecesOf(joining.envelope === undefined ? 5_000 : 1_000)),
  );
  const restarts = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 5 });
  fc.assert(
    fc.property(world, sizes, restarts, ([joining, pieces], cuts, lives) => {
      const lines = readLines(pieces, joining);
      const got: string[] = [];
      let from = 0;
      for (const life of [...lives, Infinity]) {
        const joiner = createLineJoiner(joining, `to ${from}`);
        for (const batch of batchesOf(lines, cuts, from).slice(0, life)) {
          const joined = joiner.push(batch);
          if (joined === undefined) continue;
          got.push(...textsOf(linesOf(joined)));
          from = joined.next.offset;
          // What the proof is of has been handed out.
          expect(Number(joined.next.proof.slice('to '.length))).toBeLessThanOrEqual(from);
        }
        if (life !== Infinity) continue;
        const last = joiner.flush();
        if (last !== undefined) got.push(...textsOf(linesOf(last)));
      }
      expect(got).toEqual(plainly(pieces, joining).map((text) => Buffer.from(text).toString('latin1')));
    }),
    { numRuns: 150 },
  );
});

test('partitions are joined each for itself', async () => {
  const world = fc.tuple(
    joiningOf,
    fc.array(piecesOf(200), { minLength: 1, maxLength: 5 }),
    sizes,
    fc.integer(),
  );
  await fc.assert(
    fc.asyncProperty(world, async ([joining, sources, cuts, seed]) => {
      const left = sources.map((pieces) => [...batchesOf(readLines(pieces, joining), cuts)]);
      const statusOf = (batches: readonly Batch[], partition: number) => {
        const isOver = batches.length === 0;
        return { partition, label: String(partition), atEnd: isOver, ended: isOver };
      };
      let turn = seed >>> 0;
      const reader: LogReader = {
        next() {
          const some = [...left.keys()].filter((partition) => left[partition]!.length > 0);
          turn = (turn * 31 + 7) >>> 0;
          const partition = some[turn % some.length];
          const batch = partition === undefined ? undefined : left[partition]!.shift();
          return Promise.resolve(batch && { ...batch, partition: partition! });
        },
        hold: () => undefined,
        durable: () => undefined,
        partitions: () => left.map(statusOf),
        close: () => Promise.resolve(),
      };
      const joined = joinLines(reader, joining, { position: () => undefined });
      const got = sources.map((): string[] => []);
      for (let batch = await joined.next(0); batch !== undefined; batch = await joined.next(0))
        got[batch.partition]!.push(...textsOf(linesOf(batch)));
      const plain = sources.map((pieces) => plainly(pieces, joining));
      expect(got).toEqual(plain.map((texts) => texts.map((text) => Buffer.from(text).toString('latin1'))));
    }),
    { numRuns: 60 },
  );
});
