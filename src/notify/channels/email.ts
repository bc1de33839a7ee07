/**
 * The channel `email`: HTML and text, one conversation an alert. Message-IDs are made from the delivery, so a resend carries the
 * same one and mail readers that know it already may drop it; later messages refer to the first, under the same subject.
 */
import { createTransport, type Transporter } from 'nodemailer';
import type { ChannelsConfig } from '../../config/config.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Channel, Delivery, Outcome } from '../channel.ts';
import { contentOf, type Content } from '../content.ts';
import { digestOf } from '../digest.ts';
import { escapeHtml, htmlMarkup } from '../markup/html.ts';
import { plainMessage } from '../plain-message.ts';
import { createTemplate, type Template } from '../templates/engine.ts';
import { emailTemplate } from '../templates/email.ts';
import { shorten } from '../../event/visible.ts';

const runbookLimit = 40_000;
/** To one address. */
const usualPerMinute = 30;

export function createEmailChannel(
  config: NonNullable<ChannelsConfig['email']>,
  options: { readonly telemetry: Telemetry; readonly templatesDir?: string },
): Channel {
  const transport = createTransport({
    url: config.smtp.reveal(),
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 8_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const template = createTemplate({ ...options, name: 'email', source: emailTemplate, markup: htmlMarkup });
  return {
    kind: 'email',
    ratePerMinute: () => config.ratePerMinute ?? usualPerMinute,
    async send(delivery) {
      const mail = render(delivery, template);
      return dispatch(transport, delivery, { ...mail, ...envelopeOf(delivery, config.from) });
    },
    async probe() {
      try {
        await transport.verify();
        return undefined;
      } catch (error) {
        const outcome = outcomeOf(error, '');
        const fix =
          outcome.kind === 'failed'
            ? outcome.fix
            : 'Check host, port and TLS of channels.email.smtp (smtp:// or smtps://).';
        return { problem: outcome.kind === 'sent' ? '' : outcome.because, fix };
      }
    },
    close() {
      transport.close();
      return Promise.resolve();
    },
  };
}

interface Mail {
  readonly subject: string;
  readonly html?: string;
  readonly text: string;
}

async function dispatch(transport: Transporter, delivery: Delivery, mail: object): Promise<Outcome> {
  try {
    const info = (await transport.sendMail(mail)) as { rejected?: readonly unknown[]; messageId: string };
    if ((info.rejected ?? []).length > 0) {
      const fix = `Check the address ${delivery.target} in the route.`;
      return { kind: 'failed', because: `mail server rejected ${delivery.target}`, fix };
    }
    return { kind: 'sent', thread: delivery.thread ?? { messageId: info.messageId } };
  } catch (error) {
    return outcomeOf(error, delivery.target);
  }
}

/** Addresses and headers; everything that says who this is and which conversation it belongs to. */
function envelopeOf(delivery: Delivery, from: string): object {
  const domain = /@([\w.-]+)/u.exec(from)?.[1] ?? 'tocsin.invalid';
  const root = delivery.thread?.['messageId'];
  const { notice } = delivery;
  return {
    from,
    to: delivery.target,
    messageId: `<tocsin.${delivery.deliveryId}@${domain}>`,
    ...(root === undefined ? {} : { inReplyTo: root, references: root }),
    ...(notice.kind === 'fired' && notice.rule.severity === 'critical' ? { priority: 'high' } : {}),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'List-ID': `Tocsin alerts <tocsin.${domain}>`,
      'X-Tocsin-Rule': notice.rule.name,
      'X-Tocsin-Alert': notice.episode.alertId,
    },
  };
}

function render(delivery: Delivery, template: Template): Mail {
  if (delivery.digest) return renderDigest(delivery.digest);
  const content = contentOf(delivery);
  const html = template(content, runbookLimit)?.text;
  return {
    subject: subjectOf(content),
    text: plainMessage(content, runbookLimit),
    ...(html === undefined ? {} : { html }),
  };
}

/** The same for every message of an alert, so that mail readers keep them together; the state stands in the preview text. */
function subjectOf(content: Content): string {
  const group = content.group === '' ? '' : ` · ${content.group}`;
  return shorten(`[${content.severityLabel}] ${content.title} (${content.rule})${group}`, 180);
}

function renderDigest(notices: NonNullable<Delivery['digest']>): Mail {
  const digest = digestOf(notices, 300);
  const items = digest.lines.map((line) => `<li style="margin:6px 0">${escapeHtml(line)}</li>`).join('\n');
  return {
    subject: `[Tocsin] ${digest.title}`,
    text: [digest.title, digest.why, '', ...digest.lines.map((line) => `- ${line}`), ''].join('\n'),
    html: `<div style="max-width:640px;font-family:sans-serif;font-size:15px;line-height:1.5"><h1 style="font-size:20px">${escapeHtml(digest.title)}</h1><p>${escapeHtml(digest.why)}</p><ul>${items}</ul></div>`,
  };
}

const beforeData = new Set(['CONN', 'EHLO', 'HELO', 'STARTTLS', 'MAIL FROM', 'RCPT TO', 'API']);

function outcomeOf(error: unknown, target: string): Outcome {
  const { code, responseCode, command, message } = error as {
    code?: string;
    responseCode?: number;
    command?: string;
    message?: string;
  };
  const because = `mail: ${shorten(message ?? 'unknown failure', 200)}`;
  if (code === 'EAUTH' && (responseCode === undefined || responseCode >= 500)) {
    return { kind: 'failed', because, fix: 'Check user and password in channels.email.smtp.' };
  }
  if (responseCode !== undefined && responseCode >= 500) {
    const fix = `The mail server refuses this for good: check the address ${target}, the sender in channels.email.from and the server's policy.`;
    return { kind: 'failed', because, fix };
  }
  // A refusal that the server spoke out is certain; a connection lost while or after the text was sent is not.
  const unsent =
    responseCode !== undefined ||
    code === 'EDNS' ||
    (command !== undefined && (beforeData.has(command) || command.startsWith('AUTH')));
  return { kind: 'retry', unsent, because };
}
