#!/usr/bin/env node
// argv → command. Imports come after the check: they would not even load in an older Node.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(`tocsin needs Node.js 24 or later, this is ${process.versions.node}\n`);
  process.exit(3);
}
const { runCommand } = await import('./cli/program.ts');

// A reader that has seen enough (`tocsin search … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
const code = await runCommand(process.argv.slice(2), process);
// Everything is closed, but a client may hold a socket for a while: kafkajs does after a broker came back.
process.stdout.write('', () => process.exit(code));
