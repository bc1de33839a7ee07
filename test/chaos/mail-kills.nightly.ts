/** The same as mail-kills.test.ts, for long. */
import { test } from 'vitest';
import { surviveKills } from './mail-kills.ts';

test('through 20 kills while the mail server is slow after the dot 2,000 alerts arrive, and twice only where it says so', async () => {
  await surviveKills({ groups: 2_000, kills: 20 });
}, 3_600_000);
