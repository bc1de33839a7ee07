/** A digest: many messages sent as one list, when more of them wait for a receiver than it accepts. It lists every one of them. */
import { contentOf, oneLine } from './content.ts';
import type { Notice } from '../notice.ts';
import { textsFor } from './texts/texts.ts';
import { shorten } from '../../event/visible.ts';

export interface Digest {
  readonly title: string;
  readonly why: string;
  /** One line for each message. Log text in it is visible and not yet escaped. */
  readonly lines: readonly string[];
}

/**
 * Makes the digest. `possibleDuplicate`: some of the messages may have arrived before. `lineLimit`: characters of a line, such that fifty
 * lines fit every channel.
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
