/** Where the file of a worker thread lies. */

/** Returns the URL of a file beside the module `beside`: TypeScript in a checkout, JavaScript in the built package. */
export function workerUrl(name: string, beside: string): URL {
  return new URL(`./${name}${beside.endsWith('.ts') ? '.ts' : '.js'}`, beside);
}
