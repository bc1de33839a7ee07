/** The texts of the demo for people, in both languages. */
import type { StoryKind } from './history.ts';
import type { Fault } from './orders.ts';

type Language = 'en' | 'zh';

export interface DemoTexts {
  readonly intro: (seconds: number, rules: string) => string;
  readonly faults: Readonly<Record<Fault | StoryKind, string>>;
  readonly history: (lines: number) => string;
  readonly faultBegins: string;
  readonly faultEnds: string;
  readonly progress: (events: number, alerts: number) => string;
  readonly summary: string;
  readonly written: (lines: number, alerted: number, archived: number) => string;
  readonly rate: (perSecond: number) => string;
  readonly alerts: (count: number) => string;
  readonly after: (seconds: string, fault: string) => string;
  readonly next: string;
}

const number = (value: number): string => value.toLocaleString('en');

export const demoTexts: Readonly<Record<Language, DemoTexts>> = {
  en: {
    intro: (seconds, rules) =>
      `A simulated order service writes a log for ${seconds} s, and things go wrong in it. Beside it runs the pipeline of\n` +
      `\`tocsin run\` with the rules in ${rules}. Alerts look here as they would to the person on call.`,
    faults: {
      inventory_slow: 'the inventory service answers too late',
      payment_gateway: 'a payment gateway answers 502',
      redis_full: 'Redis has no memory left',
      zombie: 'an order has been in processing for 72 hours',
      ghost: 'an order was paid ten minutes ago, and its stock was never synced',
      split: 'an order that is paid gets cancelled',
    },
    history: (lines) => `The log begins with ${number(lines)} lines of the last days.`,
    faultBegins: 'goes wrong',
    faultEnds: 'works again',
    progress: (events, alerts) => `${number(events)} events, ${alerts} alerts`,
    summary: 'Summary',
    written: (lines, alerted, archived) =>
      `events    ${number(lines)} written, ${number(alerted)} judged by the rules, ${number(archived)} kept in the archive`,
    rate: (perSecond) => `rate      ${number(perSecond)} a second`,
    alerts: (count) => `alerts    ${count}`,
    after: (seconds, fault) => `${seconds} s after: ${fault}`,
    next: 'Your own logs: say in tocsin.yaml where they are (`npx tocsin init` writes one where there is none), then `npx tocsin check`, `npx tocsin run`.',
  },
  zh: {
    intro: (seconds, rules) =>
      `模拟的订单服务写 ${seconds} 秒日志，其间出现故障；旁边运行的就是 \`tocsin run\` 的流水线，\n` +
      `规则来自 ${rules}。下面的告警就是值班人员会看到的样子。`,
    faults: {
      inventory_slow: '库存服务响应超时',
      payment_gateway: '支付网关返回 502',
      redis_full: 'Redis 内存耗尽',
      zombie: '一个订单停留在处理中已满 72 小时',
      ghost: '一个订单付款已满十分钟，库存始终未同步',
      split: '一个已付款的订单被取消',
    },
    history: (lines) => `日志以最近几天的 ${number(lines)} 行开头。`,
    faultBegins: '故障开始',
    faultEnds: '故障结束',
    progress: (events, alerts) => `${number(events)} 条事件，${alerts} 条告警`,
    summary: '小结',
    written: (lines, alerted, archived) =>
      `事件   写入 ${number(lines)} 行，规则判断 ${number(alerted)} 条，归档 ${number(archived)} 条`,
    rate: (perSecond) => `速率   每秒 ${number(perSecond)} 条`,
    alerts: (count) => `告警   ${count} 条`,
    after: (seconds, fault) => `${fault}后 ${seconds} 秒`,
    next: '接入自己的日志：在 tocsin.yaml 里写明日志位置（没有该文件时用 `npx tocsin init` 生成），再执行 `npx tocsin check`、`npx tocsin run`。',
  },
};
