/** Text of log lines as people may see it. */
import { withoutTornEnds } from '../excerpt.ts';
import { redactKnown } from '../redact.ts';
import type { Mask } from './mask.ts';

/** Cuts out the credentials of the configuration before the mask, which could otherwise leave half of one. `name`: the field of the text. */
export function logText(mask: Mask): (text: string, name?: string) => string {
  return (text, name) => mask.text(redactKnown(mask.hides ? withoutTornEnds(text) : text), name);
}
