/** `tocsin backup` and `tocsin restore`: copies data_dir while a process works on it, and puts a copy in its place. */
import type { Manifest } from '../app/backup/manifest.ts';
import { shown } from '../event/shown.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { exitCode, type Terminal } from './terminal.ts';

interface BackupFlags extends ConfigOption {
  readonly json?: true;
}

export const addBackup: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('backup'))
    .description('data_dir as one whole copy, also while `run` works on it')
    .argument('<dir>', 'folder for the copy; not there yet, or empty')
    .option('--json', 'what was copied, as a line of JSON')
    .action(async (dir: string, flags: BackupFlags) => {
      const config = await configuration(flags.config, terminal, { environment: 'optional' });
      const { takeBackup } = await import('../app/backup/take-backup.ts');
      await say(await takeBackup(config, dir), `${config.dataDir} is copied to ${dir}`, flags, terminal);
      ended(exitCode.fine);
    });
};

export const addRestore: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('restore'))
    .description('puts a copy that `backup` made in the place of data_dir')
    .argument('<dir>', 'folder of the copy')
    .option('--json', 'what was put back, as a line of JSON')
    .action(async (dir: string, flags: BackupFlags) => {
      const config = await configuration(flags.config, terminal, { environment: 'optional' });
      const { putBack } = await import('../app/backup/put-back.ts');
      const manifest = await putBack(config, dir);
      const what = `${config.dataDir} is as it was at ${manifest.at}; what may have been told since is marked when it is told again`;
      await say(manifest, what, flags, terminal);
      ended(exitCode.fine);
    });
};

async function say(
  manifest: Manifest,
  what: string,
  { json }: BackupFlags,
  { out, err }: Terminal,
): Promise<void> {
  if (json) {
    await out.json(manifest);
    return;
  }
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  err.tell(shown`${what} (${manifest.files.length} files, ${(bytes / 1e6).toFixed(1)} MB)\n`);
}
