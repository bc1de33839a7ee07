/** `tocsin dlq`: lists the documents that the archive refused for good, and sends them again once the cause is mended. */
import type { DeadLetter } from '../app/past/dead-letters.ts';
import { makeFilesPrivate } from '../event/private-files.ts';
import { shown, type Shown } from '../event/shown.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { exitCode, type Terminal } from './terminal.ts';

interface DlqFlags extends ConfigOption {
  readonly json?: true;
}

export const addDlq: AddCommand = (program, terminal, ended) => {
  const dlq = program.command('dlq').description('documents that the archive refused for good');
  withConfigOption(dlq.command('list'))
    .description('list them, oldest first; exit code 1 where there is one')
    .option('--json', 'a line a document, as NDJSON')
    .action(async (flags: DlqFlags) => {
      const found = await list(flags, terminal);
      ended(found > 0 ? exitCode.findings : exitCode.fine);
    });
  withConfigOption(dlq.command('retry'))
    .description('send them again; exit code 1 where some are refused again')
    .option('--json', 'the result as a line of JSON')
    .action(async (flags: DlqFlags) => {
      const kept = await retry(flags, terminal);
      ended(kept > 0 ? exitCode.findings : exitCode.fine);
    });
};

async function list({ config: file, json }: DlqFlags, terminal: Terminal): Promise<number> {
  const config = await configuration(file, terminal, { environment: 'optional' });
  const { out, err } = terminal;
  const { deadLetters } = await import('../app/past/dead-letters.ts');
  const letters = await deadLetters(config);
  for (const letter of letters) {
    if (json) await out.json(letter);
    else await out.print(letterText(letter));
  }
  if (!json) {
    const count = letters.length === 0 ? 'no document was refused' : `${letters.length} refused`;
    err.tell(shown`${count}\n`);
  }
  return letters.length;
}

function letterText({ at, id, index, status, type, reason }: DeadLetter): Shown {
  const why = [status, type, reason].filter((part) => part !== undefined && part !== '').join(' ');
  return shown`${at}  ${index}/${id}  ${why}\n`;
}

async function retry({ config: file, json }: DlqFlags, terminal: Terminal): Promise<number> {
  const config = await configuration(file, terminal);
  const { sendDeadLetters } = await import('../app/past/dead-letters.ts');
  makeFilesPrivate();
  const { stored, kept } = await sendDeadLetters(config);
  if (json) await terminal.out.json({ stored, kept });
  else terminal.err.tell(shown`${stored} stored, ${kept} refused again\n`);
  return kept;
}
