/** Who is told of an alert: a channel and an address on it. */

export interface Receiver {
  /** Kind of channel: `slack`, `email`, … */
  readonly channel: string;
  /** Address on it: `#order-oncall`, a mail address, the name of a robot or webhook; empty for `terminal`. */
  readonly target: string;
}

/** As rules and routes name it, the same for the same receiver: `slack:#order-oncall`, `terminal`. */
export function receiverName({ channel, target }: Receiver): string {
  return target === '' ? channel : `${channel}:${target}`;
}

/** The other way round. */
export function parseReceiver(text: string): Receiver {
  const colon = text.indexOf(':');
  if (colon < 0) return { channel: text, target: '' };
  return { channel: text.slice(0, colon), target: text.slice(colon + 1) };
}
