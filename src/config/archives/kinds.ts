/**
 * The kinds of archives. Everything that is created or decided by kind is a total map over them, so that a missing kind does not compile.
 */
import { elasticsearch } from './elasticsearch.ts';
import { sqlite } from './sqlite.ts';

export const archiveKinds = { sqlite, elasticsearch };

export type ArchiveKind = keyof typeof archiveKinds;

/** The configuration of each kind. */
export type ArchiveConfigs = { readonly [K in ArchiveKind]: ReturnType<(typeof archiveKinds)[K]['build']> };

/** The configuration of an archive. The field `kind` tells the kinds apart. */
export type ArchiveConfig = ArchiveConfigs[ArchiveKind];
