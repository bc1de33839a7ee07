/** Which route takes an alert: asked when rules are checked, and when somebody is told. */
import type { Severity } from '../event/alert.ts';
import type { Route } from './config.ts';

/** What a route looks at. */
export interface Routable {
  readonly name: string;
  readonly severity: Severity;
  readonly owner?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Of several routes that fit the first one counts. */
export function routeFits(route: Route, rule: Routable): boolean {
  return (
    (route.severity?.includes(rule.severity) ?? true) &&
    (route.rule?.includes(rule.name) ?? true) &&
    (route.owner === undefined || (rule.owner !== undefined && route.owner.includes(rule.owner))) &&
    Object.entries(route.labels).every(([name, value]) => rule.labels[name] === value)
  );
}
