import { createMetrics } from '../../src/operate/metrics.ts';

/** All metrics that are Tocsin's own, as Prometheus reads them, without a value yet. */
export async function exposition(): Promise<string> {
  let text = '';
  for await (const part of createMetrics().parts()) text += part;
  return text;
}
