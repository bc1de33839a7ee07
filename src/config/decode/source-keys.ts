/** The keys of a source that say how its lines are read, as in tocsin.yaml: for whoever proposes or tries some. */
export interface SourceKeys {
  readonly decode: unknown;
  readonly timestamp?: {
    readonly field?: unknown;
    readonly format?: string | readonly string[];
    readonly timezone?: string;
  };
  readonly encoding?: string;
  readonly multiline?: { readonly start: string };
}
