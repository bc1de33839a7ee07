/** The configuration of benches whose rules are about lines of some kind. */
export const BENCH_CONFIG = `sources: { orders: { stdin: {}, lateness: 1s } }
fields: { kind: { type: keyword }, service: { type: keyword }, order_id: { type: keyword }, ms: { type: double }, message: { type: text } }
routes: [{ to: [terminal] }]
channels: { terminal: {} }
rules: ./rules
`;
