/** The engines of the benches of matching: how each is started, in which language it reads rules, and what its matches can be held to. */
import { join } from 'node:path';
import type { Wanted } from '../lines/order-rules.ts';
import type { Built, PeerBuild } from './build.ts';
import { luceneQueries } from './languages/lucene.ts';
import { sigmaRules, type SigmaWay } from './languages/sigma.ts';

export interface MatchEngine {
  readonly name: string;
  /** In words, for the reader of a table. */
  readonly note: string;
  /** What the matches are: those of the rules, those of rules that say something a little different, or none. */
  readonly matches: 'same' | 'other' | 'none';
  readonly rules: (wanted: readonly Wanted[]) => string;
  /** The command for files of lines and of rules. */
  readonly command: (linesFile: string, rulesFile: string, budgetMs: number) => readonly string[];
}

/** An engine that cannot be had here. */
export interface Missing {
  readonly name: string;
  readonly missing: string;
}

/** The folder of a prototype (engines/sketch.ts), if there is one to compare with. */
const SKETCH = process.env['TOCSIN_BENCH_SKETCH'];

const inNode = (file: string, ...options: readonly string[]): MatchEngine['command'] => {
  const program = [process.execPath, '--disable-warning=ExperimentalWarning'];
  return (linesFile, rulesFile, budgetMs) => [
    ...program,
    join(import.meta.dirname, 'engines', file),
    linesFile,
    rulesFile,
    String(budgetMs),
    ...options,
  ];
};

const asJson = (rules: readonly Wanted[]): string => JSON.stringify(rules);

const TOCSIN: readonly MatchEngine[] = [
  {
    name: 'Tocsin',
    note: 'words in every text of the line',
    matches: 'same',
    rules: asJson,
    command: inNode('tocsin.ts'),
  },
  {
    name: 'Tocsin, two fields',
    note: 'words in `level` and `message`',
    matches: 'same',
    rules: asJson,
    command: inNode('tocsin.ts', 'level', 'message'),
  },
];

const JSON_PARSE: MatchEngine = {
  name: 'JSON.parse',
  note: 'a loop that does nothing else',
  matches: 'none',
  rules: () => '',
  command: inNode('json-parse.ts'),
};

const sketch = (folder: string): MatchEngine => ({
  name: 'sketch',
  note: 'the prototype that TOCSIN_BENCH_SKETCH names',
  matches: 'same',
  rules: asJson,
  command: inNode('sketch.ts', folder),
});

const SIGMA_NOTES: Readonly<Record<SigmaWay, string>> = {
  fields: '`message|contains`: parts of words match too',
  keywords: 'keywords: anywhere, parts of words match too',
  words: '`message` with blanks around: whole words',
};

const rsigma = (command: readonly string[], way: SigmaWay): MatchEngine => ({
  name: `RSigma, ${way}`,
  note: SIGMA_NOTES[way],
  matches: way === 'words' ? 'same' : 'other',
  rules: (wanted) => sigmaRules(wanted, way),
  command: (linesFile, rulesFile, budgetMs) => [...command, linesFile, rulesFile, String(budgetMs)],
});

const monitor = (command: readonly string[], unit: 'one' | 'batch'): MatchEngine => ({
  name: `Lucene Monitor, ${unit}`,
  note: unit === 'one' ? 'a line at a time' : '1,000 lines at a time',
  matches: 'same',
  rules: luceneQueries,
  command: (linesFile, rulesFile, budgetMs) => [
    ...command,
    'MonitorPeer',
    linesFile,
    rulesFile,
    String(budgetMs),
    unit,
  ],
});

/** All engines of matching, and those that cannot be had here. Tocsin is the first. */
export function matchEngines({ rsigma: sigma, java }: Built): readonly (MatchEngine | Missing)[] {
  const from = (
    name: string,
    built: PeerBuild,
    engines: (command: readonly string[]) => readonly MatchEngine[],
  ): readonly (MatchEngine | Missing)[] =>
    'missing' in built ? [{ name, missing: built.missing }] : engines(built.command);
  return [
    ...TOCSIN,
    JSON_PARSE,
    ...(SKETCH === undefined ? [] : [sketch(SKETCH)]),
    ...from('RSigma', sigma, (command) => [
      rsigma(command, 'fields'),
      rsigma(command, 'keywords'),
      rsigma(command, 'words'),
    ]),
    ...from('Lucene Monitor', java, (command) => [monitor(command, 'one'), monitor(command, 'batch')]),
  ];
}
