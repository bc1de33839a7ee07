/** What each alert form asks of its own parts: groups, steps that differ, limits, files. */
import type { AlertSpec, LetRef } from '../ast.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { at } from '../diagnostics.ts';
import { write } from '../mending.ts';
import type { Check } from './check.ts';
import { alertOf, clausesOf } from '../block.ts';
import { FORM_NAMES } from './check.ts';

const MOST_GROUPS = 10_000_000;

export const checkForm: Check = (rule, context) => {
  const found: Diagnostic[] = [];
  for (const { value } of clausesOf(rule, 'max_groups')) {
    const number = Number(value.text);
    if (!Number.isInteger(number) || number < 1 || number > MOST_GROUPS)
      found.push(
        at(
          value.span,
          'TOC225',
          `\`max_groups\` is a whole number from 1 to ${MOST_GROUPS}`,
          write(value.span, '100000', 'for instance max_groups 100000'),
        ),
      );
  }
  const spec = alertOf(rule);
  if (spec === undefined) return found;
  found.push(...checkBy(spec), ...checkSteps(spec));
  if (spec.kind !== 'nothing' || spec.expected === undefined) return found;
  const { expected } = spec;
  if (spec.by.length !== 1 || spec.by[0]!.name !== expected.field.name)
    found.push(
      at(
        expected.field.span,
        'TOC231',
        '`expected` lists the groups, so `by` must be this very field',
        spec.by.length === 1
          ? write(spec.by[0]!.span, expected.field.name, `write by ${expected.field.name}`)
          : `write by ${expected.field.name}`,
      ),
    );
  const list = context.lists?.read(expected.file, 'list');
  if (list === undefined || 'text' in list) return found;
  if (list.kind !== 'missing') {
    const message = `\`${expected.file}\` ${list.problem}`;
    found.push(at(expected.span, 'TOC231', message, list.fix));
  } else if (context.named !== undefined) {
    const message = `there is no file \`${expected.file}\` in the rules folder`;
    const hint = 'one value a line; the path is relative to the rules folder';
    found.push(at(expected.span, 'TOC231', message, hint));
  }
  return found;
};

function checkBy(spec: AlertSpec): Diagnostic[] {
  if (spec.by.length > 0 || spec.kind === 'aggregate' || spec.kind === 'new' || spec.kind === 'nothing')
    return [];
  return [
    at(
      spec.span,
      'TOC221',
      `${FORM_NAMES[spec.kind]} needs \`by\`: whose events belong together`,
      'for instance by order_id',
    ),
  ];
}

function checkSteps(spec: AlertSpec): Diagnostic[] {
  if (spec.kind === 'all_of') {
    const found = repeats(spec.steps, 'asking for it twice changes nothing');
    if (spec.steps.length < 2)
      found.push(
        at(
          spec.span,
          'TOC232',
          '`all of` needs at least two conditions',
          'for instance all of paid, cancelled',
        ),
      );
    return [...found, ...untilAmong(spec.steps, spec.until)];
  }
  if (spec.kind === 'not_followed_by' && spec.first.name === spec.then.name)
    return repeats([spec.first, spec.then], 'each event would discharge itself, so it never fires');
  return [];
}

function untilAmong(steps: readonly LetRef[], until: LetRef | undefined): Diagnostic[] {
  if (until === undefined || !steps.some((step) => step.name === until.name)) return [];
  return [
    at(until.span, 'TOC232', `\`${until.name}\` would cancel what it brings about`, 'name another condition'),
  ];
}

function repeats(names: readonly LetRef[], because: string): Diagnostic[] {
  const seen = new Set<string>();
  return names.flatMap((name) => {
    const twice = seen.has(name.name);
    seen.add(name.name);
    return twice
      ? [at(name.span, 'TOC232', `\`${name.name}\` stands here twice: ${because}`, 'name another condition')]
      : [];
  });
}
