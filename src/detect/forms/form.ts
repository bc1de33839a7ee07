/**
 * The contract of a form of alert with the detector. Each form has one descriptor, beside its operator; forms.ts has all of them.
 * The other half of a form, also how far back it looks, belongs to the language (rule/forms).
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
