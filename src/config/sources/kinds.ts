/** The kinds of sources. Whatever is created or decided by kind is a total map over them, so that one that is missing does not compile. */
import { file } from './file.ts';
import { kafka } from './kafka.ts';
import { stdin } from './stdin.ts';

export const sourceKinds = { kafka, file, stdin };

export type SourceKind = keyof typeof sourceKinds;

/** What is configured of each. */
export type SourceKindConfigs = { readonly [K in SourceKind]: ReturnType<(typeof sourceKinds)[K]['build']> };

/** Told apart by `kind`. */
export type SourceKindConfig = SourceKindConfigs[SourceKind];
