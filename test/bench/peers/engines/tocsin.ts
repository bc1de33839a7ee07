/** Tocsin as an engine. Options are the fields in which words are looked for; none: every text. */
import { readFileSync } from 'node:fs';
import type { Wanted } from '../../lines/order-rules.ts';
import { serve } from '../serve.ts';
import { decodeAndMatch } from './decode-and-match.ts';
import { batchesOf } from './lines-of.ts';

serve(({ linesFile, rulesFile, options }) => {
  const batches = batchesOf(readFileSync(linesFile));
  const wanted = JSON.parse(readFileSync(rulesFile, 'utf8')) as readonly Wanted[];
  return { load: () => decodeAndMatch(batches, wanted, options.length > 0 ? options : undefined) };
});
