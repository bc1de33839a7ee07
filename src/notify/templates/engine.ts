/**
 * The template engine: Handlebars with restrictions. It is strict, knows only listed helpers, escapes for the channel instead of for HTML,
 * gets plain data, and has limits for each message. If a user's template fails at load or at rendering, the failure is counted and
 * reported, and the shipped template is used instead. If that fails too, the plain message is used. So no alert is lost because of a
 * template.
 */
import Handlebars from 'handlebars';
import type { Severity } from '../../event/alert.ts';
import { redactKnown } from '../../event/redact.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Content } from '../message/content.ts';
import { writeRunbook, type Markup } from '../message/markup.ts';
import type { Standing } from '../message/texts/texts.ts';
import { createBudget, type Budget } from './budget.ts';
import { readTemplate } from './files.ts';
import { BLOCK_NAMES, HELPER_NAMES, isAddress, lintTemplate, REMOVED_NAMES } from './lint.ts';

/** Colours by severity for a firing, and by `standing` for any other message. They are dark enough to be read on white. */
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
  /** Folder of the user's own templates, within the rules folder. */
  readonly templatesDir?: string;
}

/** Renders a message with at most `runbookLimit` UTF-16 units of the runbook's steps. Returns undefined if the template failed. */
export type Template = (content: Content, runbookLimit: number) => FilledTemplate | undefined;

/** The result of a template. */
export interface FilledTemplate {
  readonly text: string;
  /** The template's own text, with a mark in the place of each value. A search for lines of the template finds no line of a value here. */
  readonly skeleton: string;
  /** Returns a piece of the skeleton with its values. */
  readonly finish: (piece: string) => string;
}

interface Compiler {
  pushSource(source: unknown): void;
  appendToBuffer(source: unknown): unknown;
  popStack(): unknown;
}

export function createTemplate(options: TemplateOptions): Template {
  const { name, markup, telemetry } = options;
  const failed = (stage: string, error: unknown): void => {
    telemetry.log.error(
      { 'event.action': 'render', 'tocsin.template': name, 'error.message': String(error) },
      `Template ${name} failed to ${stage}; the built-in one is used instead. Fix ${name}.hbs: \`tocsin check\` says where.`,
    );
  };
  const shipped = compile(options.source, markup);
  let own: Render | undefined;
  try {
    const source = ownSource(options);
    if (source !== undefined) own = compile(source, markup);
  } catch (error) {
    failed('load', error);
    own = () => {
      throw new Error('it was refused when it was loaded', { cause: error });
    };
  }
  return (content, runbookLimit) => {
    for (const render of own === undefined ? [shipped] : [own, shipped])
      try {
        return render(viewOf(content, markup, runbookLimit));
      } catch (error) {
        telemetry.count('template_failures', { channel: name });
        failed('render', error);
      }
    return undefined;
  };
}

/** Returns the user's own template if there is one. Throws for a template that is refused. */
function ownSource({ templatesDir, name }: TemplateOptions): string | undefined {
  if (templatesDir === undefined) return undefined;
  const read = readTemplate(templatesDir, name);
  if (read === undefined) return undefined;
  if (!('text' in read)) throw new Error(`it ${read.problem}`);
  const [first] = lintTemplate(name, read.text);
  if (first !== undefined) throw new Error(`${first.line}:${first.column}: ${first.message}`);
  return read.text;
}

/** A mark: the number of a value between two characters without meaning, which no template needs. */
const MARK = /\ue000(\d+)\ue001/gu;

type Render = (view: object) => FilledTemplate;

function compile(source: string, markup: Markup): Render {
  const environment = Handlebars.create();
  const budget = createBudget();
  let values: string[] = [];
  const escape = (value: unknown): string =>
    value instanceof Handlebars.SafeString ? value.toString() : markup.value(textOf(value));
  const safe = (text: string): Handlebars.SafeString => new Handlebars.SafeString(budget.make(text));
  const own: Readonly<Record<(typeof HELPER_NAMES)[number], (a: unknown, b: unknown) => unknown>> = {
    strong: (value: unknown) => safe(markup.strong(escape(value))),
    code: (value: unknown) => safe(markup.code(textOf(value))),
    codeBlock: (value: unknown) => safe(markup.codeBlock(textOf(value))),
    heading: (value: unknown, level: unknown) => safe(markup.heading(escape(value), Number(level))),
    quote: (value: unknown) => safe(markup.quote(escape(value))),
    link: (label: unknown, href: unknown) =>
      safe(isAddress(textOf(href)) ? markup.link(escape(label), textOf(href)) : escape(label)),
    eq: (a: unknown, b: unknown) => a === b,
  };
  for (const [name, helper] of Object.entries(own))
    environment.registerHelper(name, (a: unknown, b: unknown) => {
      budget.step();
      return helper(a, b);
    });
  environment.registerHelper('escapeForChannel', (value: unknown) => {
    budget.step();
    return `\ue000${values.push(budget.make(escape(value))) - 1}\ue001`;
  });
  for (const name of REMOVED_NAMES) environment.unregisterHelper(name);
  for (const name of BLOCK_NAMES) boundBlock(environment, name, budget);
  useChannelEscape(environment);
  const known = [...HELPER_NAMES, ...BLOCK_NAMES, 'escapeForChannel'].map((name) => [name, true]);
  const render = environment.compile(source.replace(/[\ue000\ue001]/gu, ''), {
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries([
      ...known,
      ...REMOVED_NAMES.map((name) => [name, false]),
    ]) as KnownHelpers,
  });
  return (view) => {
    budget.begin();
    values = [];
    const skeleton = budget.make(render(view));
    const of = values;
    // A template may hold a credential that its author should have kept out of it.
    const finish = (piece: string): string =>
      redactKnown(piece.replace(MARK, (_, at: string) => of[Number(at)]!));
    return { text: finish(skeleton), skeleton, finish };
  };
}

/** Wraps Handlebars' own block so that each of its rounds is counted. */
function boundBlock(environment: typeof Handlebars, name: string, budget: Budget): void {
  const block = (environment.helpers as Readonly<Record<string, Handlebars.HelperDelegate>>)[name]!;
  environment.registerHelper(
    name,
    function (this: unknown, value: unknown, options: Handlebars.HelperOptions) {
      budget.step();
      const round: Handlebars.TemplateDelegate = (context, settings) => {
        budget.step();
        return budget.make(options.fn(context, settings));
      };
      return block.call(this, value, { ...options, fn: round }) as unknown;
    },
  );
}

/**
 * Makes compiled templates call the channel's escape. They call HTML's escape, which no setting replaces, so the code generator itself is
 * changed. The second argument is the place where Handlebars puts the options of a helper.
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

/** Returns the content with the runbook's steps already written in the channel's markup. */
function viewOf(content: Content, markup: Markup, runbookLimit: number): object {
  const written = content.runbook && writeRunbook(content.runbook, markup, runbookLimit);
  return {
    ...content,
    steps: (written?.parts ?? []).map((part) => new Handlebars.SafeString(part)),
    stepsCut: written?.cut ?? false,
    // If not even the first step fits, only the note about the runbook is shown.
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
