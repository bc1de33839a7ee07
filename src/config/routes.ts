/** Decides which route takes an alert. This is used when rules are checked and when messages are planned. */
import type { Severity } from '../event/alert.ts';
import type { Route } from './config.ts';

/** The parts of a rule that a route looks at. */
export interface Routable {
  readonly name: string;
  readonly severity: Severity;
  readonly owner?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Returns true where the route takes alerts of the rule. Callers take the first route that fits. */
export function routeFits(route: Route, rule: Routable): boolean {
  return (
    (route.severity?.includes(rule.severity) ?? true) &&
    (route.rule?.includes(rule.name) ?? true) &&
    (route.owner === undefined || (rule.owner !== undefined && route.owner.includes(rule.owner))) &&
    Object.entries(route.labels).every(([name, value]) => rule.labels[name] === value)
  );
}
