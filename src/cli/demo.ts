/** `tocsin demo`: simulates an order service with faults, with everything embedded, and shows its alerts in the terminal as people would get them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { durationMs } from '../event/duration.ts';
import { silent } from '../event/telemetry.ts';
import { onShutdown } from '../operate/shutdown.ts';
import { configuration } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { exitCode, PACKAGE_FOLDER, VERSION, wholeNumber } from './terminal.ts';

interface DemoFlags {
  readonly for: number;
  readonly lang?: 'en' | 'zh';
  readonly config?: string;
  readonly seed: number;
}

export const addDemo: AddCommand = (program, terminal, ended) => {
  program
    .command('demo')
    .description('a simulated order service with faults: alerts in the terminal as people would get them')
    .option(
      '-c, --config <file>',
      'take fields and rules from here (default: ./tocsin.yaml, else the shipped one)',
    )
    .addOption(new Option('--for <duration>', 'how long').argParser(seconds).default(45_000, '45s'))
    .addOption(new Option('--lang <language>', 'language of the alerts').choices(['en', 'zh']))
    .option('--seed <n>', 'another seed, other orders', wholeNumber, 20_260)
    .action(async (flags: DemoFlags) => {
      const { out, err } = terminal;
      const config = await configuration(flags.config ?? usualFile(), terminal, { environment: 'optional' });
      const [{ runDemo }, { createLog }, { processClock }] = await Promise.all([
        import('../demo/demo.ts'),
        import('../operate/log.ts'),
        import('../app/clock.ts'),
      ]);
      const log = createLog({ level: 'warn', version: VERSION });
      const controller = new AbortController();
      const shutdown = onShutdown({ atOnce: () => process.exit(exitCode.interrupted) });
      void shutdown.asked.then(() => {
        controller.abort();
      });
      try {
        const whole = await runDemo({
          config: { ...config, language: flags.lang ?? config.language },
          durationMs: flags.for,
          seed: flags.seed,
          stdout: out.stream,
          stderr: err.stream,
          paint: err.paint,
          log,
          clock: processClock({ ...silent, log }),
          signal: controller.signal,
        });
        ended(whole ? exitCode.fine : exitCode.interrupted);
      } finally {
        shutdown.dispose();
      }
    });
};

function usualFile(): string {
  return existsSync('tocsin.yaml') ? 'tocsin.yaml' : join(PACKAGE_FOLDER, 'tocsin.yaml');
}

function seconds(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined || ms < 10_000 || ms > 3_600_000) {
    throw new InvalidArgumentError('Write a duration from 10s to 1h, such as 60s.');
  }
  return ms;
}
