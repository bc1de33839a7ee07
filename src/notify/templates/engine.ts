/**
 * Handlebars, kept on a short leash: strict, known helpers only, the escaping of the channel instead of HTML's, plain data as
 * context. A template that fails, at load or at rendering, is counted and reported, and the built-in plain message goes out
 * in its place: an alert is never lost to a template.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import type { Severity } from '../../event/alert.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Content } from '../content.ts';
import { writeRunbook, type Markup } from '../markup/markup.ts';
import type { Standing } from '../texts/texts.ts';

/** Of a firing by its severity, of any other message by how its alert stands. Dark enough to be read on white. */
const colors: Readonly<Record<Severity | Exclude<Standing, 'fired'>, string>> = {
  critical: '#c01c28',
  high: '#c64600',
  medium: '#8a6100',
  low: '#1a5fb4',
  info: '#5a6675',
  resolved: '#1f7a3d',
  closed: '#5a6675',
  amended: '#5a6675',
  withdrawn: '#5a6675',
};

export interface TemplateOptions {
  /** Name of the template, and of the file that may replace it: `slack` → `<templatesDir>/slack.hbs`. */
  readonly name: string;
  readonly source: string;
  readonly markup: Markup;
  readonly telemetry: Telemetry;
  /** Folder of the user's own templates. */
  readonly templatesDir?: string;
}

/** Renders, with at most this much of the runbook's steps, or gives undefined where the template failed. */
export type Template = (content: Content, runbookLimit: number) => Written | undefined;

/** What a template gave. */
export interface Written {
  readonly text: string;
  /** The template's own text, with marks in the places of values: whoever looks for lines of the template finds none of a value. */
  readonly skeleton: string;
  /** A piece of the skeleton with its values. */
  readonly finish: (piece: string) => string;
}

interface Compiler {
  pushSource(source: unknown): void;
  appendToBuffer(source: unknown): unknown;
  popStack(): unknown;
}

export function createTemplate(options: TemplateOptions): Template {
  const report = (stage: string, error: unknown): void => {
    options.telemetry.count('template_failures', { channel: options.name });
    options.telemetry.log.error(
      { 'event.action': 'render', 'tocsin.template': options.name, 'error.message': String(error) },
      `Template ${options.name} failed to ${stage}; the plain built-in message is sent instead. Fix ${options.name}.hbs.`,
    );
  };
  let render: ((view: object) => Written) | undefined;
  try {
    const source = ownSource(options) ?? options.source;
    render = compile(source, options.markup);
  } catch (error) {
    report('load', error);
  }
  return (content, runbookLimit) => {
    if (!render) return undefined;
    try {
      return render(viewOf(content, options.markup, runbookLimit));
    } catch (error) {
      report('render', error);
      return undefined;
    }
  };
}

/** The user's own template, where there is one. */
function ownSource({ templatesDir, name }: TemplateOptions): string | undefined {
  if (templatesDir === undefined) return undefined;
  try {
    return readFileSync(join(templatesDir, `${name}.hbs`), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Around the number of a value. Characters without meaning, which no template needs. */
const mark = /\ue000(\d+)\ue001/gu;

function compile(source: string, markup: Markup): (view: object) => Written {
  const environment = Handlebars.create();
  let values: string[] = [];
  const escape = (value: unknown): string =>
    value instanceof Handlebars.SafeString ? value.toString() : markup.value(textOf(value));
  const safe = (text: string): Handlebars.SafeString => new Handlebars.SafeString(text);
  const helpers = {
    escapeForChannel: (value: unknown) => `\ue000${values.push(escape(value)) - 1}\ue001`,
    strong: (value: unknown) => safe(markup.strong(escape(value))),
    code: (value: unknown) => safe(markup.code(textOf(value))),
    codeBlock: (value: unknown) => safe(markup.codeBlock(textOf(value))),
    heading: (value: unknown, level: unknown) => safe(markup.heading(escape(value), Number(level))),
    quote: (value: unknown) => safe(markup.quote(escape(value))),
    link: (label: unknown, href: unknown) => safe(markup.link(escape(label), textOf(href))),
    eq: (a: unknown, b: unknown) => a === b,
  };
  environment.registerHelper(helpers);
  useChannelEscape(environment);
  const render = environment.compile(source.replace(/[\ue000\ue001]/gu, ''), {
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries(Object.keys(helpers).map((name) => [name, true])),
  });
  return (view) => {
    values = [];
    const skeleton = render(view);
    const of = values;
    const finish = (piece: string): string => piece.replace(mark, (_, at: string) => of[Number(at)]!);
    return { text: finish(skeleton), skeleton, finish };
  };
}

/**
 * Compiled templates call HTML's escape, which no setting replaces; so the code generator itself is made to call ours. The
 * second argument is where Handlebars puts a helper's options.
 */
function useChannelEscape(environment: typeof Handlebars): void {
  const base = (environment as unknown as { JavaScriptCompiler: new () => Compiler }).JavaScriptCompiler;
  class ChannelCompiler extends base {
    appendEscaped(): void {
      this.pushSource(this.appendToBuffer(['container.helpers.escapeForChannel(', this.popStack(), ', {})']));
    }
  }
  (ChannelCompiler.prototype as unknown as { compiler: unknown }).compiler = ChannelCompiler;
  (environment as unknown as { JavaScriptCompiler: unknown }).JavaScriptCompiler = ChannelCompiler;
}

/** The content with the runbook's steps already written in the channel's markup. */
function viewOf(content: Content, markup: Markup, runbookLimit: number): object {
  const written = content.runbook && writeRunbook(content.runbook, markup, runbookLimit);
  return {
    ...content,
    steps: (written?.parts ?? []).map((part) => new Handlebars.SafeString(part)),
    stepsCut: written?.cut ?? false,
    // Where not even the first step fits, the note stands alone.
    hasSteps: written !== undefined && (written.parts.length > 0 || written.cut),
    unfilled: content.runbook?.unfilled ?? [],
    sampleText: content.samples.map((sample) => `${sample.time}  ${sample.text}`).join('\n'),
    hasLinks: content.kibanaUrl !== '' || content.runbookUrl !== '',
    color: colors[content.standing === 'fired' ? content.severity : content.standing],
  };
}

function textOf(value: unknown): string {
  if (value instanceof Handlebars.SafeString) return value.toString();
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? `${value}`
    : '';
}
