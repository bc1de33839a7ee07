/** Links to Kibana: to the lines of the last day that a condition selects. */
import type { Config } from '../../config/config.ts';
import { searchLink } from '../../notify/message/kibana.ts';

/** Returns the address for a condition in KQL; undefined where no Kibana is configured. */
export function kibanaSearch({ kibana }: Pick<Config, 'kibana'>, kql: string): string | undefined {
  return kibana === undefined ? undefined : searchLink(kibana, kql);
}
