/**
 * What a form of alert is to the detector: one descriptor a form, beside its operator, all of them in forms.ts. What the form means
 * and how far back it looks is the language's (rule/forms).
 */
import type { AlertSpec } from '../../rule/ast.ts';
import type { DetectRule } from '../input/input.ts';
import type { Operator } from '../operator.ts';

export interface DetectForm<Spec extends AlertSpec> {
  /** Without state. `spec` is the alert of `rule`. */
  create(spec: Spec, rule: DetectRule): Operator;
  /** In a live run it begins when the rule does, though no source may have given any event yet. */
  readonly beginsWithRule: boolean;
}
