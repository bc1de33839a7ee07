/** A receiver of alerts: a channel and an address on it. */

export interface Receiver {
  /** Kind of channel: `slack`, `email`, … */
  readonly channel: string;
  /** Address on it: `#order-oncall`, a mail address, the name of a robot or webhook; empty for `terminal`. */
  readonly target: string;
}

/** Returns the name that rules and routes use, always the same for the same receiver: `slack:#order-oncall`, `terminal`. */
export function receiverName({ channel, target }: Receiver): string {
  return target === '' ? channel : `${channel}:${target}`;
}

/** Parses the name of a receiver. */
export function parseReceiver(text: string): Receiver {
  const colon = text.indexOf(':');
  if (colon < 0) return { channel: text, target: '' };
  return { channel: text.slice(0, colon), target: text.slice(colon + 1) };
}
