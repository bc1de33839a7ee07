/** The rest of a file is read wherever rotation has put it: beside what a link leads to, in a folder of another glob. */
import { appendFileSync, mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { PACKED_ENDINGS, packed } from '../../../test/support/packed.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textsOf } from '../../../test/support/batches.ts';
import type { LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';
import type { Position } from '../../event/batch.ts';

let logs: LogFolder;
let positions: Map<number, Position>;

beforeEach(() => {
  logs = makeLogFolder();
  positions = new Map();
});

afterEach(async () => {
  await logs.remove();
});

/** Reads one line of what these globs match, and stops. */
async function readOne(globs: readonly string[]): Promise<void> {
  const run = await logs.run({ positions, globs });
  await run.lines(1);
  await run.stop();
}

/** Expects exactly these lines after a restart, and nothing lost. */
async function expectAfterRestart(globs: readonly string[], lines: readonly string[]): Promise<void> {
  const run = await logs.run({ positions, globs });
  const read = textsOf(await run.lines(lines.length));
  read.push(...textsOf(await run.drain()));
  expect(read).toEqual(lines);
  expect(run.report.counts.get('lines_lost')).toBeUndefined();
  expect(run.report.counts.get('files_gone')).toBeUndefined();
}

/** A file where Kubernetes has it, and the link at which it is read, over one more link between. */
function linkedLog(): void {
  for (const folder of ['links', 'pods', 'files']) mkdirSync(logs.path(folder));
  writeFileSync(logs.path('files/0.log'), 'one\n');
  symlinkSync('../files/0.log', logs.path('pods/0.log'));
  symlinkSync('../pods/0.log', logs.path('links/pod.log'));
}

test('a link whose target is renamed beside itself while stopped', async () => {
  linkedLog();
  await readOne(['links/*.log']);
  appendFileSync(logs.path('files/0.log'), 'two\n');
  renameSync(logs.path('files/0.log'), logs.path('files/0.log.20261127-101010'));
  writeFileSync(logs.path('files/0.log'), 'three\n');
  await expectAfterRestart(['links/*.log'], ['two', 'three']);
});

test('a link whose target is rotated twice while stopped: the file between is read, too', async () => {
  linkedLog();
  await readOne(['links/*.log']);
  appendFileSync(logs.path('files/0.log'), 'two\n');
  renameSync(logs.path('files/0.log'), logs.path('files/0.log.2'));
  writeFileSync(logs.path('files/0.log.1'), 'three\n');
  writeFileSync(logs.path('files/0.log'), 'four\n');
  await expectAfterRestart(['links/*.log'], ['two', 'three', 'four']);
});

test('a link to a file that was empty when it was seen, and was written to and rotated before it was read', async () => {
  linkedLog();
  writeFileSync(logs.path('files/0.log'), '');
  const before = await logs.run({ positions, globs: ['links/*.log'] });
  await before.stop();
  writeFileSync(logs.path('files/0.log'), 'one\n');
  renameSync(logs.path('files/0.log'), logs.path('files/0.log.1'));
  writeFileSync(logs.path('files/0.log'), 'two\n');
  await expectAfterRestart(['links/*.log'], ['one', 'two']);
});

test('a link whose target is renamed and compressed while stopped', async () => {
  linkedLog();
  await readOne(['links/*.log']);
  unlinkSync(logs.path('files/0.log'));
  writeFileSync(logs.path('files/0.log.20261127-101010.gz'), gzipSync('one\ntwo\n'));
  writeFileSync(logs.path('files/0.log'), 'three\n');
  await expectAfterRestart(['links/*.log'], ['two', 'three']);
});

test('a link whose target is renamed, with no new file yet', async () => {
  linkedLog();
  await readOne(['links/*.log']);
  appendFileSync(logs.path('files/0.log'), 'two\n');
  renameSync(logs.path('files/0.log'), logs.path('files/0.log.1'));
  await expectAfterRestart(['links/*.log'], ['two']);
});

test('a link that leads to another folder after a restart: the rest lies in the folder before', async () => {
  for (const folder of ['v1', 'v2']) mkdirSync(logs.path(folder));
  writeFileSync(logs.path('v1/app.log'), 'one\n');
  symlinkSync('v1/app.log', logs.path('current.log'));
  await readOne(['*.log']);
  appendFileSync(logs.path('v1/app.log'), 'two\n');
  writeFileSync(logs.path('v2/app.log'), 'three\n');
  unlinkSync(logs.path('current.log'));
  symlinkSync('v2/app.log', logs.path('current.log'));
  await expectAfterRestart(['*.log'], ['two', 'three']);
});

/** Lets the link lead to this target, as kubelet and deployments do it: in one step. */
function linkTo(target: string): void {
  symlinkSync(target, logs.path('new'));
  renameSync(logs.path('new'), logs.path('current.log'));
}

test.each([
  ['renamed', 'pods/0.log.20261127-101010', 'pods'],
  ['renamed, the new file in another folder', 'pods/0.log.1', 'others'],
  ['compressed', 'pods/0.log.20261127-101010.gz', 'pods'],
  ['compressed, the new file in another folder', 'pods/0.log.1.bz2', 'others'],
])(
  'a link that leads to a file of another name after a restart, the old one %s',
  async (_how, rotated, folder) => {
    for (const name of ['pods', 'others']) mkdirSync(logs.path(name));
    writeFileSync(logs.path('pods/0.log'), 'one\n');
    linkTo('pods/0.log');
    await readOne(['*.log']);
    const ending = PACKED_ENDINGS.find((each) => rotated.endsWith(each));
    const rest = 'one\ntwo\n';
    unlinkSync(logs.path('pods/0.log'));
    writeFileSync(logs.path(rotated), ending === undefined ? rest : packed(ending, rest));
    writeFileSync(logs.path(`${folder}/1.log`), 'three\n');
    linkTo(`${folder}/1.log`);
    await expectAfterRestart(['*.log'], ['two', 'three']);
  },
);

test('a link that leads elsewhere after a restart: what was rotated of its old target in between is read, too', async () => {
  for (const name of ['v1', 'v2']) mkdirSync(logs.path(name));
  writeFileSync(logs.path('v1/app.log'), 'one\n');
  linkTo('v1/app.log');
  await readOne(['*.log']);
  appendFileSync(logs.path('v1/app.log'), 'two\n');
  renameSync(logs.path('v1/app.log'), logs.path('v1/app.log.2'));
  writeFileSync(logs.path('v1/app.log.1.gz'), gzipSync('three\n'));
  writeFileSync(logs.path('v1/app.log'), 'four\n');
  writeFileSync(logs.path('v2/app.log'), 'five\n');
  linkTo('v2/app.log');
  await expectAfterRestart(['*.log'], ['two', 'three', 'four', 'five']);
});

test('a link that has led to other files since the one that is still read: each is found, compressed too', async () => {
  mkdirSync(logs.path('pods'));
  writeFileSync(logs.path('pods/0.log'), 'one\n');
  linkTo('pods/0.log');
  await readOne(['*.log']);
  appendFileSync(logs.path('pods/0.log'), 'two\n');
  const expected = ['two'];
  for (const [i, ending] of PACKED_ENDINGS.entries()) {
    const text = `file ${i + 1}\n`;
    writeFileSync(logs.path(`pods/${i + 1}.log`), text);
    linkTo(`pods/${i + 1}.log`);
    // Killed before it has read anything.
    await (await logs.run({ positions })).stop();
    unlinkSync(logs.path(`pods/${i + 1}.log`));
    writeFileSync(logs.path(`pods/${i + 1}.log.1${ending}`), packed(ending, text));
    expected.push(text.trim());
  }
  writeFileSync(logs.path('pods/9.log'), 'last\n');
  linkTo('pods/9.log');
  await expectAfterRestart(['*.log'], [...expected, 'last']);
});

test('a link that leads to one file after the other while running: each is read to its end, the lines that come late too', async () => {
  mkdirSync(logs.path('pods'));
  writeFileSync(logs.path('pods/0.log'), 'file 0\n');
  linkTo('pods/0.log');
  const run = await logs.run({ positions, graceMs: 200 });
  await run.lines(1);
  for (let i = 1; i <= 5; i++) {
    writeFileSync(logs.path(`pods/${i}.log`), `file ${i}\n`);
    linkTo(`pods/${i}.log`);
    appendFileSync(logs.path(`pods/${i - 1}.log`), `late ${i - 1}\n`);
    if (i % 2 === 0) renameSync(logs.path(`pods/${i - 1}.log`), logs.path(`pods/${i - 1}.log.1`));
    expect(textsOf(await run.lines(2))).toEqual([`late ${i - 1}`, `file ${i}`]);
  }
  expect(await run.drain()).toEqual([]);
  expect(run.report.counts.get('lines_lost')).toBeUndefined();
});

test('a file that is moved to a folder of another glob while stopped', async () => {
  for (const folder of ['in', 'done']) mkdirSync(logs.path(folder));
  writeFileSync(logs.path('in/a.log'), 'one\n');
  await readOne(['in/*.log', 'done/*.log']);
  appendFileSync(logs.path('in/a.log'), 'two\n');
  renameSync(logs.path('in/a.log'), logs.path('done/a.log'));
  await expectAfterRestart(['in/*.log', 'done/*.log'], ['two']);
});

test.each([
  ['old/app.log.1', 'old/*'],
  ['old/app.log-20261127', 'old/app.log*'],
])('logrotate moves it to olddir, %s, while stopped', async (name, glob) => {
  mkdirSync(logs.path('old'));
  writeFileSync(logs.path('old/other.log'), 'other\n');
  writeFileSync(logs.path(), 'one\n');
  const before = await logs.run({ positions, globs: ['*.log', glob] });
  await before.drain();
  await before.stop();
  appendFileSync(logs.path(), 'two\n');
  renameSync(logs.path(), logs.path(name));
  writeFileSync(logs.path(), 'three\n');
  await expectAfterRestart(['*.log', glob], ['two', 'three']);
});

test('a file that is compressed into olddir while stopped', async () => {
  mkdirSync(logs.path('old'));
  writeFileSync(logs.path(), 'one\n');
  await readOne(['*.log', 'old/*']);
  unlinkSync(logs.path());
  writeFileSync(logs.path('old/app.log.1.gz'), gzipSync('one\ntwo\n'));
  writeFileSync(logs.path(), 'three\n');
  await expectAfterRestart(['*.log', 'old/*'], ['two', 'three']);
});

test('another log that begins alike is not taken for what is gone', async () => {
  for (const folder of ['in', 'done']) mkdirSync(logs.path(folder));
  writeFileSync(logs.path('in/a.log'), '#\none\n');
  writeFileSync(logs.path('done/a.log'), '#\nother\n');
  const before = await logs.run({ positions, globs: ['in/*.log', 'done/*.log'] });
  await before.lines(4);
  await before.stop();
  unlinkSync(logs.path('in/a.log'));
  appendFileSync(logs.path('done/a.log'), 'another\n');
  const run = await logs.run({ positions, globs: ['in/*.log', 'done/*.log'] });
  expect(textsOf(await run.drain(300))).toEqual(['another']);
  expect(run.report.counts.get('files_gone')).toBe(1);
});
