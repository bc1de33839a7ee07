/** The configuration that rule tests are held against: the fields and receivers of the documentation's tocsin.yaml. */
import type { Field } from '../../src/event/event.ts';
import { makeSchema } from '../../src/event/schema.ts';
import type { RuleContext } from '../../src/rule/context.ts';

const field = (name: string, type: Field['type'], paths = [name], normalise?: 'upper'): Field => ({
  name,
  type,
  paths,
  ...(normalise !== undefined && { normalise }),
});

export const orderSchema = makeSchema(
  [
    field('service', 'keyword', ['service.name', 'service']),
    field('level', 'keyword', ['log.level', 'level'], 'upper'),
    field('order_id', 'keyword', ['order_id', 'orderId']),
    field('order_state', 'keyword', ['order_state', 'state']),
    field('status', 'keyword'),
    field('channel', 'keyword'),
    field('error_code', 'keyword'),
    field('user_id', 'keyword'),
    field('path', 'keyword'),
    field('retries', 'long'),
    field('duration_ms', 'double'),
    field('vip', 'boolean'),
    field('paid_at', 'date'),
    field('http.route', 'keyword'),
    field('error.message', 'text'),
    field('message', 'text'),
  ],
  ['level', 'message', 'error.message'],
);

/** Sources `orders` and `audit`; receivers on slack, dingtalk:order-group, email, terminal; every rule is routed. */
export const orderContext: RuleContext = {
  schema: orderSchema,
  sources: ['orders', 'audit'],
  receivers: (channel, target) => {
    if (channel === 'dingtalk')
      return target === 'order-group'
        ? undefined
        : { message: `dingtalk has no robot \`${target}\``, fix: 'known: order-group' };
    return ['slack', 'email', 'terminal'].includes(channel)
      ? undefined
      : { message: `there is no channel \`${channel}\``, fix: 'known: slack, dingtalk, email, terminal' };
  },
  routed: () => true,
  latenessMs: () => 30_000,
};
