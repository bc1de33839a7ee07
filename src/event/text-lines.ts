/** Lines of a text stream of ours (NDJSON). By LF alone: node:readline also breaks at U+2028, which JSON texts may hold as it is. */
import type { Readable } from 'node:stream';

/** Without line ends, CR before LF dropped; what stands after the last LF is a line where it is not empty. */
export async function* textLines(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}
