#!/usr/bin/env node
// The program: runs the command that its arguments name. Imports come after the check of the version, because older versions of Node cannot
// load them.
const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
if (NODE_MAJOR < 24) {
  process.stderr.write(`tocsin needs Node.js 24 or later, this is ${process.versions.node}\n`);
  process.exit(3);
}
const [{ runCommand }, { redactText }, { inspect }] = await Promise.all([
  import('./cli/program.ts'),
  import('./event/redact.ts'),
  import('node:util'),
]);

// A defect ends the process and prints its stack. Credentials in the text are redacted.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${redactText(inspect(error))}\n`);
  process.exit(1);
});

// A reader that closes the pipe early (`tocsin search … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
await runCommand(process.argv.slice(2), process).then((code) => {
  // All parts are closed by now, but a client may hold a socket for a while: kafkajs does so after a broker came back.
  process.stdout.write('', () => process.exit(code));
});
