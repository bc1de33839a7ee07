/**
 * Lines that something between the program and the file has wrapped: container runtimes, syslog, klog. Each parser gives the parts of the
 * wrapping, and `message`, the program's own text.
 */
import type { JsonValue } from '../../../event/event.ts';
import { criLine, dockerLine, objectOf, withoutLineEnd } from '../container-lines.ts';
import { closingQuote, put, unescape, type Draft } from '../line-decoder.ts';
import { addKeyValues } from '../key-value.ts';
import { join, type TextParser } from './step.ts';

/**
 * Lines of Kubernetes (CRI): `2026-11-27T11:10:05.123Z stdout F text`. A text of several lines is one event: parts that end with `P` go on
 * without a line end.
 */
export const parseCri: TextParser = (text) => {
  const document: Draft = {};
  let message = '';
  let isPart = true;
  for (const line of text.split('\n')) {
    const read = criLine(line);
    if (read === undefined) return 'no time, stream and F or P of a container runtime';
    const { time, stream } = read;
    if (!Object.hasOwn(document, 'time')) Object.assign(document, { time, stream });
    message += (isPart ? '' : '\n') + read.text;
    isPart = read.isPart;
  }
  return { ...document, message };
};

/** Lines of docker's json-file driver. A text of several lines is one event: parts without a line end at their end go on. */
export const parseDocker: TextParser = (text) => {
  const document: Draft = {};
  let message = '';
  for (const line of text.split('\n')) {
    const read = dockerLine(line);
    if (read === undefined) return 'no JSON with `log`';
    if (message === '') join(document, read.more);
    message += read.log;
  }
  return { ...document, message: withoutLineEnd(message) };
};

/** Lines of `journalctl -o json`. It writes a text that is not UTF-8, or has control characters, as an array of its bytes. */
export const parseJournald: TextParser = (text) => {
  const document = objectOf(text);
  if (Object.keys(document).length === 0) return 'not a JSON object';
  for (const [key, value] of Object.entries(document))
    if (isBytes(value)) put(document, key, Buffer.from(value).toString('utf8'));
  return document;
};

const isBytes = (value: JsonValue): value is readonly number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((byte) => typeof byte === 'number' && Number.isInteger(byte) && byte >= 0 && byte < 256);

const KLOG = /^([IWEF])(\d{4} \d{2}:\d{2}:\d{2}\.\d{6})\s+(\d+) ([^\]:]+):(\d+)\] ?(.*)$/su;

/** Lines of klog and glog: `E1127 11:10:05.123456    1234 controller.go:200] text`, also with `"text" key="value"`. */
export const parseKlog: TextParser = (text) => {
  const match = KLOG.exec(text);
  if (match === null) return 'no level, time and place of klog';
  const [, level, time, thread, file, line, rest] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const document: Draft = { level, time, thread, file, line, message: rest };
  const end = rest.startsWith('"') ? closingQuote(rest, 1) : -1;
  if (end > 0) {
    document['message'] = unescape(rest.slice(1, end));
    addKeyValues(rest.slice(end + 1), document);
  }
  return document;
};

const FACILITIES =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );

const PRIORITY = /^<(\d{1,3})>/u;
const RFC5424 = /^1 (\S+) (\S+) (\S+) (\S+) (\S+) (?=[-[])/u;
const RFC3164 =
  /^((?:[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2})|(?:\d{4}-\d{2}-\d{2}T\S+)) (\S+) ([^\s:[]+)(?:\[([^\]\s]*)\])?: ?(.*)$/su;

/**
 * Lines of syslog, with or without their priority: RFC 5424 with structured data, whose parameters become keys, and RFC 3164 with a time
 * in its own form or in that of RFC 3339, as rsyslog writes it to files.
 */
export const parseSyslog: TextParser = (text) => {
  const document: Draft = {};
  const priority = PRIORITY.exec(text);
  if (priority !== null) {
    const number = Number(priority[1]);
    document['facility'] = FACILITIES[number >> 3] ?? String(number >> 3);
    document['severity'] = number & 7;
  }
  const rest = priority === null ? text : text.slice(priority[0].length);
  const header = RFC5424.exec(rest);
  if (header !== null) return withStructuredData(header, rest.slice(header[0].length), document);
  const match = RFC3164.exec(rest);
  if (match === null) return 'no time, host and program of syslog';
  const [, time, host, app, pid, message] = match;
  return {
    ...document,
    time: time!,
    host: host!,
    app: app!,
    ...(pid !== undefined && { pid }),
    message: message!,
  };
};

function withStructuredData(header: RegExpExecArray, rest: string, document: Draft): Draft | string {
  const names = ['time', 'host', 'app', 'pid', 'msgid'];
  names.forEach((name, i) => {
    // A hyphen stands for a part that is not known.
    if (header[i + 1] !== '-') document[name] = header[i + 1]!;
  });
  const end = rest.startsWith('-') ? 1 : endOfElements(rest, document);
  if (end === undefined) return 'the structured data of syslog does not end';
  document['message'] = rest.slice(end).replace(/^ ?\ufeff?/u, '');
  return document;
}

const ELEMENT = /\[([^\s="\]]+)/uy;
const PARAMETER = / ([^\s="\]]+)="/uy;

/** Adds the parameters of the elements. A name that is taken stands behind that of its element. Returns where the elements end. */
function endOfElements(text: string, document: Draft): number | undefined {
  let at = 0;
  while (text[at] === '[') {
    ELEMENT.lastIndex = at;
    const element = ELEMENT.exec(text);
    if (element === null) return undefined;
    at = ELEMENT.lastIndex;
    for (PARAMETER.lastIndex = at; ; PARAMETER.lastIndex = at) {
      const parameter = PARAMETER.exec(text);
      if (parameter === null) break;
      const end = closingQuote(text, PARAMETER.lastIndex);
      if (end < 0) return undefined;
      const name = parameter[1]!;
      const value = text.slice(PARAMETER.lastIndex, end).replaceAll(/\\(["\\\]])/gu, '$1');
      put(document, Object.hasOwn(document, name) ? `${element[1]!}.${name}` : name, value);
      at = end + 1;
    }
    if (text[at] !== ']') return undefined;
    at += 1;
  }
  return at;
}
