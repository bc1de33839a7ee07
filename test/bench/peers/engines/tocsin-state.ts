/** Tocsin as an engine of windows: bytes of lines → events → matches → alerts. Journal and delivery are not in it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchInput } from '../../../../src/app/decoding.ts';
import { readRules } from '../../../../src/app/rulebook.ts';
import { loadConfig } from '../../../../src/config/load.ts';
import { createDetector } from '../../../../src/detect/detector.ts';
import { createDecoder } from '../../../../src/ingest/decode/decoder.ts';
import { compileMatcher } from '../../../../src/match/matcher.ts';
import { LATE_MAX_MS } from '../../lines/state-lines.ts';
import type { Question } from '../question.ts';
import { serve } from '../serve.ts';
import { batchesOf, countOf } from './lines-of.ts';

const CONFIG = `sources: { orders: { stdin: {}, lateness: ${LATE_MAX_MS / 1_000}s } }
fields: { service: { type: keyword }, order_id: { type: keyword }, user_id: { type: keyword }, duration_ms: { type: double } }
routes: [{ to: [terminal] }]
channels: { terminal: {} }
rules: ./rules
`;

const measures: Readonly<Record<Question['form'], string>> = {
  count: 'count',
  distinct: 'distinct(order_id)',
  p95: 'p95(duration_ms)',
};

serve(({ linesFile, rulesFile }) => {
  const batches = batchesOf(readFileSync(linesFile));
  const question = JSON.parse(readFileSync(rulesFile, 'utf8')) as Question;
  return {
    load() {
      const { config, ruleset } = readingsOf(question);
      const { sources, schema } = config;
      const matcher = compileMatcher(ruleset);
      let decoder = createDecoder(sources[0]!, schema);
      let detector = createDetector(ruleset, { sources });
      let timing: string | undefined;
      return {
        chunks: batches.length,
        lines: countOf(batches),
        begin() {
          decoder = createDecoder(sources[0]!, schema);
          detector = createDetector(ruleset, { sources });
          timing = undefined;
        },
        judge(chunk) {
          const decoded = decoder.decode(batches[chunk]!, timing, matcher.kernel);
          timing = decoded.timing;
          const matched = matcher.matchLines(decoded);
          const transitions = detector.step(batchInput(batches[chunk]!, decoded, matched.columns));
          matched.leaveBatch();
          return transitions.filter(({ kind, isFinal }) => kind === 'fired' && isFinal).length;
        },
      };
    },
  };
});

/** Configuration and rule as `tocsin run` reads them. */
function readingsOf({ form, from, withinS, by }: Question): {
  readonly config: NonNullable<ReturnType<typeof loadConfig>['config']>;
  readonly ruleset: NonNullable<ReturnType<typeof readRules>['ruleset']>;
} {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  try {
    mkdirSync(join(folder, 'rules'));
    writeFileSync(join(folder, 'tocsin.yaml'), CONFIG);
    const alert = `alert ${measures[form]} >= ${from} within ${withinS}s by ${by}`;
    writeFileSync(
      join(folder, 'rules/bench.rule'),
      `rule bench {\n  when service:*\n  ${alert}\n  max_groups 10000000\n}\n`,
    );
    const { config, problems } = loadConfig(join(folder, 'tocsin.yaml'), {});
    if (config === undefined) throw new Error(`error: ${JSON.stringify(problems)}`);
    const { ruleset, diagnostics } = readRules(config);
    if (ruleset === undefined) throw new Error(`error: ${JSON.stringify(diagnostics[0])}`);
    return { config, ruleset };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
