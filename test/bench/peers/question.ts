/** What the benches of windows ask of every engine: one rule, whose condition every line satisfies. */

export interface Question {
  /** `count`: of the lines; `distinct`: of `order_id`; `p95`: of `duration_ms`. */
  readonly form: 'count' | 'distinct' | 'p95';
  /** Alert from this value on. */
  readonly from: number;
  readonly withinS: number;
  readonly by: 'service' | 'user_id';
}
