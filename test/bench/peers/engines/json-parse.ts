/** A loop that only runs JSON.parse over the lines: what any engine costs at least that makes objects of them. */
import { readFileSync } from 'node:fs';
import { serve } from '../serve.ts';
import { chunksOf, countOf } from './lines-of.ts';

serve(({ linesFile }) => {
  const chunks = chunksOf(readFileSync(linesFile));
  return {
    load: () => ({
      chunks: chunks.length,
      lines: countOf(chunks),
      begin: () => undefined,
      judge(chunk) {
        const { bytes, starts, ends } = chunks[chunk]!;
        const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        let objects = 0;
        for (let i = 0; i < starts.length; i++) {
          try {
            objects += typeof JSON.parse(buffer.toString('utf8', starts[i], ends[i])) === 'object' ? 1 : 0;
          } catch {
            // A line that is no JSON is one without an object.
          }
        }
        return objects < 0 ? 1 : 0;
      },
    }),
  };
});
