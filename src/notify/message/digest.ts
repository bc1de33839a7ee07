/** A digest: many messages told as a list, when more wait for a receiver than it takes. Every one of them is listed. */
import { contentOf, oneLine } from './content.ts';
import type { Notice } from '../notice.ts';
import { textsFor } from './texts/texts.ts';
import { shorten } from '../../event/visible.ts';

export interface Digest {
  readonly title: string;
  readonly why: string;
  /** One for each message, of log text made visible, not yet escaped. */
  readonly lines: readonly string[];
}

/**
 * `possibleDuplicate`: some of it may have arrived before. `lineLimit`: characters of a line, so that fifty of them fit every channel.
 */
export function digestOf(notices: readonly Notice[], possibleDuplicate: boolean, lineLimit = 180): Digest {
  const texts = textsFor(notices[0]!.language);
  return {
    title: texts.digestTitle(notices.length),
    why: possibleDuplicate ? `${texts.digestWhy} ${texts.digestPossibleDuplicate}` : texts.digestWhy,
    lines: notices.map((notice) => {
      const content = contentOf({ notice, possibleDuplicate: false });
      const id = ` · ${content.alertId}`;
      return `${shorten(`${oneLine(content)} · ${content.whyShort}`, lineLimit - id.length)}${id}`;
    }),
  };
}
