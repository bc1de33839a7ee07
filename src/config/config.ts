/** The validated configuration: what tocsin.yaml (interface.md) becomes. Every other part sees these types, never the file. */
import type { Schema } from '../event/event.ts';
import type { MaskOptions } from '../event/mask/mask.ts';
import type { Pattern } from '../event/pattern.ts';
import type { Receiver } from '../event/receiver.ts';
import type { Severity } from '../event/alert.ts';

/** A value that must not be printed; `reveal` is called where it is used. */
export interface Secret {
  reveal(): string;
  toJSON(): '[redacted]';
  toString(): '[redacted]';
}

export interface TlsConfig {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface KafkaSourceConfig {
  readonly kind: 'kafka';
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
  /** How long an open transaction may hold the time back. */
  readonly transactionWaitMs: number;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: Secret;
  };
  /** `tls: true` or a block. */
  readonly tls?: TlsConfig;
}

export interface FileSourceConfig {
  readonly kind: 'file';
  /** Globs, absolute. */
  readonly paths: readonly string[];
}

export interface StdinSourceConfig {
  readonly kind: 'stdin';
  /** Bound of the spool on disk, bytes. */
  readonly spoolBytes: number;
}

export type SourceKindConfig = KafkaSourceConfig | FileSourceConfig | StdinSourceConfig;

export interface DecodeConfig {
  readonly kind: 'json' | 'logfmt' | 'dissect';
  /** dissect only. */
  readonly pattern?: string;
  /** A line that matches begins an event; other lines belong to the event before. */
  readonly multilineStart?: Pattern;
  /** Field of the document whose text is searched for key=value pairs. */
  readonly kv?: string;
}

interface TimestampConfig {
  readonly path: readonly string[];
  /** Every line has the time at which it arrived; nothing is read out of it. */
  readonly isArrival?: boolean;
  /** iso8601 · epoch_s · epoch_ms · epoch_ns · syslog · a pattern of yyyy MM dd HH mm ss SSS Z. */
  readonly format: string;
  /** IANA zone for formats without an offset; default UTC. */
  readonly timezone: string;
  readonly year?: number;
}

export interface SourceConfig {
  readonly name: string;
  readonly kind: SourceKindConfig;
  readonly decode: DecodeConfig;
  readonly timestamp: TimestampConfig;
  readonly latenessMs: number;
  /** Nothing read for so long: people are told. Absent: never. */
  readonly silentAfterMs?: number;
}

export interface ElasticsearchConfig {
  readonly kind: 'elasticsearch';
  /** Without user name and password: those of the address stand below. */
  readonly node: string;
  /** Prefix of the daily indices: `<index>-2026.11.23`, `<index>-undated`. */
  readonly index: string;
  readonly apiKey?: Secret;
  readonly username?: string;
  readonly password?: Secret;
  readonly tls?: TlsConfig;
  readonly retentionMs: number;
}

export interface SqliteArchiveConfig {
  readonly kind: 'sqlite';
  /** Absolute path of the database. */
  readonly path: string;
  readonly retentionMs: number;
}

export type ArchiveConfig = ElasticsearchConfig | SqliteArchiveConfig;

interface Rate {
  /** Most messages a minute to one receiver; absent: what the channel thinks fit. */
  readonly ratePerMinute?: number;
}

interface WebhookConfig extends Rate {
  /** Of many services all that one needs to post, so nobody may see it. Without user name and password. */
  readonly url: Secret;
  /** The header for the user name and password that stood in the address. */
  readonly authorization?: Secret;
  readonly secret?: Secret;
  /** False: it gets no request but messages. */
  readonly probe?: boolean;
}

interface EmailConfig extends Rate {
  /** smtp://user:password@host:port or smtps://…, a secret because it may hold a password. */
  readonly smtp: Secret;
  readonly from: string;
  /** Whether nothing goes out unencrypted; absent: unless the server is on this machine. */
  readonly requireTls?: boolean;
  /** How long the server may take to answer to the text of a mail; absent: ten minutes. */
  readonly answerWithinMs?: number;
}

export interface ChannelsConfig {
  readonly terminal?: object;
  /** `authorization`: as of a webhook, here and below. */
  readonly slack?: {
    readonly token: Secret;
    readonly apiUrl: string;
    readonly authorization?: Secret;
  } & Rate;
  readonly dingtalk?: {
    readonly apiUrl: string;
    readonly authorization?: Secret;
    readonly robots: Readonly<
      Record<string, { readonly accessToken: Secret; readonly secret?: Secret } & Rate>
    >;
  };
  readonly email?: EmailConfig;
  readonly webhook?: Readonly<Record<string, WebhookConfig>>;
}

export interface Route {
  readonly severity?: readonly Severity[];
  readonly owner?: readonly string[];
  readonly rule?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly to: readonly Receiver[];
}

/** What Tocsin says of itself. */
export interface SelfAlertsConfig {
  /** Instead of the routes. */
  readonly notify?: readonly Receiver[];
  /** Trouble must last so long before people are told, and be over for so long before they are told that it is over. */
  readonly holdMs: number;
  /** Unread events so much older than the clock are a lag. */
  readonly lagAfterMs: number;
}

/** What is shown masked in messages and on pages. */
interface MaskConfig extends MaskOptions {
  /** What is archived is masked too. */
  readonly archive: boolean;
}

interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly baseUrl?: string;
  /** Whoever asks for text of logs must show it. */
  readonly token?: Secret;
}

export interface Config {
  /** Absolute path of the file. */
  readonly file: string;
  readonly dataDir: string;
  readonly sources: readonly SourceConfig[];
  readonly schema: Schema;
  readonly archive: ArchiveConfig;
  /** Absolute path of the rules folder. */
  readonly rulesDir: string;
  readonly channels: ChannelsConfig;
  readonly routes: readonly Route[];
  /** Whom rules may name in `notify`; the target `*` stands for any of the channel. Absent: every configured receiver. */
  readonly ruleReceivers?: readonly Receiver[];
  /** How long an alert that is over can be asked for. */
  readonly alertRetentionMs: number;
  readonly selfAlerts: SelfAlertsConfig;
  readonly mask: MaskConfig;
  readonly kibana?: { readonly url: string; readonly dataView: string };
  readonly http?: HttpConfig;
  readonly language: 'en' | 'zh';
  /** IANA name of the zone in which people are shown times; absent: that of the process. */
  readonly timezone?: string;
}
