/** The fuzzers of what services answer, each with a server of its own. */
import { startHostileServer, type HostileAnswer } from '../support/hostile-server.ts';
import { channelAnswers, type ChannelName } from './channel-answers.ts';
import { elasticsearchAnswers } from './elasticsearch-answers.ts';
import { fuzz, fuzzMs, type FuzzReport } from './harness.ts';

export const ANSWERING = ['elasticsearch', 'slack', 'dingtalk', 'webhook'] as const;

/** Runs the fuzzer of this service's answers. */
export async function fuzzAnswers(name: (typeof ANSWERING)[number], usualMs: number): Promise<FuzzReport> {
  let answer: (path: string) => HostileAnswer = () => ({});
  const server = await startHostileServer(({ path }) => answer(path));
  const answerWith = (next: (path: string) => HostileAnswer): void => void (answer = next);
  try {
    const forMs = fuzzMs(usualMs);
    if (name === 'elasticsearch') return await fuzz(elasticsearchAnswers(server, answerWith), forMs);
    return await fuzz(channelAnswers(name satisfies ChannelName, server, answerWith), forMs);
  } finally {
    await server.close();
  }
}
