/**
 * A prototype that is not part of the repository, to compare with: `proto4.js`, whose `Engine` takes rules and batches of bytes, and
 * `k3.wasm`, in the folder that the first option names.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { Wanted } from '../../lines/order-rules.ts';
import { serve, CHUNK_LINES } from '../serve.ts';
import { chunksOf } from './lines-of.ts';

interface Sketch {
  matches: number;
  learn(bytes: Uint8Array, offsets: readonly number[], lines: number): void;
  batchAll(bytes: Uint8Array, offsets: readonly number[], lines: number): void;
}

type SketchRule =
  | { readonly op: 'term'; readonly t: string }
  | { readonly op: 'phrase'; readonly ts: readonly string[] }
  | { readonly op: 'field'; readonly f: string; readonly v: string }
  | { readonly op: 'and' | 'or'; readonly c: readonly SketchRule[] }
  | { readonly op: 'not'; readonly c: SketchRule };

const LEARNED_LINES = 5_000;

serve(({ linesFile, rulesFile, options }) => {
  const folder = resolve(options[0]!);
  const { Engine } = createRequire(join(folder, 'proto4.js'))('./proto4.js') as {
    readonly Engine: new (rules: readonly object[], options: object) => Sketch;
  };
  const chunks = chunksOf(readFileSync(linesFile)).map(({ bytes, starts }) => ({
    bytes,
    offsets: [...starts, bytes.length],
  }));
  const wanted = JSON.parse(readFileSync(rulesFile, 'utf8')) as readonly Wanted[];
  return {
    load() {
      const rules = wanted.map((rule, id) => ({ id, ast: ruleOf(rule), group: 'service', win: 300, n: 5 }));
      const engine = new Engine(rules, { wasm: join(folder, 'k3.wasm') });
      const sample = chunks.slice(0, LEARNED_LINES / CHUNK_LINES);
      const bytes = Buffer.concat(sample.map((chunk) => chunk.bytes));
      const offsets = [0];
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) offsets.push(at + 1);
      engine.learn(bytes, offsets, offsets.length - 1);
      return {
        chunks: chunks.length,
        lines: chunks.reduce((sum, chunk) => sum + chunk.offsets.length - 1, 0),
        begin: () => undefined,
        judge(chunk) {
          const before = engine.matches;
          const { bytes, offsets } = chunks[chunk]!;
          engine.batchAll(bytes, offsets, offsets.length - 1);
          return engine.matches - before;
        },
      };
    },
  };
});

function ruleOf(rule: Wanted): SketchRule {
  switch (rule.kind) {
    case 'words':
      return rule.words.length === 1 ? { op: 'term', t: rule.words[0]! } : { op: 'phrase', ts: rule.words };
    case 'field':
      return { op: 'field', f: rule.field, v: rule.value };
    case 'not':
      return { op: 'not', c: ruleOf(rule.of) };
    case 'prefix':
      throw new Error('it knows no prefixes');
    case 'and':
    case 'or':
      return { op: rule.kind, c: rule.of.map(ruleOf) };
  }
}
