/**
 * The contract of an alert form with the detector. Each form has one descriptor, beside its operator; forms.ts lists them all. The other
 * half of a form belongs to the language (rule/forms), and so does the span that it looks back.
 */
import type { AlertSpec } from '../../rule/ast.ts';
import type { DetectRule } from '../input/input.ts';
import type { Operator } from '../operator.ts';

export interface DetectForm<Spec extends AlertSpec> {
  /** Creates an operator without state. `spec` is the alert of `rule`. */
  create(spec: Spec, rule: DetectRule): Operator;
  /** True if, in a live run, the form begins together with the rule, even before any source has given an event. */
  readonly beginsWithRule: boolean;
}
