/**
 * The channel `email`: HTML and text, one conversation for each alert. The Message-ID is made from the delivery id, so a mail that is sent
 * again has the same one, and mail readers that know it may drop it. Later messages refer to the first one and have the same subject.
 */
import MailComposer from 'nodemailer/lib/mail-composer';
import type { EmailConfig } from '../../../config/channels/email.ts';
import type { Telemetry } from '../../../event/telemetry.ts';
import type { Channel, Delivery, Outcome } from '../../channel.ts';
import { contentOf, type Content } from '../../message/content.ts';
import { digestOf } from '../../message/digest.ts';
import { escapeHtml, htmlMarkup } from './markup.ts';
import { plainMessage } from '../../message/plain-message.ts';
import { createTemplate, type Template } from '../../templates/engine.ts';
import { EMAIL_TEMPLATE } from './template.ts';
import { shorten } from '../../../event/visible.ts';
import { converse, type SmtpConversation, type SmtpEnd, type SmtpMail } from './smtp.ts';

const RUNBOOK_LIMIT = 40_000;
/** Maximum mails a minute to one address. */
const USUAL_PER_MINUTE = 30;

/** Maximum conversations at a time about mails to one address. A server that answers slowly keeps a conversation open for long. */
const USUAL_AT_ONCE = 5;
/** Ten minutes. Source: RFC 5321 4.5.3.2.6. */
const USUAL_ANSWER_MS = 600_000;
/** Time to connect, to log in and to name sender and receiver. */
const USUAL_BEFORE_TEXT_MS = 15_000;

export interface EmailOptions {
  readonly telemetry: Telemetry;
  readonly templatesDir?: string;
  /** Default: 15 s. */
  readonly beforeTextMs?: number;
}

export function createEmailChannel(config: EmailConfig, options: EmailOptions): Channel {
  const { requireTls, answerWithinMs = USUAL_ANSWER_MS } = config;
  const { beforeTextMs = USUAL_BEFORE_TEXT_MS } = options;
  const template = createTemplate({ ...options, name: 'email', source: EMAIL_TEMPLATE, markup: htmlMarkup });
  const conversations = new Set<SmtpConversation>();
  const talk = async (mail?: SmtpMail): Promise<SmtpEnd> => {
    const url = config.smtp.reveal();
    const conversation = converse(
      { url, beforeTextMs, answerWithinMs, ...(requireTls !== undefined && { requireTls }) },
      mail,
    );
    conversations.add(conversation);
    const end = await conversation.ended;
    conversations.delete(conversation);
    return end;
  };
  return {
    kind: 'email',
    sendMaxMs: beforeTextMs + answerWithinMs,
    atOnce: USUAL_AT_ONCE,
    ratePerMinute: () => config.ratePerMinute ?? USUAL_PER_MINUTE,
    async send(delivery) {
      const headers = envelopeOf(delivery, config.from);
      return outcomeOf(await talk(await compose(delivery, template, headers)), delivery, headers.messageId);
    },
    async probe() {
      const end = await talk();
      return end.kind === 'done' ? undefined : { problem: `mail: ${end.because}`, fix: fixOf(end) };
    },
    close() {
      for (const conversation of conversations) conversation.abort('Tocsin stops');
      return Promise.resolve();
    },
  };
}

interface Mail {
  readonly subject: string;
  readonly html?: string;
  readonly text: string;
}

type Headers = ReturnType<typeof envelopeOf>;

/** Returns the mail as it is sent. Reads no file and no address, whatever the mail contains. */
async function compose(delivery: Delivery, template: Template, headers: Headers): Promise<SmtpMail> {
  const node = new MailComposer({
    ...render(delivery, template),
    ...headers,
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const { from, to } = node.getEnvelope();
  return { from: from || '', to: to[0] ?? delivery.target, text: await node.build() };
}

function outcomeOf(end: SmtpEnd, { target, thread }: Delivery, messageId: string): Outcome {
  if (end.kind === 'done') return { kind: 'sent', thread: thread ?? { messageId } };
  const because = `mail: ${end.because}`;
  const isForGood = end.kind === 'no login' || (end.kind === 'refused' && end.code >= 500);
  if (isForGood) return { kind: 'failed', because, fix: fixOf(end, target) };
  // Anyone between Tocsin and the server can remove its offer to encrypt. That must not make Tocsin give up the mail.
  if (end.kind === 'no encryption')
    return { kind: 'retry', unsent: true, because: `${because}; ${fixOf(end)}` };
  return { kind: 'retry', unsent: end.kind !== 'broken' || !end.isTextBegun, because };
}

function fixOf(end: SmtpEnd, target?: string): string {
  if (end.kind === 'no encryption')
    return (
      'The mail server offers no encryption (STARTTLS), and neither password nor mail goes out without it: use smtps:// or ' +
      'another port in channels.email.smtp, or, where the network is trusted, set channels.email.require_tls: false'
    );
  if (end.kind === 'no login' || (end.kind === 'refused' && end.isLogin))
    return 'Check user and password in channels.email.smtp.';
  if (end.kind === 'refused' && end.code >= 500 && target !== undefined)
    return `The mail server refuses this for good: check the address ${target}, the sender in channels.email.from and the server's policy.`;
  return 'Check host, port and TLS of channels.email.smtp (smtp:// or smtps://).';
}

/** Returns addresses and headers: who sends the mail and which conversation it belongs to. */
function envelopeOf(delivery: Delivery, from: string) {
  const domain = /@([\w.-]+)/u.exec(from)?.[1] ?? 'tocsin.invalid';
  const root = delivery.thread?.['messageId'];
  const { notice } = delivery;
  return {
    from,
    to: delivery.target,
    messageId: `<tocsin.${delivery.deliveryId}@${domain}>`,
    ...(root !== undefined && { inReplyTo: root, references: root }),
    ...(notice.kind === 'fired' && notice.rule.severity === 'critical' && { priority: 'high' as const }),
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
  if (delivery.digest) return renderDigest(delivery.digest, delivery.possibleDuplicate);
  const content = contentOf(delivery);
  const html = template(content, RUNBOOK_LIMIT)?.text;
  return {
    subject: subjectOf(content),
    text: plainMessage(content, RUNBOOK_LIMIT),
    ...(html !== undefined && { html }),
  };
}

/**
 * Returns the same subject for every message of an alert, so that mail readers keep them together. The state stands in the preview text.
 */
function subjectOf(content: Content): string {
  const group = content.group === '' ? '' : ` · ${content.group}`;
  return shorten(`[${content.severityLabel}] ${content.title} (${content.rule})${group}`, 180);
}

function renderDigest(notices: NonNullable<Delivery['digest']>, possibleDuplicate: boolean): Mail {
  const digest = digestOf(notices, possibleDuplicate, 300);
  const items = digest.lines.map((line) => `<li style="margin:6px 0">${escapeHtml(line)}</li>`).join('\n');
  return {
    subject: `[Tocsin] ${digest.title}`,
    text: [digest.title, digest.why, '', ...digest.lines.map((line) => `- ${line}`), ''].join('\n'),
    html: `<div style="max-width:640px;font-family:sans-serif;font-size:15px;line-height:1.5"><h1 style="font-size:20px">${escapeHtml(digest.title)}</h1><p>${escapeHtml(digest.why)}</p><ul>${items}</ul></div>`,
  };
}
