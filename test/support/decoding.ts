/** The settings of a source, made of what tocsin.yaml says. */
import type { SourceConfig } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';

/** `decode` and `timestamp`: as in tocsin.yaml. Throws where they have problems. */
export function decodingOf(decode: unknown, timestamp?: unknown): Pick<SourceConfig, 'decode' | 'timestamp'> {
  const from = { stdin: {}, decode, ...(timestamp !== undefined && { timestamp }) };
  const { config, problems } = parseConfig(JSON.stringify({ sources: { orders: from } }), '/tocsin.yaml', {});
  if (config === undefined) throw new Error(JSON.stringify(problems));
  const [source] = config.sources;
  return { decode: source!.decode, timestamp: source!.timestamp };
}
