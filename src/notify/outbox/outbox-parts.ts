/**
 * Parts: content that many messages share and that the outbox stores once. The text of a rule and of its runbook can be long, and each
 * message of a thousand groups shows it. A long part stands in a table of its own, and rows refer to it by its hash. A part is deleted
 * together with the last row that refers to it.
 */
import { createHash } from 'node:crypto';
import type { SQLOutputValue } from 'node:sqlite';
import type { Notice } from '../notice.ts';
import type { Sql, Transaction } from '../../event/state-tables.ts';

const unnamed = (hashes: string): string => `
  DELETE FROM outbox_parts WHERE hash IN (${hashes})
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE rule_part = hash)
    AND NOT EXISTS (SELECT 1 FROM outbox WHERE runbook_part = hash);`;

/**
 * The columns `rule_part` and `runbook_part` of the outbox hold the hash of a part; `notice` then has this part in a short form. Triggers
 * delete unused parts, so that no change of a row can forget it.
 */
export const PART_TABLES = `
  CREATE TABLE IF NOT EXISTS outbox_parts (hash TEXT PRIMARY KEY, part TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS outbox_rule_parts ON outbox (rule_part) WHERE rule_part IS NOT NULL;
  CREATE INDEX IF NOT EXISTS outbox_runbook_parts ON outbox (runbook_part) WHERE runbook_part IS NOT NULL;
  CREATE TRIGGER IF NOT EXISTS outbox_row_gone AFTER DELETE ON outbox
    WHEN old.rule_part IS NOT NULL OR old.runbook_part IS NOT NULL
    BEGIN ${unnamed('old.rule_part, old.runbook_part')} END;
  CREATE TRIGGER IF NOT EXISTS outbox_runbook_gone AFTER UPDATE OF runbook_part ON outbox
    WHEN old.runbook_part IS NOT new.runbook_part
    BEGIN ${unnamed('old.runbook_part')} END;
`;

interface Part {
  readonly hash: string;
  /** The part as JSON. */
  readonly text: string;
}

interface Packed {
  /** JSON with short forms in place of the parts. The short forms have the types of the parts. */
  readonly notice: string;
  readonly rule?: Part | undefined;
  readonly runbook?: Part | undefined;
}

/** Maximum characters of a part (as JSON) that stays in the message itself. */
const OWN_LENGTH_MAX = 4_000;

/** Parts that were printed and hashed before. The messages of a batch share their parts, so each is done once. */
const known = new WeakMap<object, Part | undefined>();

function partOf(value: object): Part | undefined {
  if (known.has(value)) return known.get(value);
  const text = JSON.stringify(value);
  const part =
    text.length > OWN_LENGTH_MAX
      ? { hash: createHash('sha256').update(text).digest('hex'), text }
      : undefined;
  known.set(value, part);
  return part;
}

export function packed(notice: Notice): Packed {
  const { rule, runbook } = notice;
  const ofRule = partOf(rule);
  const ofRunbook = runbook && partOf(runbook);
  const short = {
    ...notice,
    ...(ofRule && { rule: { name: rule.name, severity: rule.severity, labels: {}, alertText: '' } }),
    ...(ofRunbook && { runbook: { ...runbook, markdown: '' } }),
  };
  return { notice: JSON.stringify(short), rule: ofRule, runbook: ofRunbook };
}

type Row = Record<string, SQLOutputValue>;

/** Stores the parts of a new row. */
export function keepParts(tx: Transaction, { rule, runbook }: Packed): void {
  for (const part of [rule, runbook])
    if (part !== undefined)
      tx.sql('INSERT INTO outbox_parts (hash, part) VALUES (?, ?) ON CONFLICT DO NOTHING').run(
        part.hash,
        part.text,
      );
}

/**
 * Returns a function that reads the notice of a row from `notice` and the columns of parts. Each part is read once. If a part is missing,
 * the message lacks only that part.
 */
export function unpacking(sql: Sql): (row: Row) => Notice {
  const read = new Map<string, object | undefined>();
  const partIn = (hash: SQLOutputValue | undefined): object | undefined => {
    if (typeof hash !== 'string') return undefined;
    if (!read.has(hash)) {
      const part = sql('SELECT part FROM outbox_parts WHERE hash = ?').get(hash)?.['part'];
      read.set(hash, typeof part === 'string' ? (JSON.parse(part) as object) : undefined);
    }
    return read.get(hash);
  };
  return (row) => {
    const notice = JSON.parse(String(row['notice'])) as Notice;
    const rule = partIn(row['rule_part']);
    const runbook = partIn(row['runbook_part']);
    return { ...notice, ...(rule && { rule }), ...(runbook && { runbook }) } as Notice;
  };
}
