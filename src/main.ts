#!/usr/bin/env node
// The program: runs the command that its arguments name. Imports come after the check of the version, because older versions of Node cannot
// load them.
const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
if (NODE_MAJOR < 24) {
  process.stderr.write(`tocsin needs Node.js 24 or later, this is ${process.versions.node}\n`);
  process.exit(3);
}
await keepCompiled();
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

/** Keeps compiled modules for the next start, which takes half of the time then. The folder is this user's own, unlike Node's default. */
async function keepCompiled(): Promise<void> {
  const [modules, { existsSync, mkdirSync }, { homedir }] = await Promise.all([
    import('node:module'),
    import('node:fs'),
    import('node:os'),
  ]);
  try {
    // A user whom the system does not know has no home.
    const cache = process.env.XDG_CACHE_HOME ?? `${homedir()}/.cache`;
    const folder = `${cache}/tocsin`;
    // Folder by folder, since Node tries for ever to make folders below /proc.
    for (const each of [cache, folder]) if (!existsSync(each)) mkdirSync(each, { mode: 0o700 });
    modules.enableCompileCache(folder);
    // The threads of the process look here.
    process.env.NODE_COMPILE_CACHE = folder;
  } catch {
    // A process without a home starts a little later.
  }
}
