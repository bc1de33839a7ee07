/** The keys of `multiline` in tocsin.yaml: which lines are one event. */
import { z } from 'zod';
import { durationMs, DURATION_SHAPE } from '../../event/duration.ts';
import { Pattern } from '../../event/pattern.ts';
import type { Path, Report } from '../problem.ts';
import { parsed } from '../values.ts';

/** A line that matches begins an event, belongs to the event before it, or ends its event. */
export const MULTILINE_KINDS = ['start', 'continue', 'end'] as const;

/** Plain data, which another thread can be sent. */
export interface MultilineConfig {
  readonly by: (typeof MULTILINE_KINDS)[number];
  /** A regular expression of RE2. */
  readonly pattern: string;
  /** An event that may go on is complete when no further line of it has come for this long. */
  readonly waitMs: number;
  /** An event has no more lines; the next one begins another event. */
  readonly linesMax: number;
}

/** An open event holds back what other sources have, so it must not be held for long. */
const WAIT_MAX_MS = 60_000;
const LINES_MAX = 100_000;

const pattern = parsed('a regular expression of RE2', '"^\\\\d{4}-"', (text) => new Pattern(text)).optional();

export const multilineSchema = z
  .strictObject({
    start: pattern,
    continue: pattern,
    end: pattern,
    wait: parsed(
      'a duration longer than 0 and up to 1m',
      '5s',
      (text) => {
        const ms = durationMs(text);
        return ms === undefined || ms <= 0 || ms > WAIT_MAX_MS ? undefined : ms;
      },
      DURATION_SHAPE,
    ).prefault('1s'),
    lines: z
      .int()
      .min(2)
      .max(LINES_MAX)
      .meta({ what: `a whole number from 2 to ${LINES_MAX.toLocaleString('en')}`, example: '5000' })
      .default(1_000),
  })
  .meta({ oneOfKeys: MULTILINE_KINDS });

type MultilineFile = z.output<typeof multilineSchema>;

const kindsIn = (block: MultilineFile) => MULTILINE_KINDS.filter((kind) => block[kind] !== undefined);

/** Builds the configuration of a block; of several kinds, which is a problem (`checkMultiline`), the first counts. */
export function buildMultiline(block: MultilineFile): MultilineConfig | undefined {
  const [by] = kindsIn(block);
  if (by === undefined) return undefined;
  return { by, pattern: block[by]!.source, waitMs: block.wait, linesMax: block.lines };
}

export function checkMultiline(block: MultilineFile, path: Path, report: Report): void {
  const [first, second] = kindsIn(block);
  if (first === undefined)
    report(
      path,
      '`multiline` does not say which lines are one event',
      'give it `start: PATTERN`, `continue: PATTERN` or `end: PATTERN`',
      true,
    );
  else if (second !== undefined)
    report(
      [...path, second],
      `\`${first}\` says already which lines are one event`,
      `keep one of ${kindsIn(block).join(' and ')}`,
      true,
    );
}
