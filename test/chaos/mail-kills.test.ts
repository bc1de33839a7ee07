import { test } from 'vitest';
import { surviveKills } from './mail-kills.ts';

test('through kills while the mail server is slow after the dot every alert arrives, and twice only where it says so', async () => {
  await surviveKills({ groups: 100, kills: 3 });
}, 300_000);
