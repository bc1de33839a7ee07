/** What every check of this folder is given and how it looks things up. A check finds fault; it changes nothing. */
import { measuresOf } from '../alert-parts.ts';
import type { AlertSpec, FieldName } from '../ast.ts';
import type { RuleContext } from '../context.ts';
import type { Diagnostic } from '../diagnostics.ts';
import type { DefaultsBlock, RuleBlock } from '../file.ts';
import type { NamedFiles } from '../folder.ts';

export interface CheckContext extends RuleContext {
  /** The file's defaults, if it has any. */
  readonly defaults: DefaultsBlock | undefined;
  /** The files that rules name beside them; undefined where there is no folder. */
  readonly named: NamedFiles | undefined;
  /** Lists of expected groups are read from here, also where nothing else is looked for. */
  readonly lists: NamedFiles | undefined;
}

export type Check = (rule: RuleBlock, context: CheckContext) => readonly Diagnostic[];

/** Every field that the alert clause names, with the part it plays there. */
export function alertFields(
  spec: AlertSpec,
): readonly { readonly field: FieldName; readonly role: 'by' | 'number' | 'value' }[] {
  const by = spec.by.map((field) => ({ field, role: 'by' as const }));
  if (spec.kind === 'stays' || spec.kind === 'changes' || spec.kind === 'new')
    return [{ field: spec.field, role: 'value' as const }, ...by];
  if (spec.kind === 'nothing' && spec.expected !== undefined)
    return [...by, { field: spec.expected.field, role: 'by' as const }];
  const measured = measuresOf(spec).flatMap((measure) =>
    measure.kind === 'count'
      ? []
      : [
          {
            field: measure.field,
            role: measure.kind === 'distinct' ? ('value' as const) : ('number' as const),
          },
        ],
  );
  return [...measured, ...by];
}

/** What people call an alert form. */
export const FORM_NAMES: Readonly<Record<AlertSpec['kind'], string>> = {
  aggregate: 'a comparison',
  not_followed_by: '`not followed by`',
  then: '`then`',
  all_of: '`all of`',
  stays: '`stays`',
  changes: '`changes`',
  new: '`new`',
  nothing: '`nothing`',
};
