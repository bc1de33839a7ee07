/**
 * The texts of a rule's and a runbook's authors, as messages show them. They are made once for all alerts of a batch, since reading and
 * printing them may take longer than the rest of a message.
 */
import type { Transition } from '../../event/alert.ts';
import type { Config } from '../../config/config.ts';
import { comparisonsOf, windowOf } from '../../rule/alert-parts.ts';
import type { Rule } from '../../rule/ast.ts';
import { fieldsOfInterest } from '../../rule/interest.ts';
import { printCondition } from '../../rule/print.ts';
import type { RuleView, RunbookText } from '../notice.ts';
import { keptAlert } from './form.ts';
import { SHOWN_LENGTH_MAX, runbookTitle, runbookUrl } from './runbook.ts';

export interface AuthoredContext {
  readonly config: Pick<Config, 'language'>;
  /** Returns the text of a runbook by its path relative to the rules folder, undefined if there is none. */
  rulebook(path: string): string | undefined;
}

/** The texts of authors. The same rule gives the same objects each time. */
export interface Authored {
  view(rule: Rule): RuleView;
  /** Returns undefined if a rule has no runbook that can be read. */
  runbook(path: string | undefined, kind: Transition['kind']): RunbookText | undefined;
}

interface Runbook {
  /** The runbook with its steps. */
  readonly whole: RunbookText;
  readonly named: RunbookText;
}

/** Returns the texts for one batch. The next batch needs a new call, which shows what was edited meanwhile. */
export function authoredOnce(context: AuthoredContext): Authored {
  const views = new Map<Rule, RuleView>();
  const runbooks = new Map<string, Runbook | undefined>();
  const runbookOf = (path: string | undefined): Runbook | undefined => {
    if (path === undefined) return undefined;
    if (!runbooks.has(path)) runbooks.set(path, runbookIn(path, context));
    return runbooks.get(path);
  };
  return {
    view(rule) {
      let view = views.get(rule);
      if (view === undefined) views.set(rule, (view = viewOf(rule, runbookOf(rule.runbook)?.whole)));
      return view;
    },
    runbook(path, kind) {
      const runbook = runbookOf(path);
      // Only a firing shows the steps. Later messages only name the runbook.
      return kind === 'fired' ? runbook?.whole : runbook?.named;
    },
  };
}

/** Reads a runbook, in the language of the messages if there is such a file. */
function runbookIn(runbook: string, context: AuthoredContext): Runbook | undefined {
  const inChinese = runbook.replace(/\.md$/u, '.zh.md');
  for (const path of context.config.language === 'zh' ? [inChinese, runbook] : [runbook]) {
    const text = context.rulebook(path);
    if (text === undefined) continue;
    const markdown = text.slice(0, SHOWN_LENGTH_MAX);
    const url = runbookUrl(markdown);
    const named = { path, markdown: '', ...(url !== undefined && { url }) };
    return { whole: { ...named, markdown }, named };
  }
  return undefined;
}

function viewOf(rule: Rule, runbook: RunbookText | undefined): RuleView {
  // The runbook in the language of the messages may have a title in that language.
  const title = (runbook && runbookTitle(runbook.markdown, rule.name)) ?? rule.title;
  const threshold = thresholdOf(rule);
  return {
    name: rule.name,
    severity: rule.severity,
    labels: rule.labels,
    alertText: rule.alertText,
    alert: keptAlert(rule.alert),
    letTexts: Object.fromEntries(
      [...rule.lets].map(([name, condition]) => [name, printCondition(condition)]),
    ),
    fields: fieldsOfInterest(rule),
    windowMs: windowOf(rule.alert).ms,
    ...(title !== undefined && { title }),
    ...(rule.owner !== undefined && { owner: rule.owner }),
    ...(rule.whenText !== undefined && { whenText: rule.whenText }),
    ...(threshold !== undefined && { threshold }),
  };
}

/**
 * Returns the smallest count that fires: N of `count >= N`, or N + 1 of `count > N`. Undefined if the alert clause says more, or if it
 * counts only a part of the events in the window.
 */
function thresholdOf({ alert, when }: Rule): number | undefined {
  const [comparison, ...others] = comparisonsOf(alert);
  if (comparison === undefined || others.length > 0) return undefined;
  const { left, op, right } = comparison;
  if (left.kind !== 'count' || right.kind !== 'number') return undefined;
  if (left.of !== undefined && when !== undefined) return undefined;
  if (op === '>=') return right.value;
  return op === '>' ? Math.floor(right.value) + 1 : undefined;
}
