/**
 * Slack's API behind a proxy that asks for a user name and password (`api_url: https://user:password@proxy/api/`). The proxy's credentials
 * take the place of the token in the Authorization header. Slack also accepts the token as an argument of the call.
 */
import type { SlackConfig } from '../../../config/channels/slack.ts';

/** Returns `send` with the credentials of the address, or `send` itself if the address holds none. */
export function throughProxy({ token, authorization }: SlackConfig, send: typeof fetch): typeof fetch {
  if (authorization === undefined) return send;
  return (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', authorization.reveal());
    // Every call that Tocsin makes has a form as its body. The client sends other bodies only with files.
    const form = new URLSearchParams(typeof init?.body === 'string' ? init.body : '');
    form.set('token', token.reveal());
    return send(url, { ...init, headers, body: form.toString() });
  };
}
