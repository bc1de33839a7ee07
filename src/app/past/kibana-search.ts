/** The lines of the last day that a condition selects, in Kibana. */
import type { Config } from '../../config/config.ts';
import { searchLink } from '../../notify/message/kibana.ts';

/** The address, for a condition in KQL; undefined where no Kibana is configured. */
export function kibanaSearch({ kibana }: Pick<Config, 'kibana'>, kql: string): string | undefined {
  return kibana === undefined ? undefined : searchLink(kibana, kql);
}
