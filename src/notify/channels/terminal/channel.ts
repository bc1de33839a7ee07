/** The channel `terminal`: writes alerts as blocks of text, for users who have no chat room yet. */
import type { Writable } from 'node:stream';
import pc from 'picocolors';
import type { Formatter } from 'picocolors/types.js';
import type { Severity } from '../../../event/alert.ts';
import type { Telemetry } from '../../../event/telemetry.ts';
import type { Channel, Delivery } from '../../channel.ts';
import { contentOf } from '../../message/content.ts';
import { digestOf } from '../../message/digest.ts';
import { terminalMarkup } from './markup.ts';
import { plainMessage } from '../../message/plain-message.ts';
import { createTemplate } from '../../templates/engine.ts';
import { TERMINAL_TEMPLATE } from './template.ts';

export interface TerminalOptions {
  readonly stream: Writable;
  readonly telemetry: Telemetry;
  readonly templatesDir?: string;
  readonly color?: boolean;
}

type TerminalStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

const WIDTH_MAX = 110;
const RUNBOOK_LIMIT = 8_000;

export function createTerminalChannel(options: TerminalOptions): Channel {
  const stream: TerminalStream = options.stream;
  const colors = pc.createColors(options.color ?? (stream.isTTY === true && pc.isColorSupported));
  const template = createTemplate({
    ...options,
    name: 'terminal',
    source: TERMINAL_TEMPLATE,
    markup: terminalMarkup(colors),
  });
  const rails: Readonly<Record<Severity, Formatter>> = {
    critical: colors.red,
    high: colors.red,
    medium: colors.yellow,
    low: colors.blue,
    info: colors.gray,
  };

  const render = (delivery: Delivery): string => {
    const { notice } = delivery;
    const content = contentOf(delivery);
    const over = content.standing === 'resolved' ? colors.green : colors.gray;
    const rail = notice.kind === 'fired' ? rails[notice.rule.severity] : over;
    const text = delivery.digest
      ? digestText(delivery.digest, delivery.possibleDuplicate, colors.bold)
      : (template(content, RUNBOOK_LIMIT)?.text ?? plainMessage(content));
    const width = Math.min(WIDTH_MAX, stream.columns ?? WIDTH_MAX) - 2;
    const lines = text
      .trim()
      .replace(/\n{3,}/gu, '\n\n')
      .split('\n')
      .flatMap((line) => wrap(line, width));
    return `\n${lines.map((line) => `${rail('┃')} ${line}`.trimEnd()).join('\n')}\n`;
  };

  return {
    kind: 'terminal',
    ratePerMinute: () => 600,
    send: (delivery) =>
      new Promise((resolve) => {
        stream.write(render(delivery), (error) =>
          resolve(error ? { kind: 'retry', unsent: false, because: error.message } : { kind: 'sent' }),
        );
      }),
    probe: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
}

function digestText(
  notices: NonNullable<Delivery['digest']>,
  possibleDuplicate: boolean,
  strong: Formatter,
): string {
  const digest = digestOf(notices, possibleDuplicate);
  return [strong(digest.title), digest.why, ...digest.lines.map((line) => `- ${line}`)].join('\n');
}

/**
 * Breaks a line at spaces. A line that is indented by four (code) stays whole, so that it can be copied. Continued lines are indented, so
 * that no part of a long value looks like a line of the message.
 */
function wrap(line: string, width: number): readonly string[] {
  if (line.startsWith('    ') || columnsOf(line) <= width) return [line];
  const start = /^ *(?:(?:[\d-]{10} )?[\d:]{8} +|\d+\. |- |\S*│\S* )?/u.exec(line)![0];
  const indent = start.includes('│') ? start : start.replace(/\S/gu, ' ') || '  ';
  const lines: string[] = [];
  let current = '';
  for (const word of wordsOf(line)) {
    if (current !== '' && columnsOf(current + word.trimEnd()) > width) {
      lines.push(current.trimEnd());
      current = indent + word;
    } else {
      current += word;
    }
  }
  return [...lines, current.trimEnd()];
}

/** Returns the words with the spaces behind them. Chinese characters can be broken anywhere. */
function wordsOf(line: string): readonly string[] {
  return line.match(/^\s+\S*\s*|\p{Script=Han}[，。；：、）]?|[^\s\p{Script=Han}]+\s*|\s+/gu) ?? [line];
}

function columnsOf(text: string): number {
  let columns = 0;
  // Colour codes take no room. They are the only escape sequences here, since log text has lost its own.
  for (const char of text.replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'gu'), '')) {
    columns += /[\p{Script=Han}\p{Extended_Pictographic}\uff00-\uff60\u3000-\u303f]/u.test(char) ? 2 : 1;
  }
  return columns;
}
