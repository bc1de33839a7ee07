/** Lines of a text stream of Tocsin's own (NDJSON). They end at LF only: node:readline also breaks at U+2028, which JSON texts may contain. */
import type { Readable } from 'node:stream';

/** Gives lines without their ends; a CR before the LF is dropped. A rest after the last LF is a line if it is not empty. */
export async function* textLines(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}
