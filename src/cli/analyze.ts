/** `tocsin analyze`: shows how text is cut into tokens, which answers "why does my phrase not match". */
import type { Readable } from 'node:stream';
import { analyze } from '../event/analysis/analyze.ts';
import { joined, shown } from '../event/shown.ts';
import { textLines } from '../event/text-lines.ts';
import { withConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { CommandError, exitCode, type Terminal } from './terminal.ts';

export const addAnalyze: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('analyze'))
    .description('how text is cut into tokens, as a phrase on a text field sees it')
    .argument('[text...]', 'texts; without any, the lines of standard input')
    .option('--json', 'NDJSON: {"text"} a line of standard input, {"tokens","positions"} a line out')
    .action(async (texts: readonly string[], { json }: { readonly json?: true }) => {
      await (json ? writeJson(texts, terminal) : writeText(texts, terminal));
      ended(exitCode.fine);
    });
};

async function writeJson(texts: readonly string[], { stdin, out }: Terminal): Promise<void> {
  for await (const text of texts.length > 0 ? texts : textsOf(stdin)) {
    const tokens = analyze(text);
    await out.json({
      tokens: tokens.map((token) => token.text),
      positions: tokens.map(({ position }) => position),
    });
  }
}

async function writeText(texts: readonly string[], { stdin, out }: Terminal): Promise<void> {
  for await (const text of texts.length > 0 ? texts : textLines(stdin)) {
    const tokens = analyze(text).map((token) => token.text);
    await out.print(tokens.length === 0 ? shown`no token\n` : shown`${joined(tokens, shown` | `)}\n`);
  }
}

async function* textsOf(stdin: Readable): AsyncGenerator<string> {
  let number = 0;
  for await (const line of textLines(stdin)) {
    number += 1;
    if (line.trim() !== '') yield textOf(line, number);
  }
}

function textOf(line: string, number: number): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string') {
    return value.text;
  }
  throw new CommandError(
    exitCode.setup,
    `line ${number} of standard input is not {"text":"…"}`,
    'write one JSON object a line, for example {"text":"payment-gateway timeout"}',
  );
}
