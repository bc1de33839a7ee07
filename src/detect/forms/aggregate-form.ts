/** The form of comparisons. If a window without events satisfies all comparisons, it also judges groups that are known but have no events. */
import type { SpecOf } from '../../rule/ast.ts';
import { emptyWindowSatisfies } from '../../rule/forms/measures.ts';
import { createAggregate } from './aggregate.ts';
import { createArmedAggregate } from './armed-aggregate.ts';
import { forgetAfterMs } from './forgotten.ts';
import type { DetectForm } from './form.ts';

export const aggregateForm: DetectForm<SpecOf<'aggregate'>> = {
  create(spec) {
    const aggregate = createAggregate(spec);
    if (!emptyWindowSatisfies(spec.comparisons)) return aggregate;
    return createArmedAggregate(aggregate, spec.within.ms, forgetAfterMs(spec));
  },
  beginsWithRule: false,
};
