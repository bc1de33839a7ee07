/** Backslashes in a row just before a place of a text, none of them before `earliest`; counted up to `most`. */
export function backslashesBefore(text: string, at: number, earliest: number, most = Infinity): number {
  let count = 0;
  while (count < most && at - count > earliest && text[at - count - 1] === '\\') count += 1;
  return count;
}
