/**
 * Changes to a project that nobody in their right mind would ask for, as somebody hostile may: what `tocsin check` must refuse at
 * once, by a reason that names the file. Beside the project lies a secret, which no answer may hold.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';

export interface HostileChange {
  readonly name: string;
  /** Makes the change to a project that is right; a promise gives what to do afterwards. */
  readonly make: (project: Project) => unknown;
  /** What the answer names: the file, and more of the reason where it matters. */
  readonly names: RegExp;
}

export interface Project {
  /** Writes a file of the project. */
  file(path: string, content: string | Uint8Array): void;
  /** Many files of a folder, each by its name and content. */
  files(folder: string, count: number, file: (i: number) => readonly [name: string, content: string]): void;
  /** A file of this many bytes that takes no room on the disk. */
  huge(path: string, bytes: number): void;
  /** A link to a place that is relative to the link. */
  link(path: string, to: string): void;
  fifo(path: string): void;
  /** Listens on a socket until the change has been judged. */
  socket(path: string): Promise<void>;
  /** Appends to the one rule that is there: clauses, before its end. */
  clauses(text: string): void;
  /** Replaces the source in tocsin.yaml by the text. */
  source(text: string): void;
}

export interface Judged {
  readonly code: number | null;
  readonly output: string;
  /** Time that the process worked, ms: a busy machine makes it no longer. */
  readonly cpuMs: number;
  /** Most memory that it took. */
  readonly rssBytes: number;
}

export const SECRET = 'SECRET-c4n4ry-of-another-folder';

const WAIT = 60_000;
const MIB = 1 << 20;
const HEAD = 'sources:\n  orders: { file: { path: "logs/*.log" } }\n';
const REST =
  'fields:\n  service: { type: keyword }\n  message: { type: text }\nchannels: { terminal: {} }\nroutes: [{ to: [terminal] }]\n';
const rule = (clauses: string): string =>
  `rule quiet {\n  when "heartbeat"\n  alert nothing for 10m by service seen within 24h expected service in "services.txt"\n  runbook "runbooks/quiet.md"\n${clauses}}\n`;
const REPLAY = '  test "a night" {\n    replay "night.log"\n    expect nothing\n  }\n';
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
const small = (i: number): string => `rule r${i} { when "x"\nalert count > 1 within 5m }\n`;

// prettier-ignore
/** `many`: how many files are very many; more than 20,000. */
export const hostileChanges = (many: number): readonly HostileChange[] => [
  { name: 'a rule file that is a link out of the folder', names: /secret\.rule.*leads out of the rules folder/, make: (p) => p.link('rules/secret.rule', '../../secret.env') },
  { name: 'a list of groups that is a link out of the folder', names: /services\.txt.*leads out of the rules folder/, make: (p) => p.link('rules/services.txt', '../../secret.env') },
  { name: 'a runbook that is a link out of the folder', names: /runbooks\/quiet\.md.*leads out of the rules folder/, make: (p) => p.link('rules/runbooks/quiet.md', '../../../secret.env') },
  { name: 'a template that is a link out of the folder', names: /templates\/slack\.hbs.*leads out of the rules folder/, make: (p) => p.link('rules/templates/slack.hbs', '../../../secret.env') },
  { name: 'a log of a test that is a link out of the folder', names: /night\.log.*leads out of the rules folder/, make: (p) => { p.clauses(REPLAY); p.link('rules/night.log', '../../secret.env'); } },
  { name: 'a folder of links out of the folder', names: /more\/secret\.env.*leads out of the rules folder/, make: (p) => { p.link('rules/more', '../..'); p.clauses('  test "t" {\n    replay "more/secret.env"\n    expect nothing\n  }\n'); } },
  { name: 'a path that climbs out of the folder', names: /\.\.\/\.\.\/secret\.env.*leads out of the rules folder/, make: (p) => p.file('rules/other.rule', 'rule climbs {\n  when "x"\n  alert nothing for 10m by service seen within 24h expected service in "../../secret.env"\n}\n') },
  { name: 'a link that leads to itself', names: /loop\.rule/, make: (p) => p.link('rules/loop.rule', 'loop.rule') },
  { name: 'a rule file that is a device without end', names: /zero\.rule/, make: (p) => p.link('rules/zero.rule', '/dev/zero') },
  { name: 'a rule file that is a pipe', names: /pipe\.rule.*no ordinary file/, make: (p) => p.fifo('rules/pipe.rule') },
  { name: 'a list that is a pipe', names: /services\.txt.*no ordinary file/, make: (p) => p.fifo('rules/services.txt') },
  { name: 'a runbook that is a pipe', names: /runbooks\/quiet\.md.*no ordinary file/, make: (p) => p.fifo('rules/runbooks/quiet.md') },
  { name: 'a template that is a pipe', names: /templates\/slack\.hbs.*no ordinary file/, make: (p) => p.fifo('rules/templates/slack.hbs') },
  { name: 'a log of a test that is a pipe', names: /night\.log.*no ordinary file/, make: (p) => { p.clauses(REPLAY); p.fifo('rules/night.log'); } },
  { name: 'a configuration that is a pipe', names: /tocsin\.yaml.*no ordinary file/, make: (p) => p.fifo('tocsin.yaml') },
  { name: 'a rule file that is a socket', names: /socket\.rule.*no ordinary file/, make: (p) => p.socket('rules/socket.rule') },
  { name: 'a rule file that is a folder', names: /folder\.rule/, make: (p) => p.link('rules/folder.rule', 'runbooks') },
  { name: 'a huge rule file', names: /huge\.rule.*too large/, make: (p) => p.huge('rules/huge.rule', 8_000 * MIB) },
  { name: 'a huge list', names: /services\.txt.*too large/, make: (p) => p.huge('rules/services.txt', 8_000 * MIB) },
  { name: 'a huge runbook', names: /quiet\.md.*too large/, make: (p) => p.huge('rules/runbooks/quiet.md', 8_000 * MIB) },
  { name: 'a huge template', names: /email\.hbs.*too large/, make: (p) => p.huge('rules/templates/email.hbs', 8_000 * MIB) },
  { name: 'a huge log of a test', names: /night\.log.*too large/, make: (p) => { p.clauses(REPLAY); p.huge('rules/night.log', 8_000 * MIB); } },
  { name: 'a huge configuration', names: /tocsin\.yaml.*too large/, make: (p) => p.huge('tocsin.yaml', 8_000 * MIB) },
  { name: 'a list of millions of groups, in many rules', names: /expects?.*groups/, make: (p) => { p.file('rules/services.txt', Array.from({ length: 400_000 }, (_, i) => `s${i}`).join('\n')); p.file('rules/many.rule', Array.from({ length: 50 }, (_, i) => rule('').replace('quiet', `quiet${i}`)).join('\n')); } },
  { name: 'one list of nothing in many rules', names: /expects?.*groups/, make: (p) => { p.file('rules/services.txt', '\n'.repeat(4_000_000)); p.file('rules/groups.txt', Array.from({ length: 510_000 }, (_, i) => `s${i}`).join('\n')); p.file('rules/many.rule', Array.from({ length: 300 }, (_, i) => rule('').replace('quiet', `quiet${i}`)).join('\n')); p.file('rules/more.rule', ['a', 'b'].map((name) => rule('').replace('quiet', name).replace('services.txt', 'groups.txt')).join('\n')); } },
  { name: 'one long runbook in many rules', names: /quiet\.md:\d+:.*U\+202E/, make: (p) => { p.file('rules/runbooks/quiet.md', `# Quiet\n\n${'\u200b '.repeat(249_000)}\n\u202e`); p.file('rules/many.rule', Array.from({ length: 380 }, (_, i) => rule('').replace('quiet', `quiet${i}`)).join('\n')); } },
  { name: 'very many small rule files', names: /rules:1:1: .*more than/, make: (p) => p.files('rules', many, (i) => [`r${i}.rule`, small(i)]) },
  { name: 'very many small files', names: /rules:1:1: .*more than/, make: (p) => p.files('rules/notes', many, (i) => [`n${i}.txt`, '']) },
  { name: 'rule files of more text than anybody writes', names: /rules:1:1: .*more than/, make: (p) => { for (let i = 0; i < 40; i += 1) p.file(`rules/r${i}.rule`, `# ${'x'.repeat(1_000_000)}\n${small(i)}`); } },
  { name: 'folders in folders in folders', names: /deeper than/, make: (p) => p.file(`rules/${'d/'.repeat(500)}x.rule`, small(1)) },
  { name: 'parentheses in parentheses', names: /deep\.rule.*nested/, make: (p) => p.file('rules/deep.rule', `rule deep {\n  when ${'('.repeat(15_000)}\n}\n`) },
  { name: 'a condition without end', names: /long\.rule.*too (?:long|large)/, make: (p) => p.file('rules/long.rule', `rule long {\n  when ${'a OR '.repeat(150_000)} a\n  alert count > 1 within 5m\n}\n`) },
  { name: 'a rule file in UTF-16', names: /wide\.rule.*UTF-16/, make: (p) => p.file('rules/wide.rule', utf16(small(1))) },
  { name: 'a rule file with bytes of another encoding', names: /latin\.rule:2.*not UTF-8/, make: (p) => p.file('rules/latin.rule', Buffer.from('rule r {\n when "\xe9"\n}', 'latin1')) },
  { name: 'a list in UTF-16', names: /services\.txt.*UTF-16/, make: (p) => p.file('rules/services.txt', utf16('pay\n')) },
  { name: 'a runbook in UTF-16', names: /quiet\.md.*UTF-16/, make: (p) => p.file('rules/runbooks/quiet.md', utf16('# Quiet\n')) },
  { name: 'a template in UTF-16', names: /slack\.hbs.*UTF-16/, make: (p) => p.file('rules/templates/slack.hbs', utf16('{{title}}')) },
  { name: 'a configuration in UTF-16', names: /tocsin\.yaml.*UTF-16/, make: (p) => p.file('tocsin.yaml', utf16(HEAD + REST)) },
  { name: 'a configuration with bytes of another encoding', names: /tocsin\.yaml:8.*not UTF-8/, make: (p) => p.file('tocsin.yaml', Buffer.from(`${HEAD}${REST}# caf\xe9\n`, 'latin1')) },
  { name: 'characters that turn the direction of a text', names: /bidi\.rule:2:.*U\+202E/, make: (p) => p.file('rules/bidi.rule', 'rule bidi {\n  when "a\u202eb"\n  alert count > 1 within 5m\n}\n') },
  { name: 'characters that turn the direction of a comment', names: /bidi\.rule:2:.*U\+2066/, make: (p) => p.file('rules/bidi.rule', 'rule bidi {\n  # \u2066 when "b"\n  when "a"\n  alert count > 1 within 5m\n}\n') },
  { name: 'characters that turn the direction of a file name', names: /a\\u\{202e\}elur\.rule/, make: (p) => p.file('rules/a\u202eelur.rule', small(1)) },
  { name: 'a file name that clears the screen', names: /a\\u\{1b\}\[2Jb\.rule/, make: (p) => p.file('rules/a\u001b[2Jb.rule', small(1)) },
  { name: 'characters that turn the direction of a runbook', names: /quiet\.md:3.*U\+202E/, make: (p) => p.file('rules/runbooks/quiet.md', '# Quiet\n\n`ls \u202e/ fr- mr`\n') },
  { name: 'a template that passes values as they are', names: /slack\.hbs:2.*\{\{\{title\}\}\}/, make: (p) => p.file('rules/templates/slack.hbs', '{{title}}\n{{{title}}}\n') },
  { name: 'a template that passes values as they are, by an ampersand', names: /slack\.hbs:1.*\{\{&title\}\}/, make: (p) => p.file('rules/templates/slack.hbs', '{{&title}}') },
  { name: 'a template that writes to the log', names: /slack\.hbs:1.*`log`/, make: (p) => p.file('rules/templates/slack.hbs', '{{log title}}') },
  { name: 'a template that looks names up', names: /slack\.hbs:1.*`lookup`/, make: (p) => p.file('rules/templates/slack.hbs', '{{lookup . "constructor"}}') },
  { name: 'a template that reaches for a prototype', names: /slack\.hbs:1.*constructor/, make: (p) => p.file('rules/templates/slack.hbs', '{{title.constructor.name}}') },
  { name: 'a template with a script behind a link', names: /dingtalk\.hbs:1.*javascript:/, make: (p) => p.file('rules/templates/dingtalk.hbs', '{{link title "javascript:alert(1)"}}') },
  { name: 'a template with loops in loops', names: /slack\.hbs:1.*loop/, make: (p) => p.file('rules/templates/slack.hbs', `${'{{#each @root.samples}}'.repeat(15)}x${'{{/each}}'.repeat(15)}`) },
  { name: 'a template of blocks in blocks', names: /slack\.hbs.*(?:nested|deep)/, make: (p) => p.file('rules/templates/slack.hbs', `${'{{#if title}}'.repeat(1_400)}x${'{{/if}}'.repeat(1_400)}`) },
  { name: 'a template that does not parse', names: /slack\.hbs:2/, make: (p) => p.file('rules/templates/slack.hbs', 'a\n{{#if title}}') },
  { name: 'an alias that should have been a glob', names: /tocsin\.yaml:3:21: .*alias[^]*quotes/, make: (p) => p.source('file: { path: *.log }') },
  { name: 'aliases of aliases of aliases', names: /tocsin\.yaml:\d+:.*alias/, make: (p) => p.file('tocsin.yaml', `${HEAD}${REST}a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghijklm'.split('').map((c, i) => `${c}: &${c} [${Array<string>(9).fill(`*${'abcdefghijkl'[i]!}`).join(',')}]`).join('\n')}\n`) },
  { name: 'brackets in brackets', names: /tocsin\.yaml:\d+:\d+:.*nested/, make: (p) => p.file('tocsin.yaml', `${HEAD}${REST}a: ${'['.repeat(400_000)}`) },
  { name: 'lists in lists', names: /tocsin\.yaml:\d+:\d+:.*nested/, make: (p) => p.file('tocsin.yaml', `${HEAD}${REST}a:\n  ${'- '.repeat(400_000)}x`) },
  { name: 'twenty thousand unknown keys', names: /tocsin\.yaml:\d+:\d+: the file has more than/, make: (p) => p.file('tocsin.yaml', HEAD + REST + Array.from({ length: 20_000 }, (_, i) => `key${i}: 1\n`).join('')) },
  { name: 'two hundred thousand keys', names: /tocsin\.yaml:\d+:\d+:.*more than/, make: (p) => p.file('tocsin.yaml', HEAD + REST + Array.from({ length: 100_000 }, (_, i) => `k${i}:\n`).join('')) },
  { name: 'thousands of sources that are none', names: /tocsin\.yaml:\d+:/, make: (p) => p.file('tocsin.yaml', `sources:\n${Array.from({ length: 20_000 }, (_, i) => `  s${i}: 1\n`).join('')}${REST}`) },
  { name: 'thousands of fields that are searched and are none', names: /tocsin\.yaml:\d+:/, make: (p) => p.file('tocsin.yaml', `${HEAD}${REST}search_fields: [${Array.from({ length: 20_000 }, (_, i) => `name_of_a_field_${i}`).join(', ')}]\n`) },
  { name: 'a key that stands twice', names: /tocsin\.yaml:8:1:.*twice/, make: (p) => p.file('tocsin.yaml', `${HEAD}${REST}routes: []\n`) },
  { name: 'a merge key', names: /tocsin\.yaml:\d+:\d+:.*`<<`/, make: (p) => p.file('tocsin.yaml', `${HEAD}${REST}archive:\n  <<: { sqlite: {} }\n`) },
  { name: 'a pattern of events that needs more than RE2 has', names: /tocsin\.yaml:3:\d+:.*start.*RE2/, make: (p) => p.source(`file: { path: a.log }, decode: { dissect: "%{message}", multiline: { start: "(?=a)b" } }`) },
  { name: 'a pattern of events that is too large', names: /tocsin\.yaml:3:\d+:.*start/, make: (p) => p.source(`file: { path: a.log }, decode: { dissect: "%{message}", multiline: { start: "(((a{1,9}){1,9}){1,9}){1,9}" } }`) },
  { name: 'a glob of more names than there are', names: /tocsin\.yaml:3:\d+:.*path/, make: (p) => p.source(`file: { path: "${'{a,b}'.repeat(40)}.log" }`) },
  { name: 'a glob that never ends', names: /tocsin\.yaml:3:\d+:.*path/, make: (p) => p.source(`file: { path: "${'*a'.repeat(40)}.log" }`) },
];

/** Makes a project, makes the change, and lets `tocsin check` judge it, as CI does: in a process of 400 MB. */
export async function judge(change: HostileChange): Promise<Judged> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-hostile-'));
  const ends: (() => void)[] = [];
  try {
    writeFileSync(join(folder, 'secret.env'), `${SECRET}\n`);
    await change.make(projectIn(join(folder, 'project'), ends));
    return await check(join(folder, 'project'));
  } finally {
    for (const end of ends) end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function projectIn(root: string, ends: (() => void)[]): Project {
  const place = (path: string): string => {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    rmSync(at, { force: true });
    return at;
  };
  const project: Project = {
    file: (path, content) => {
      writeFileSync(place(path), content);
    },
    files: (folder, count, file) => {
      mkdirSync(join(root, folder), { recursive: true });
      for (let i = 0; i < count; i += 1) {
        const [name, content] = file(i);
        writeFileSync(join(root, folder, name), content);
      }
    },
    huge: (path, bytes) => {
      const at = place(path);
      writeFileSync(at, '');
      truncateSync(at, bytes);
    },
    link: (path, to) => {
      symlinkSync(to, place(path));
    },
    fifo: (path) => void execFileSync('mkfifo', [place(path)]),
    async socket(path) {
      const server = createServer().listen(place(path));
      ends.push(() => void server.close());
      await once(server, 'listening');
    },
    clauses: (text) => {
      project.file('rules/quiet.rule', rule(text));
    },
    source: (text) => {
      project.file('tocsin.yaml', `sources:\n  orders:\n    { ${text} }\n${REST}`);
    },
  };
  project.file('tocsin.yaml', HEAD + REST);
  project.clauses('');
  project.file('rules/services.txt', 'pay\nship\n');
  project.file('rules/runbooks/quiet.md', '# Quiet\n\n## Restore service first\n\nCall them.\n');
  return project;
}

/** Tells at its end what the process took, as a line of its own on standard error. */
const METER =
  "import{writeSync}from'node:fs';process.on('exit',()=>{const{userCPUTime:u,systemCPUTime:s,maxRSS:r}=process.resourceUsage();writeSync(2,'\\nmetered '+JSON.stringify([(u+s)/1e3,r*1024])+'\\n')})";

/** Runs `tocsin check` in a folder, ended where it does not end by itself. */
export async function check(folder: string): Promise<Judged> {
  const main = resolve(import.meta.dirname, '../../src/main.ts');
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=400', `--import=data:text/javascript,${encodeURIComponent(METER)}`, main, 'check'],
    { cwd: folder, env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), WAIT);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  clearTimeout(timer);
  const metered = /\nmetered (.*)\n/.exec(stderr);
  const [cpuMs, rssBytes] =
    metered === null ? [WAIT, Infinity] : (JSON.parse(metered[1]!) as [number, number]);
  return { code, output: (stdout + stderr).replace(metered?.[0] ?? '', ''), cpuMs, rssBytes };
}
