/** Looks at logs and proposes a configuration that reads them, and a first rule. */
import type { ProposedSource } from '../../../config/proposed-text.ts';
import { FixableError } from '../../../event/fixable-error.ts';
import { StartError } from '../../start-error.ts';
import type { ProposedField } from './fields-guess.ts';
import { firstRule, type FirstRule } from './first-rule.ts';
import { findLogs, type FoundLog } from './log-files.ts';
import { mergeFields } from './merge-fields.ts';
import { proposeFor, type LogProposal, type ProposalOptions } from './proposal.ts';
import { takeSample } from './sample.ts';

/** A log and how it is read. */
export interface ProposedLog extends FoundLog, LogProposal {}

interface ProposedLogs {
  readonly logs: readonly ProposedLog[];
  /** Files that are no logs, with the reason in words. */
  readonly passedOver: readonly { readonly file: string; readonly why: string }[];
  /** There are more files than were looked at. */
  readonly isCut: boolean;
  readonly sources: readonly ProposedSource[];
  readonly fields: readonly ProposedField[];
  /** Undefined where no rule fits. */
  readonly rule: FirstRule | undefined;
}

/** A log that is read less completely is told of. */
export const WHOLE_ENOUGH = 0.95;

const MESSAGE_ALONE: readonly ProposedField[] = [{ name: 'message', path: ['message'], type: 'text' }];

/** `base`: the folder of the configuration. Fails with StartError where none of the files is a log. */
export async function proposeLogs(
  paths: readonly string[],
  base: string,
  options: ProposalOptions,
): Promise<ProposedLogs> {
  const found = findLogs(paths, base);
  const logs: ProposedLog[] = [];
  const passedOver: { file: string; why: string }[] = [];
  for (const log of found.logs) {
    try {
      const sample = await takeSample(log.file, options.nowMs);
      logs.push({ ...log, ...(await proposeFor(sample, options)) });
    } catch (error) {
      if (!(error instanceof FixableError) && !('code' in (error as Error))) throw error;
      passedOver.push({ file: log.file, why: (error as Error).message });
    }
  }
  if (logs.length === 0) {
    const [first] = passedOver;
    throw new StartError(3, `${first!.file}: ${first!.why}`, 'name a file that has lines of a log');
  }
  const merged = mergeFields(logs.map(({ fields }) => fields));
  const fields = merged.length === 0 ? MESSAGE_ALONE : merged;
  return {
    logs,
    passedOver,
    isCut: found.isCut,
    sources: logs.map(sourceOf),
    fields,
    rule: firstRule(logs, fields),
  };
}

function sourceOf({ counts, notWhole, ...log }: ProposedLog): ProposedSource {
  return { ...log, lines: counts.lines, notWhole: notWhole.map(({ kind, count }) => `${count} × ${kind}`) };
}
