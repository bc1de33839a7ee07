/** The Chinese words of Tocsin's own rules. */
import type { SelfRuleName } from './rules.ts';
import type { SelfFacts, SelfWords } from './words.ts';

const over = ({ resolvedAt, lasted }: SelfFacts): string => `（${resolvedAt} 起）。持续 ${lasted}。`;

function owedWords(facts: SelfFacts): string {
  const waiting = `有 ${facts.number('waiting')} 条消息在等待，最早的一条自 ${facts.time('oldest')} 起`;
  const givenUp = `${facts.number('given_up')} 条已放弃`;
  const parts = [...(facts.some('waiting') ? [waiting] : []), ...(facts.some('given_up') ? [givenUp] : [])];
  return parts.length === 0
    ? '目前没有消息在等待；一旦有告警，只依赖它的人将得不到通知。'
    : `${parts.join('，')}：只依赖它的人尚未得到通知。`;
}

const misreadWords: Readonly<Record<string, string>> = {
  lines_too_late: '到得太晚，不计入任何窗口',
  lines_future: '比时钟超前 5 分钟以上，不计入任何窗口',
  lines_undecodable: '无法解码，只作为文本保留',
  lines_not_utf8: '含有不符合其编码的字节，其中的词无法匹配',
  lines_torn: '分两次写入，各自算作一行',
  files_gone: '在无人读取时被删除，其中最后写入的内容可能已丢失',
  lines_off_zone: '的时间因时区不符而偏早',
  lines_untimed: '没有可用的时间，只能推断',
};
/** Returns why lines were misread. A wrong value is named by its field. A reason without words here must not lose the message. */
const misread = (facts: SelfFacts): string =>
  facts.has('field')
    ? `的字段 ${facts.text('field')} 取值与其类型不符`
    : (misreadWords[facts.text('why')] ?? '无法读取') +
      (facts.has('looks_like') ? `（像是 \`encoding: ${facts.text('looks_like')}\`）` : '');

const misreadUnit = (facts: SelfFacts): string => (facts.text('why') === 'files_gone' ? '个文件' : '行');
const misreadShare = (facts: SelfFacts): string =>
  facts.has('lately')
    ? `最近 ${facts.number('total')} 行中有 ${facts.number('lately')} 行`
    : `有 ${facts.number('count')} ${misreadUnit(facts)}`;

/** Returns the cause, a line and the fix, where they are known. They are in English, as in `tocsin check --sample`. */
const misreadCause = (facts: SelfFacts): string =>
  (facts.has('cause') ? `原因：${facts.text('cause')}。` : '') +
  (facts.has('example') ? `例如：${facts.text('example')}。` : '') +
  (facts.has('fix') ? `处理：${facts.text('fix')}。改好后用 \`tocsin check --sample\` 检查。` : '');

const matchLostWords: Readonly<Record<string, string>> = {
  too_late: '晚于数据源允许的迟到时间',
  future: '比时钟超前 5 分钟以上',
  events_cut: '某个分组的日志超过窗口的容量',
  group_missing: '缺少 `by` 中的字段',
};
const matchLost = (facts: SelfFacts): string => matchLostWords[facts.text('why')] ?? '被略去';

const matchesLost = (facts: SelfFacts): string =>
  `自 ${facts.time('since')} 起，有 ${facts.number('count')} 行匹配的日志未计入规则 ${facts.text('rule')}：` +
  `${matchLost(facts)}。该规则的告警可能缺失或有误。`;

const alertMissed = (facts: SelfFacts): string =>
  `自 ${facts.time('since')} 起，规则 ${facts.text('rule')} 有 ${facts.number('count')} 条告警因匹配的日志到得太晚而缺失或误报。` +
  (facts.has('lateness_ms') ? `若数据源的 lateness 为 ${facts.span('lateness_ms')}，就不会如此。` : '');

const olderWords: Readonly<Record<string, string>> = {
  put_back: '恢复了状态的备份，此后读到的日志会重新判断。',
  gone: '状态已丢失，文件从头判断，Kafka 从消费组的位移开始判断。',
  another: '状态不是这里最后使用的那一份，从它记录的位置继续判断。',
  entries: '状态缺少最后的记录，此后读到的日志会重新判断。',
  windows: '状态中的窗口已损坏，所有规则从空窗口开始，告警可能缺失。',
  group: '状态中没有 Kafka 消费组已读过的日志，规则从其后开始，告警可能缺失。',
};
const older = (facts: SelfFacts): string => olderWords[facts.text('kind')] ?? '状态所知的比以前少。';

const partWords: Readonly<Record<string, string>> = {
  archiving: '新日志可能无法搜索，告警照常。',
  delivery: '消息可能延迟，或重复并注明。',
  probes: '/readyz 上接收方的状态可能不是最新。',
  pages: '对 /readyz、/metrics 或 /alerts 的部分请求失败。',
  figures: '/metrics 和 /readyz 上的数字可能不是最新。',
  retention: '旧告警的保留时间可能超过 `alerts.retention`。',
};

export const chineseClosed = (facts: SelfFacts): string =>
  `自 ${facts.resolvedAt} 起不再关注：配置或规则已修改。问题可能仍然存在。`;

export const chineseWords: Readonly<Record<SelfRuleName, SelfWords>> = {
  tocsin_source_silent: {
    fired: (facts) =>
      (facts.has('since')
        ? `数据源 ${facts.text('source')} 自 ${facts.time('since')} 起没有任何日志，已持续 ${facts.span('silent_ms')}。`
        : `数据源 ${facts.text('source')} 从未有过任何日志，警钟已等待 ${facts.span('silent_ms')}。`) +
      '那里发生的任何事，读取它的规则都看不到。',
    whyNow: (facts) =>
      `静默 ${facts.span('silent_ms')}（上限 ${facts.span('limit_ms')}） · source = ${facts.text('source')}`,
    resolved: (facts) => `数据源 ${facts.text('source')} 又有日志了${over(facts)}`,
  },
  tocsin_source_halted: {
    fired: (facts) =>
      `数据源 ${facts.text('source')} 有 ${facts.number('partitions')} 个部分无法读取，规则看不到其中的日志：${facts.text('problem')}`,
    whyNow: (facts) => `${facts.number('partitions')} 个部分停止读取 · source = ${facts.text('source')}`,
    resolved: (facts) => `数据源 ${facts.text('source')} 已全部恢复读取${over(facts)}`,
  },
  tocsin_source_unreachable: {
    fired: (facts) =>
      `自 ${facts.beganAt} 起无法从数据源 ${facts.text('source')} 读取新日志：${facts.text('problem')}。` +
      '警钟会自动重试；在此之前，读取它的规则看不到那里发生的事。',
    whyNow: (facts) => `自 ${facts.beganAt} 起无法连接 · source = ${facts.text('source')}`,
    resolved: (facts) => `数据源 ${facts.text('source')} 已恢复读取${over(facts)}`,
  },
  tocsin_source_misread: {
    fired: (facts) =>
      `数据源 ${facts.text('source')} ${misreadShare(facts)}${misread(facts)}。` +
      `读取它的规则可能沉默，也可能有误。${misreadCause(facts)}`,
    whyNow: (facts) =>
      (facts.has('lately')
        ? `${facts.has('span_ms') ? `${facts.span('span_ms')}内 ` : ''}${facts.number('total')} 行中有 ${facts.number('lately')} 行（上限：一半）`
        : `${facts.number('count')} ${misreadUnit(facts)}`) + ` · source = ${facts.text('source')}`,
    resolved: (facts) =>
      `数据源 ${facts.text('source')} 的日志已恢复正确读取，或不再有此类日志${over(facts)}`,
  },
  tocsin_time_held: {
    fired: (facts) =>
      `数据源 ${facts.text('source')} 中有暂时无法读取的日志：${facts.text('problem')}。` +
      `自 ${facts.beganAt} 起，其后的日志暂不判断，以免期限误报；告警会延迟。`,
    whyNow: (facts) => `自 ${facts.beganAt} 起等待 · source = ${facts.text('source')}`,
    resolved: (facts) => `数据源 ${facts.text('source')} 已判断到当前时间${over(facts)}`,
  },
  tocsin_transaction_hanging: {
    fired: (facts) =>
      `数据源 ${facts.text('source')} 有 ${facts.number('count')} 个事务超过等待上限仍未结束（${facts.time('since')} 发现）。` +
      '判断不再等待其后的日志：等它们可读时可能已经太晚，告警可能缺失或有误。',
    whyNow: (facts) => `等待无果 ${facts.number('count')} 个 · source = ${facts.text('source')}`,
    resolved: (facts) => `数据源 ${facts.text('source')} 已有一小时没有等待无果的事务。`,
  },
  tocsin_lag: {
    fired: (facts) =>
      `数据源 ${facts.text('source')} 的读取滞后 ${facts.span('behind_ms')}：目前读到 ${facts.time('read_to')}，其后尚未读完。` +
      '由它产生的告警会相应延迟。',
    whyNow: (facts) =>
      `滞后 ${facts.span('behind_ms')}（上限 ${facts.span('limit_ms')}） · source = ${facts.text('source')}`,
    resolved: (facts) => `数据源 ${facts.text('source')} 的读取已追上当前时间${over(facts)}`,
  },
  tocsin_lines_lost: {
    fired: (facts) =>
      `数据源 ${facts.text('source')} 的日志在` +
      (facts.text('reader') === 'archive'
        ? '归档之前已经丢失，无法搜索。'
        : '规则看到之前已经丢失：告警可能缺失或有误。') +
      `至少丢失 ${facts.number('count')} 行，${facts.time('since')} 首次发现。`,
    whyNow: (facts) => `丢失 ${facts.number('count')} 行 · source = ${facts.text('source')}`,
    resolved: (facts) =>
      `数据源 ${facts.text('source')} 已有一天没有丢失日志；此前共丢失 ${facts.number('count')} 行。`,
  },
  tocsin_lines_cut: {
    fired: (facts) =>
      `自 ${facts.time('since')} 起，数据源 ${facts.text('source')} 有 ${facts.number('count')} 行超过 1 MiB，已被截断。` +
      '被截掉的部分不参与规则，也无法搜索。',
    whyNow: (facts) => `截断 ${facts.number('count')} 行 · source = ${facts.text('source')}`,
    resolved: (facts) =>
      `数据源 ${facts.text('source')} 已有一小时没有截断日志；此前共截断 ${facts.number('count')} 行。`,
  },
  tocsin_matches_lost: {
    fired: (facts) => (facts.text('why') === 'alert_missed' ? alertMissed(facts) : matchesLost(facts)),
    whyNow: (facts) => `未计入 ${facts.number('count')} 行 · rule = ${facts.text('rule')}`,
    resolved: (facts) =>
      `规则 ${facts.text('rule')} 的匹配日志已恢复计入，或不再有此类日志；此前共有 ${facts.number('count')} 行未计入。`,
  },
  tocsin_groups_dropped: {
    fired: (facts) =>
      `规则 ${facts.text('rule')} 自 ${facts.time('since')} 起丢弃了 ${facts.number('dropped')} 个分组，因为最多只能跟踪 ` +
      `${facts.number('max_groups')} 个。这些分组已有的计数丢失，相应的告警可能不会出现。`,
    whyNow: (facts) =>
      `丢弃 ${facts.number('dropped')} 个（max_groups ${facts.number('max_groups')}） · rule = ${facts.text('rule')}`,
    resolved: (facts) =>
      `规则 ${facts.text('rule')} 已有一小时没有丢弃分组；此前共丢弃 ${facts.number('dropped')} 个。`,
  },
  tocsin_rules_invalid: {
    fired: (facts) =>
      `规则目录未通过检查，其中的改动均未生效；仍在运行上一次有效的规则（${facts.number('running')} 条）。` +
      `第一处问题：${facts.text('problem')}`,
    whyNow: (facts) => `自 ${facts.beganAt} 起无效`,
    resolved: (facts) => `规则目录已恢复有效并生效${over(facts)}`,
  },
  tocsin_archive_behind: {
    fired: (facts) =>
      `自 ${facts.beganAt} 起，新日志未能进入归档：${facts.has('problem') ? facts.text('problem') : '归档跟不上写入'}。` +
      '告警照常；搜索只能找到更早的日志。日志会在数据源中等待，直到数据源不再保留。',
    whyNow: (facts) => `滞后 ${facts.span('behind_ms')}（上限 ${facts.span('limit_ms')}）`,
    resolved: (facts) => `归档已追上${over(facts)}`,
  },
  tocsin_dead_letters: {
    fired: (facts) =>
      `自 ${facts.time('since')} 起，归档永久拒绝了 ${facts.number('count')} 行日志（${facts.text('reason')}）。` +
      '它们保存在 dead-letters.ndjson 中，无法搜索。',
    whyNow: (facts) => `拒绝 ${facts.number('count')} 行 · reason = ${facts.text('reason')}`,
    resolved: (facts) =>
      `归档已有一小时没有拒绝日志（${facts.text('reason')}）；此前共拒绝 ${facts.number('count')} 行。`,
  },
  tocsin_template_failing: {
    fired: (facts) =>
      `自 ${facts.time('since')} 起，${facts.text('channel')} 的模板有 ${facts.number('count')} 次出错：` +
      '消息改用内置版式发送，内容完整。',
    whyNow: (facts) => `内置版式 ${facts.number('count')} 条 · channel = ${facts.text('channel')}`,
    resolved: (facts) => `${facts.text('channel')} 的模板已有一小时没有出错。`,
  },
  tocsin_clock_jumped: {
    fired: (facts) =>
      `${facts.time('at')}，本机时钟${facts.text('direction') === 'back' ? '倒退' : '前跳'}了 ${facts.span('by_ms')}。` +
      '警钟按实际经过的时间判断；这段时间的日志和消息中的时间可能有同样大小的误差。',
    whyNow: (facts) => `${facts.text('direction') === 'back' ? '倒退' : '前跳'} ${facts.span('by_ms')}`,
    resolved: (facts) => `自 ${facts.time('at')} 起，时钟没有再次跳变。`,
  },
  tocsin_state_unwritable: {
    fired: (facts) =>
      `从 ${facts.time('since')} 到 ${facts.time('until')}，状态无法写入（${facts.text('problem')}）。` +
      '其间没有判断，也没有发送。现已补上：这段时间的告警来得晚。',
    whyNow: (facts) => `无法写入持续 ${facts.span('lasted_ms')}`,
    resolved: (facts) => `自 ${facts.time('until')} 起，状态已恢复正常写入。`,
  },
  tocsin_state_older: {
    fired: (facts) => `${older(facts)}可能已经发送过的消息会注明。`,
    whyNow: (facts) => `${facts.beganAt} 发现`,
    resolved: (facts) => `自 ${facts.beganAt} 起，没有再次发现状态丢失。`,
  },
  tocsin_receiver_failing: {
    fired: (facts) =>
      `${facts.text('receiver')} 收不到消息${facts.has('problem') ? `（${facts.text('problem')}）` : ''}。${owedWords(facts)}`,
    whyNow: (facts) => `${facts.number('waiting')} 条未送达 · receiver = ${facts.text('receiver')}`,
    resolved: (facts) => `${facts.text('receiver')} 已恢复接收消息${over(facts)}`,
  },
  tocsin_part_failing: {
    fired: (facts) =>
      `自 ${facts.time('since')} 起，警钟的一部分（${facts.text('part')}）因程序缺陷中断 ${facts.number('count')} 次，` +
      `每次都已自行重新开始。${partWords[facts.text('part')] ?? ''}`,
    whyNow: (facts) => `自 ${facts.beganAt} 起 ${facts.number('count')} 次 · part = ${facts.text('part')}`,
    resolved: (facts) =>
      `警钟的这一部分（${facts.text('part')}）已有一小时没有出错；此前共 ${facts.number('count')} 次。`,
  },
};
