/**
 * The grok of a real Elasticsearch, which its ingest processor and ES|QL run: the library of the distribution that other tests start. The
 * distribution for tests lacks the processor itself.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { elasticsearchClasses } from './elasticsearch.ts';
import { run } from './servers/process.ts';

const READER = join(import.meta.dirname, 'servers', 'grok', 'GrokReader.java');

export interface GrokQuestion {
  readonly pattern: string;
  readonly text: string;
}

/** Values of the fields; `undefined`: no match. */
export type GrokAnswer = Readonly<Record<string, string | readonly string[]>> | undefined;

/** Answers each question as Elasticsearch does, without ECS. Also returns the names of the patterns in `files` of its legacy set. */
export async function askElasticsearchGrok(
  questions: readonly GrokQuestion[],
  files: readonly string[],
): Promise<{ readonly names: readonly string[]; readonly answers: readonly GrokAnswer[] }> {
  const { java, classPath } = await elasticsearchClasses();
  const classes = mkdtempSync(join(tmpdir(), 'tocsin-grok-'));
  try {
    await run('javac', ['-d', classes, READER]);
    const { stdout, stderr, status } = spawnSync(
      java,
      ['-XX:TieredStopAtLevel=1', '-cp', [classes, classPath].join(delimiter), 'GrokReader', ...files],
      {
        input: questions.map(({ pattern, text }) => `${encoded(pattern)}\t${encoded(text)}\n`).join(''),
        encoding: 'utf8',
        maxBuffer: 64 << 20,
        timeout: 60_000,
      },
    );
    const lines = stdout.trimEnd().split('\n');
    if (status !== 0 || lines.length !== files.length + questions.length)
      throw new Error(`GrokReader ended with ${status}: ${stderr}`);
    return {
      names: lines.slice(0, files.length).flatMap((line) => line.split('\t')),
      answers: lines.slice(files.length).map(answerOf),
    };
  } finally {
    rmSync(classes, { recursive: true });
  }
}

function answerOf(line: string): GrokAnswer {
  const [kind, ...rest] = line.split('\t');
  if (kind === 'none') return undefined;
  if (kind === 'error') throw new Error(decoded(rest[0]!));
  const fields: Record<string, string | readonly string[]> = {};
  for (let i = 0; i < rest.length; i += 2) {
    const values = rest[i + 1]!.split(',').map(decoded);
    fields[decoded(rest[i]!)] = values.length > 1 ? values : values[0]!;
  }
  return fields;
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const decoded = (text: string): string => Buffer.from(text, 'base64').toString();
