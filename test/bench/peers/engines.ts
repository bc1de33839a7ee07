/** The engines of the benches: how each is started, in which language it is asked, and what its matches can be held to. */
import { join } from 'node:path';
import type { Wanted } from '../lines/order-rules.ts';
import type { Built, PeerBuild } from './build.ts';
import { luceneQueries } from './languages/lucene.ts';
import { esperStatement, sigmaCorrelation } from './languages/windows.ts';
import type { Question } from './question.ts';
import { sigmaRules, type SigmaWay } from './languages/sigma.ts';

/** `Asked`: what all engines of a workload are asked, in no language. */
export interface Engine<Asked> {
  readonly name: string;
  /** In words, for the reader of a table. */
  readonly note: string;
  /**
   * The matches are those of the rules, those of rules that say something a little different, none, or alerts, which each engine counts its
   * own way.
   */
  readonly matches: 'same' | 'other' | 'none' | 'alerts';
  /** What is asked in the engine's own language. */
  readonly rules: (asked: Asked) => string;
  /** The command for files of lines and of rules. */
  readonly command: (linesFile: string, rulesFile: string, budgetMs: number) => readonly string[];
}

export type MatchEngine = Engine<readonly Wanted[]>;

/** An engine that cannot be had here. */
export interface Missing {
  readonly name: string;
  readonly missing: string;
}

/** The folder of a prototype (engines/sketch.ts), if there is one to compare with. */
const SKETCH = process.env['TOCSIN_BENCH_SKETCH'];

const inNode = (file: string, ...options: readonly string[]): Engine<unknown>['command'] => {
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

const asJson = (asked: unknown): string => JSON.stringify(asked);

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

const JSON_PARSE: Engine<unknown> = {
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

/** The engines that know windows. */
export function stateEngines({ rsigma: sigma, java }: Built): readonly (Engine<Question> | Missing)[] {
  return [
    {
      name: 'Tocsin',
      note: 'decoded, matched, judged; an alert for each episode',
      matches: 'alerts',
      rules: asJson,
      command: inNode('tocsin-state.ts'),
    },
    JSON_PARSE,
    ...from('RSigma', sigma, (command) => [
      {
        name: 'RSigma',
        note: 'a correlation; an alert for each line that satisfies it',
        matches: 'alerts',
        rules: sigmaCorrelation,
        command: (linesFile, rulesFile, budgetMs) => [...command, linesFile, rulesFile, String(budgetMs)],
      },
    ]),
    ...from('Esper', java, (command) => [
      {
        name: 'Esper',
        note: 'a time window by the time of the lines; an alert for each line that satisfies it',
        matches: 'alerts',
        rules: esperStatement,
        command: (linesFile, rulesFile, budgetMs) => [
          ...command,
          'EsperPeer',
          linesFile,
          rulesFile,
          String(budgetMs),
        ],
      },
    ]),
  ];
}

function from<Asked>(
  name: string,
  built: PeerBuild,
  engines: (command: readonly string[]) => readonly Engine<Asked>[],
): readonly (Engine<Asked> | Missing)[] {
  return 'missing' in built ? [{ name, missing: built.missing }] : engines(built.command);
}
