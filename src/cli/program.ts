/**
 * Runs a command line: argv → command → exit code. Every failure becomes one clear message. Nothing below this file decides how the process
 * ends.
 */
import { Command, CommanderError } from 'commander';
import { isShown, joined, shown, shownLines, styled, type Showable, type Shown } from '../event/shown.ts';
import { addAlerts, addShow } from './alerts.ts';
import { addAnalyze } from './analyze.ts';
import { addBacktest } from './backtest.ts';
import { addBackup, addRestore } from './backup.ts';
import { addCheck } from './check.ts';
import { addDecode } from './decode.ts';
import { addDemo } from './demo.ts';
import { addDlq } from './dlq.ts';
import { addExplain } from './explain.ts';
import { addFmt } from './fmt.ts';
import { guardedStreams } from './guarded-streams.ts';
import { addInit } from './init.ts';
import { addLint } from './lint.ts';
import { addRun } from './run.ts';
import { addSearch } from './search.ts';
import { explainSystemError } from './system-error.ts';
import { addTest } from './test.ts';
import {
  CommandError,
  exitCode,
  explained,
  terminalOf,
  VERSION,
  type ExitCode,
  type Streams,
  type Terminal,
} from './terminal.ts';

/**
 * Registers a command; its action reports the exit code through `ended`. The action imports what the command works with, so that no command
 * waits for the libraries of another.
 */
export type AddCommand = (program: Command, terminal: Terminal, ended: (code: ExitCode) => void) => void;

const COMMANDS: readonly AddCommand[] = [
  addRun,
  addDemo,
  addCheck,
  addFmt,
  addLint,
  addExplain,
  addTest,
  addAnalyze,
  addDecode,
  addBacktest,
  addSearch,
  addAlerts,
  addShow,
  addDlq,
  addBackup,
  addRestore,
  addInit,
];

/** Runs one command line. Resolves to the exit code once everything that the command opened is closed. */
export async function runCommand(args: readonly string[], streams: Streams): Promise<ExitCode> {
  const terminal = terminalOf(guardedStreams(streams));
  let code: ExitCode = exitCode.fine;
  const program = createProgram(terminal);
  const ended = (ending: ExitCode): void => {
    code = ending;
  };
  for (const add of COMMANDS) add(program, terminal, ended);
  for (const command of program.commands) inheritSettings(command, program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return failed(error, terminal);
  }
}

function createProgram({ out, err }: Terminal): Command {
  return new Command('tocsin')
    .description(
      'Reads order logs as a stream, keeps every line searchable, and alerts people with what to do.',
    )
    .version(VERSION)
    .showSuggestionAfterError()
    .showHelpAfterError('(--help after a command shows what it takes)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        out.tell(shownLines(text));
      },
      writeErr: (text) => {
        err.tell(shownLines(text));
      },
    })
    .addHelpText('after', '\nTo see it at work: tocsin demo. To begin: tocsin init.');
}

function inheritSettings(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inheritSettings(child, command);
}

function failed(error: unknown, { err }: Terminal): ExitCode {
  const explain = (message: Showable, fix?: string): void => {
    err.tell(
      explained(
        styled(message, (text) => text.trimEnd()),
        fix,
      ),
    );
  };
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.fine : exitCode.setup;
  if (error instanceof CommandError) {
    explain(error.shown ?? error.message.trimEnd(), error.fix);
    return error.exitCode;
  }
  // StartError, FixableError: an error that names its fix was written for people.
  if (error instanceof Error && 'fix' in error && typeof error.fix === 'string') {
    const own = 'shown' in error && isShown(error.shown) ? error.shown : undefined;
    explain(own ?? error.message.trimEnd(), error.fix);
    return 'exitCode' in error && error.exitCode === 2 ? exitCode.invalidRules : exitCode.setup;
  }
  const system = explainSystemError(error);
  if (system !== undefined) {
    explain(system.message, system.fix);
    return exitCode.setup;
  }
  explain(defectText(error), 'this is a defect of Tocsin; please report it with the lines above');
  return exitCode.setup;
}

/** Formats a defect: the message, which may be any text, on a line of its own, and the places in the program below it. */
function defectText(error: unknown): Shown {
  if (!(error instanceof Error)) return shown`unexpected: ${String(error)}`;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /u.test(line));
  return joined([shown`unexpected: ${error.name}: ${error.message}`, ...frames], shown`\n`);
}
