import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderAll } from './render-messages.ts';

test('the messages in docs/messages are what the channels send today', async () => {
  for (const [name, content] of Object.entries(await renderAll())) {
    const kept = readFileSync(new URL(`../../docs/messages/${name}`, import.meta.url), 'utf8');
    expect(kept, `${name}: run node test/support/render-messages.ts`).toBe(content);
  }
});
