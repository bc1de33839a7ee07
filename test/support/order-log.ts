/**
 * Lines of an order service for stories, the same for the same seed: normal traffic with bursts of faults at known places, so
 * that a story knows which alerts must come.
 */

export interface Burst {
  /** Index of the line at which it begins. */
  readonly atLine: number;
  readonly lines: number;
  readonly service: string;
  readonly message: string;
}

export interface OrderLogOptions {
  readonly lines: number;
  /** Event time of the first line, ms since epoch. */
  readonly startMs: number;
  /** Event time between two lines. */
  readonly stepMs: number;
  readonly bursts: readonly Burst[];
}

export interface OrderLine {
  readonly index: number;
  readonly timeMs: number;
  readonly text: string;
}

const NORMAL = [
  ['order', 'order created'],
  ['payment', 'payment succeeded'],
  ['inventory', 'inventory synced'],
  ['order', 'order state changed'],
] as const;

/** The lines in order of time. */
export function* orderLog({ lines, startMs, stepMs, bursts }: OrderLogOptions): Generator<OrderLine> {
  for (let index = 0; index < lines; index += 1) {
    const timeMs = startMs + index * stepMs;
    const burst = bursts.find(({ atLine, lines: length }) => index >= atLine && index < atLine + length);
    const [service, message] = NORMAL[index % NORMAL.length]!;
    const order = `A${100_000 + Math.floor(index / NORMAL.length)}`;
    const text = JSON.stringify({
      '@timestamp': new Date(timeMs).toISOString(),
      level: burst === undefined ? 'INFO' : 'ERROR',
      service: burst?.service ?? service,
      order_id: order,
      message: burst === undefined ? `${message} 支付 n=${index}` : `${burst.message} n=${index}`,
    });
    yield { index, timeMs, text };
  }
}
