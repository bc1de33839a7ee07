/**
 * Doubts in words: why the result of a rule may be wrong at the moment. Something that the rule should have seen was lost, came too late,
 * or cannot be read. A message that is decided meanwhile says so, since an alert that may be false must not look like a sure one.
 */
import type { DoubtReason } from '../notice.ts';

type Words = Readonly<Record<DoubtReason, string>>;

export const englishDoubts: Words = {
  source_silent: 'nothing comes from one of its sources',
  source_halted: 'a part of one of its sources is not read any more',
  source_unreachable: 'one of its sources cannot be reached',
  lines_lost: 'lines were gone before they were read',
  lines_too_late: 'most lines of a source come too late to count',
  lines_future: 'most lines of a source are ahead of the clock and do not count',
  lines_undecodable: 'most lines of a source cannot be decoded',
  lines_not_utf8: 'lines hold bytes that are not of the encoding of their source',
  lines_torn: 'lines came in two parts',
  files_gone: 'files were deleted before all of them was read',
  lines_untimed: 'most lines of a source have no usable time',
  transaction_hanging: 'lines behind an open transaction could not be waited for',
  alert_missed: 'an alert was missed, or told wrongly, because lines came too late',
  too_late: 'matching lines came too late to count',
  future: 'matching lines ahead of the clock did not count',
  group_missing: 'matching lines lack a field of `by`',
  events_cut: 'a group had more events than a window holds',
  groups_dropped: 'groups were dropped for want of room',
};

export const chineseDoubts: Words = {
  source_silent: '有一个数据源没有任何日志',
  source_halted: '有一个数据源的一部分已停止读取',
  source_unreachable: '有一个数据源无法连接',
  lines_lost: '有日志在读取之前已经丢失',
  lines_too_late: '有一个数据源的大部分日志到得太晚，未计入',
  lines_future: '有一个数据源的大部分日志时间超前，未计入',
  lines_undecodable: '有一个数据源的大部分日志无法解码',
  lines_not_utf8: '有日志含不符合数据源编码的字节',
  lines_torn: '有日志分两次写入，被当作两行',
  files_gone: '有文件在读完之前被删除',
  lines_untimed: '有一个数据源的大部分日志没有可用的时间',
  transaction_hanging: '有日志位于长期未结束的事务之后，未能等待',
  alert_missed: '有日志到得太晚，使告警缺失或误报',
  too_late: '有匹配的日志到得太晚，未计入',
  future: '有匹配的日志时间超前，未计入',
  group_missing: '有匹配的日志缺少 `by` 中的字段',
  events_cut: '有分组的日志超过窗口的容量',
  groups_dropped: '有分组因容量不足被丢弃',
};

export const isDoubtReason = (reason: string): reason is DoubtReason => Object.hasOwn(englishDoubts, reason);
