/** Counts the backslashes in a row just before `at` in a text. It looks no further back than `earliest`, and counts up to `max`. */
export function backslashesBefore(text: string, at: number, earliest: number, max = Infinity): number {
  let count = 0;
  while (count < max && at - count > earliest && text[at - count - 1] === '\\') count += 1;
  return count;
}
