#!/usr/bin/env node
// argv → command. Imports come after the check: they would not even load in an older Node.
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

// A defect ends the process, as loudly as ever, but without a credential in its words.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${redactText(inspect(error))}\n`);
  process.exit(1);
});

// A reader that has seen enough (`tocsin search … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
await runCommand(process.argv.slice(2), process).then((code) => {
  // Everything is closed, but a client may hold a socket for a while: kafkajs does after a broker came back.
  process.stdout.write('', () => process.exit(code));
});
