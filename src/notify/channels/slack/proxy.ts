/**
 * Slack's API behind a proxy that asks for a user name and password (`api_url: https://user:password@proxy/api/`). Its Authorization
 * takes the place of the one with the token, which Slack also takes as an argument of the call.
 */
import type { SlackConfig } from '../../../config/channels/slack.ts';

/** `send` with the credentials of the address; itself where that holds none. */
export function throughProxy({ token, authorization }: SlackConfig, send: typeof fetch): typeof fetch {
  if (authorization === undefined) return send;
  return (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', authorization.reveal());
    // Every call that Tocsin makes is a form; the client sends other bodies only with files.
    const form = new URLSearchParams(typeof init?.body === 'string' ? init.body : '');
    form.set('token', token.reveal());
    return send(url, { ...init, headers, body: form.toString() });
  };
}
