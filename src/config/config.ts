/** The validated configuration, which is built from tocsin.yaml (interface.md). Every other part sees these types and never the file. */
import type { Schema } from '../event/event.ts';
import type { MaskOptions } from '../event/mask/mask.ts';
import type { Receiver } from '../event/receiver.ts';
import type { Severity } from '../event/alert.ts';
import type { ArchiveConfig } from './archives/kinds.ts';
import type { ChannelsConfig } from './channels/kinds.ts';
import type { MultilineConfig } from './decode/multiline.ts';
import type { StepConfig } from './decode/steps.ts';
import type { Secret } from './secret.ts';
import type { SourceKindConfig } from './sources/kinds.ts';

export interface DecodeConfig {
  /** In the order in which they work. */
  readonly steps: readonly StepConfig[];
  /** Absent: each line is an event. */
  readonly multiline?: MultilineConfig;
}

/**
 * Where a time stands: at a path; at several, whose texts are joined by blanks (`[date, time]`); or as seconds since the epoch and
 * nanoseconds beyond.
 */
export type TimePath = string | readonly string[] | { readonly seconds: string; readonly nanos: string };

interface TimestampConfig {
  /** In the order in which they are tried. */
  readonly path: readonly TimePath[];
  /** True where the time of a line is the time at which it arrived, and no time is read from the line. */
  readonly isArrival?: boolean;
  /** As in `TimeFormat` (event/timestamp.ts). */
  readonly format: string | readonly string[];
  /** IANA zone for formats without an offset; default UTC. */
  readonly timezone: string;
  readonly year?: number;
}

export interface SourceConfig {
  readonly name: string;
  readonly kind: SourceKindConfig;
  /** The name of the encoding of its text (decode/encoding.ts); absent: UTF-8. */
  readonly encoding?: string;
  readonly decode: DecodeConfig;
  readonly timestamp: TimestampConfig;
  readonly latenessMs: number;
  /** Where reading begins at the first start; a number: with the lines of the last so many ms. Absent: at the beginning. */
  readonly start?: 'end' | number;
  /** People are told when nothing is read from the source for this time. Absent: never. */
  readonly silentAfterMs?: number;
}

export interface Route {
  readonly severity?: readonly Severity[];
  readonly owner?: readonly string[];
  readonly rule?: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly to: readonly Receiver[];
}

/** The settings of alerts about Tocsin itself. */
export interface SelfAlertsConfig {
  /** The receivers of these alerts; absent: the routes decide. */
  readonly notify?: readonly Receiver[];
  /** A trouble must last this long before people are told. It must be over for this long before people are told that it is over. */
  readonly holdMs: number;
  /** Unread events that are older than this are a lag. */
  readonly lagAfterMs: number;
}

/** The settings of masking in messages and on pages. */
interface MaskConfig extends MaskOptions {
  /** True where archived lines are masked as well. */
  readonly archive: boolean;
}

interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly baseUrl?: string;
  /** A client that asks for text of logs must send it. */
  readonly token?: Secret;
}

export interface Config {
  /** Absolute path of the configuration file. */
  readonly file: string;
  readonly dataDir: string;
  readonly sources: readonly SourceConfig[];
  readonly schema: Schema;
  readonly archive: ArchiveConfig;
  /** Absolute path of the rules folder. */
  readonly rulesDir: string;
  readonly channels: ChannelsConfig;
  readonly routes: readonly Route[];
  /**
   * The receivers that rules may name in `notify`; the target `*` stands for any target of the channel. Absent: every configured receiver.
   */
  readonly ruleReceivers?: readonly Receiver[];
  /** An alert that is older than this at the first start of its source is recorded, not sent. */
  readonly alertAgeMs: number;
  /** How long an alert is kept after it is over. */
  readonly alertRetentionMs: number;
  readonly selfAlerts: SelfAlertsConfig;
  readonly mask: MaskConfig;
  readonly kibana?: { readonly url: string; readonly dataView: string };
  readonly http?: HttpConfig;
  readonly language: 'en' | 'zh';
  /** IANA name of the zone for times that people are shown; absent: the zone of the process. */
  readonly timezone?: string;
}
