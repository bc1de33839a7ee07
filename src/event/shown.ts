/**
 * Text for a screen. Whatever is put into it has become visible (visible.ts) and stands on one line, so text of others can neither
 * act on a terminal nor forge a line. Commands can print nothing else: the type is made here alone.
 */
import { visibleLine, visibleText } from './visible.ts';

class ShownText {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  /** As it goes to the screen. */
  get text(): string {
    return this.#text;
  }
}

export type Shown = ShownText;

/** What may be put into it; strings are of unknown origin. */
export type Showable = Shown | string | number | boolean;

/** For errors that may carry one. */
export function isShown(value: unknown): value is Shown {
  return value instanceof ShownText;
}

/** Of a template: its own text stays as it is, line ends too; strings in it become visible, on one line. */
export function shown(literals: TemplateStringsArray, ...values: readonly Showable[]): Shown {
  let text = literals[0]!;
  for (const [i, value] of values.entries()) text += textOf(value) + literals[i + 1]!;
  return new ShownText(text);
}

/** Keeps the line ends of a text: for one whose lines are shown as lines, such as a file. */
export function shownLines(text: string): Shown {
  return new ShownText(visibleText(text));
}

/** `between` is the caller's own text. */
export function joined(parts: readonly Showable[], between: Shown): Shown {
  return new ShownText(parts.map(textOf).join(between.text));
}

/** What `style` does to a text is on us: colours, no line end after it. */
export function styled(text: Showable, style: (text: string) => string): Shown {
  return new ShownText(style(textOf(text)));
}

/** Colours where the screen has them. */
export type Paint = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow', (text: Showable) => Shown>>;

function textOf(value: Showable): string {
  if (value instanceof ShownText) return value.text;
  return typeof value === 'string' ? visibleLine(value) : String(value);
}
