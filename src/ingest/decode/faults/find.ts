/** Finds the cause of what is wrong with the reading of lines, by the reason that people are told. */
import { isUtf8 } from 'node:buffer';
import { durationText } from '../../../event/duration.ts';
import { shownPart, type FaultReason, type ReadingFault, type SeenLine, type SeenLines } from './fault.ts';
import { untimedFault } from './times.ts';
import { encodingFault, undecodableFault } from './undecodable.ts';
import { aheadOf, zoneFault, zoneShift } from './zone.ts';

/** Returns the lines that the reason is about. */
export function linesOf(reason: FaultReason, { lines }: SeenLines): readonly SeenLine[] {
  return lines.filter(isOf[reason](lines));
}

const isOf: Readonly<Record<FaultReason, (all: readonly SeenLine[]) => (line: SeenLine) => boolean>> = {
  lines_not_utf8:
    () =>
    ({ isGarbled }) =>
      isGarbled,
  lines_undecodable:
    () =>
    ({ event }) =>
      event.undecodable !== undefined,
  lines_untimed:
    () =>
    ({ event }) =>
      event.undecodable === undefined && event.timeInferred,
  lines_future:
    () =>
    ({ event }) =>
      event.timeliness === 'future',
  lines_too_late:
    () =>
    ({ event }) =>
      event.timeliness === 'too_late',
  // A zone that puts times ahead makes them lines of the future.
  lines_off_zone: (all) => {
    const isBehind = (zoneShift(aheadOf(all)) ?? 0) < 0;
    return ({ event }) => isBehind && !event.timeInferred && event.timeliness === 'in_time';
  },
};

/** `bad`: the lines that the reason is about. Returns undefined of none. */
export function faultOf(
  reason: FaultReason,
  bad: readonly SeenLine[],
  seen: SeenLines,
): ReadingFault | undefined {
  return bad.length === 0 ? undefined : faults[reason](bad, seen);
}

type Find = (bad: readonly SeenLine[], seen: SeenLines) => ReadingFault | undefined;

const faults: Readonly<Record<FaultReason, Find>> = {
  lines_undecodable: undecodableFault,
  lines_untimed: untimedFault,
  lines_off_zone: zoneFault,
  lines_not_utf8: notUtf8Fault,
  lines_future: (bad, seen) => zoneFault(bad, seen) ?? futureFault(bad),
  lines_too_late: (bad, seen) => zoneFault(bad, seen) ?? tooLateFault(bad),
};

function notUtf8Fault(bad: readonly SeenLine[], { decoded }: SeenLines): ReadingFault {
  const label = decoded.map(({ counts }) => counts.garbled?.looksLike).find((known) => known !== undefined);
  const bytes = bad[0]!.bytes.subarray(0, 1_000);
  // Lines of another encoding were written anew: their bytes are gone.
  const text = label === undefined || isUtf8(bytes) ? Buffer.from(bytes).toString() : decodedAs(label, bytes);
  const example = shownPart(text);
  if (label !== undefined) return { ...encodingFault(label), example };
  return {
    cause: 'the bytes are not of the `encoding` of the source (UTF-8 where none is written)',
    example,
    fix: 'write the encoding of the program as `encoding:` at the source, or let it write UTF-8',
  };
}

const decodedAs = (label: string, bytes: Uint8Array): string => new TextDecoder(label).decode(bytes);

function futureFault(bad: readonly SeenLine[]): ReadingFault {
  const ahead = aheadOf(bad);
  const by = ahead.length === 0 ? '' : `, by ${durationText(rounded(Math.max(...ahead)))} at most`;
  return {
    cause: `the times are ahead of the clock of this machine${by}`,
    example: shownPart(bad[0]!.event.line),
    fix: 'mend the clocks: of the machine that writes these lines, or of this one',
  };
}

const tooLateFault = (bad: readonly SeenLine[]): ReadingFault => ({
  cause: 'the times are behind those of the lines before them by more than `lateness`',
  example: shownPart(bad[0]!.event.line),
  fix: 'raise `lateness` of the source, or mend the clocks of the machines that write it',
});

const rounded = (ms: number): number => Math.max(1_000, Math.round(ms / 1_000) * 1_000);
