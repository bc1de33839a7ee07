/** The contract of a check. A check finds faults; it changes nothing. */
import type { RuleContext } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { DefaultsBlock, RuleBlock } from '../file.ts';
import type { NamedFiles } from '../folder.ts';
import type { SharedLets } from '../shared-lets.ts';

export interface CheckContext extends RuleContext {
  /** The file's defaults, if it has any. */
  readonly defaults: DefaultsBlock | undefined;
  /** The files that rules name beside them; undefined if there is no folder. */
  readonly named: NamedFiles | undefined;
  /** Lists of expected groups are read from here, even if no other file is looked for. */
  readonly lists: NamedFiles | undefined;
  /** The lets that the rules of the file share with others. */
  readonly shared: SharedLets;
}

export type RuleCheck = (rule: RuleBlock, context: CheckContext) => readonly Diagnostic[];
