/** Searches the configured archive of any kind with a condition of the rule language. */
import { createArchive } from '../../archive/create.ts';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../event/clock.ts';
import { silent } from '../../event/telemetry.ts';
import { compileCondition } from '../../match/condition.ts';
import { formatDiagnostics } from '../../rule/diagnostics.ts';
import { parseCondition } from '../../rule/load.ts';
import { asStartError, StartError } from '../start-error.ts';

export interface SearchOptions {
  readonly clock: Clock;
  readonly condition: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly limit: number;
}

export interface SearchLine {
  readonly timeMs: number;
  readonly id: string;
  readonly source: string;
  readonly line: string;
  readonly document: unknown;
}

/** Yields the hits, newest first. Fails with StartError (2: the condition is wrong, and the message is the diagnostic). */
export async function* searchArchive(config: Config, options: SearchOptions): AsyncGenerator<SearchLine> {
  const file = 'condition';
  const { condition, diagnostics } = parseCondition(options.condition, config.schema);
  if (condition === undefined) {
    const text = formatDiagnostics(diagnostics, new Map([[file, options.condition]]), 'text', {
      color: false,
    });
    throw new StartError(2, text, 'mend the condition');
  }
  const archive = await createArchive(config.archive, config.schema, config.dataDir, silent, options.clock);
  try {
    const { sinceMs, untilMs, limit } = options;
    yield* archive.search({
      condition,
      limit,
      matches: compileCondition(condition, config.schema),
      ...(sinceMs !== undefined && { sinceMs }),
      ...(untilMs !== undefined && { untilMs }),
    });
  } catch (error) {
    throw asStartError(error);
  } finally {
    await archive.close();
  }
}
