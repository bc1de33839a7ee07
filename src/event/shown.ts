/**
 * Text for a screen. Every text put into it becomes visible (visible.ts) and stands on one line. So text of others can neither act on a
 * terminal nor forge a line. Commands can print nothing else, since only the code here can make this type.
 */
import { visibleLine, visibleText } from './visible.ts';

class ShownText {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  /** The text as it goes to the screen. */
  get text(): string {
    return this.#text;
  }
}

export type Shown = ShownText;

/** Values that may be put into a `Shown`. Strings are of unknown origin. */
export type Showable = Shown | string | number | boolean;

/** Returns true for a `Shown`; for errors that may carry one. */
export function isShown(value: unknown): value is Shown {
  return value instanceof ShownText;
}

/** Makes a `Shown` of a template. The template's own text stays unchanged, line ends too; strings in it become visible, on one line. */
export function shown(literals: TemplateStringsArray, ...values: readonly Showable[]): Shown {
  let text = literals[0]!;
  for (const [i, value] of values.entries()) text += textOf(value) + literals[i + 1]!;
  return new ShownText(text);
}

/** Keeps the line ends of a text, for example of a file that is shown line by line. */
export function shownLines(text: string): Shown {
  return new ShownText(visibleText(text));
}

/** Joins parts; `between` is the caller's own text. */
export function joined(parts: readonly Showable[], between: Shown): Shown {
  return new ShownText(parts.map(textOf).join(between.text));
}

/** Applies `style` to a text. The caller answers for its effect: colours, but no line end after it. */
export function styled(text: Showable, style: (text: string) => string): Shown {
  return new ShownText(style(textOf(text)));
}

/** Colours, if the screen has them. */
export type Paint = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow', (text: Showable) => Shown>>;

function textOf(value: Showable): string {
  if (value instanceof ShownText) return value.text;
  return typeof value === 'string' ? visibleLine(value) : String(value);
}
