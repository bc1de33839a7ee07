/** The logs that `tocsin init --from` has looked at, in words. */
import { relative } from 'node:path';
import type { proposeLogs, ProposedLog } from '../app/past/proposal/propose-logs.ts';
import { joined, shown, type Paint, type Shown } from '../event/shown.ts';
import { shorten, visibleLine } from '../event/visible.ts';

const EXAMPLE_MAX = 160;

export function proposalText(
  { logs, passedOver, isCut }: Awaited<ReturnType<typeof proposeLogs>>,
  paint: Paint,
): Shown {
  return joined(
    [
      ...logs.map((log) => logText(log, paint)),
      ...passedOver.map(({ file, why }) => shown`${paint.yellow(nameOf(file))}  passed over: ${why}\n`),
      ...(isCut
        ? [shown`${paint.yellow('there are more files than were looked at; name some of them')}\n`]
        : []),
    ],
    shown``,
  );
}

function logText({ file, name, keys, share, counts, notWhole }: ProposedLog, paint: Paint): Shown {
  const steps = typeof keys.decode === 'string' ? keys.decode : 'steps of its own';
  const percent = `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
  const whole = shown`${percent} of ${counts.lines} lines read whole`;
  return joined(
    [
      shown`${paint.bold(nameOf(file))}  source ${name}: ${steps}, ${share === 1 ? paint.green(whole) : paint.yellow(whole)}\n`,
      ...notWhole.map(
        ({ kind, count, example }) =>
          shown`  ${count} × ${kind}\n    ${paint.dim(shorten(visibleLine(example, EXAMPLE_MAX), EXAMPLE_MAX))}\n`,
      ),
      ...(keys.encoding === undefined ? [] : [shown`  it is written in ${keys.encoding}\n`]),
    ],
    shown``,
  );
}

function nameOf(file: string): string {
  const path = relative('', file);
  return path === '' || path.startsWith('..') ? file : path;
}
