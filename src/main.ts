#!/usr/bin/env node
// argv → command.
process.stdout.write('tocsin\n');
