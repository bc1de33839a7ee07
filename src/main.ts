#!/usr/bin/env node
// argv → command.
import { runCommand } from './cli/program.ts';

// A reader that has seen enough (`tocsin search … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await runCommand(process.argv.slice(2), process);
