/**
 * The kinds of sources. Everything that is created or decided by kind is a total map over them, so that a missing kind does not compile.
 */
import { file } from './file.ts';
import { kafka } from './kafka.ts';
import { stdin } from './stdin.ts';

export const sourceKinds = { kafka, file, stdin };

export type SourceKind = keyof typeof sourceKinds;

/** The configuration of each kind. */
export type SourceKindConfigs = { readonly [K in SourceKind]: ReturnType<(typeof sourceKinds)[K]['build']> };

/** The configuration of a source's kind. The field `kind` tells the kinds apart. */
export type SourceKindConfig = SourceKindConfigs[SourceKind];
