/** `tocsin test`: runs the inline tests of the rules. A failed test is shown as a timeline. */
import { writeFileSync } from 'node:fs';
import type { RuleTestResult } from '../app/past/rule-test.ts';
import { shown, type Shown } from '../event/shown.ts';
import { localIso } from '../event/local-time.ts';
import { configuration, withConfigOption, type ConfigOption } from './configuration.ts';
import type { AddCommand } from './program.ts';
import { CommandError, exitCode, type ExitCode, type Terminal } from './terminal.ts';

interface TestFlags extends ConfigOption {
  readonly json?: true;
  readonly junit?: string;
}

export const addTest: AddCommand = (program, terminal, ended) => {
  withConfigOption(program.command('test'))
    .description('run the tests that stand in the rules, with a simulated clock')
    .argument('[path...]', 'rule files or a folder (default: the configured folder)')
    .option('--json', 'a line a test and one summary, as NDJSON')
    .option('--junit <file>', 'also write the results as JUnit XML')
    .action(async (paths: readonly string[], flags: TestFlags) => {
      ended(await testRules(paths, flags, terminal));
    });
};

async function testRules(paths: readonly string[], flags: TestFlags, terminal: Terminal): Promise<ExitCode> {
  const config = await configuration(flags.config, terminal, { environment: 'optional' });
  const [{ testRules: run }, { failureText, junitXml, testLine }] = await Promise.all([
    import('../app/past/rule-tests.ts'),
    import('./test-report.ts'),
  ]);
  const { out, err } = terminal;
  const started = performance.now();
  const time = (ms: number): string => localIso(ms, config.timezone);
  const results: RuleTestResult[] = [];
  const { untested } = await run(config, {
    rules: paths,
    onResult: async (result) => {
      results.push(result);
      if (flags.json) await out.json(testLine(result));
      else if (result.unmet.length > 0) await out.print(failureText(result, out.paint, time));
    },
  });
  const failed = results.filter(({ unmet }) => unmet.length > 0).length;
  const summary = { tests: results.length, passed: results.length - failed, failed, untested };
  if (flags.json) await out.json({ summary });
  else err.tell(summaryText(summary));
  if (flags.junit !== undefined)
    writeReport(flags.junit, junitXml(results, (performance.now() - started) / 1_000, time));
  return failed > 0 ? exitCode.findings : exitCode.fine;
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandError(
      exitCode.setup,
      `${file} cannot be written: ${(error as Error).message}`,
      'name a file in a folder that exists and may be written: --junit FILE',
    );
  }
}

function summaryText(summary: {
  readonly tests: number;
  readonly failed: number;
  readonly untested: readonly string[];
}): Shown {
  const { tests, failed, untested } = summary;
  const without = untested.length === 0 ? '' : `; without a test: ${untested.join(', ')}`;
  const result = failed === 0 ? 'all passed' : `${failed} failed`;
  return tests === 0
    ? shown`there is no test in these rules${without}\n`
    : shown`${tests} ${tests === 1 ? 'test' : 'tests'}: ${result}${without}\n`;
}
