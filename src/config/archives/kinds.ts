/** The kinds of archives. Whatever is created or decided by kind is a total map over them, so that one that is missing does not compile. */
import { elasticsearch } from './elasticsearch.ts';
import { sqlite } from './sqlite.ts';

export const archiveKinds = { sqlite, elasticsearch };

export type ArchiveKind = keyof typeof archiveKinds;

/** What is configured of each. */
export type ArchiveConfigs = { readonly [K in ArchiveKind]: ReturnType<(typeof archiveKinds)[K]['build']> };

/** Told apart by `kind`. */
export type ArchiveConfig = ArchiveConfigs[ArchiveKind];
