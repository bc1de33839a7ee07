/** The validated configuration: what tocsin.yaml (interface.md) becomes. Every other part sees these types, never the file. */
import type { Schema } from '../event/event.ts';
import type { MaskOptions } from '../event/mask/mask.ts';
import type { Pattern } from '../event/pattern.ts';
import type { Receiver } from '../event/receiver.ts';
import type { Severity } from '../event/alert.ts';
import type { ArchiveConfig } from './archives/kinds.ts';
import type { ChannelsConfig } from './channels/kinds.ts';
import type { Secret } from './secret.ts';
import type { SourceKindConfig } from './sources/kinds.ts';

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
